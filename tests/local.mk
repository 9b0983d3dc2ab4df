# tests: `make check'.  See tests/README.md for how to add one.

# Programs and scripts speak TAP.
TEST_EXTENSIONS = .sh .replay
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
SH_LOG_COMPILER = bash
REPLAY_LOG_DRIVER = $(LOG_DRIVER)
AM_TESTS_ENVIRONMENT = \
	LC_ALL=C.UTF-8; export LC_ALL; unset LANGUAGE; \
	TEXTDOMAINDIR='$(abs_top_builddir)/po/locale'; export TEXTDOMAINDIR; \
	CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	STATESYNC_SRCDIR='$(abs_top_srcdir)'; export STATESYNC_SRCDIR; \
	STATESYNC_BUILDDIR='$(abs_top_builddir)'; export STATESYNC_BUILDDIR; \
	CC='$(CC)'; export CC; NM='$(NM)'; export NM;

EXTRA_DIST += tests/README.md

# Tests that start threads: run once more under ThreadSanitizer by check-sanitize.
THREAD_TESTS =
# Programs that those of them that are scripts call.
TEST_HELPERS =
# Tests that take minutes: run by check-long only.
LONG_TESTS =

# The harness every cmocka program links with: foo_LDADD = $(TEST_LIBS) ...
if HAVE_CMOCKA
check_LIBRARIES += tests/libharness.a
tests_libharness_a_SOURCES = tests/harness.c tests/harness.h
TEST_LIBS = tests/libharness.a $(GLIB_LIBS) $(CMOCKA_LIBS)

include tests/unit/local.mk
include tests/property/local.mk
include tests/integration/local.mk
else
dist-hook:
	@echo 'configure found no cmocka: a tarball made now would lack tests' >&2; exit 1
endif

include tests/lib/local.mk
include tests/lab/local.mk
include tests/fuzz/local.mk
include tests/lint/local.mk

# Everything but real guests under ASan and UBSan, then the tests with threads under TSan.
EXTRA_DIST += tests/check-sanitize.sh tests/lsan.supp
check-sanitize:
	+$(AM_V_at)SRCDIR='$(abs_top_srcdir)' MAKE='$(MAKE)' CC='$(CC)' THREAD_TESTS='$(THREAD_TESTS)' \
		THREAD_PROGRAMS='$(filter-out %.sh,$(THREAD_TESTS)) $(TEST_HELPERS)' \
		bash $(srcdir)/tests/check-sanitize.sh

# "make distcheck" in little: a tarball that holds the whole tree is built, and tested by what is
# pure and by one or two tests with each kind of server.
DIST_TESTS = $(UNIT_TESTS) $(FUZZ_REPLAYS) $(LINT_TESTS) tests/property/test_properties \
	tests/integration/cli.sh tests/integration/cli-list.sh tests/integration/cli-look.sh \
	tests/integration/schema.sh tests/integration/acl.sh tests/integration/http.sh \
	tests/integration/test_directory_write tests/integration/test_hypervisor_libvirtd \
	tests/integration/sync-opennebula.sh tests/integration/daemon.sh
EXTRA_DIST += tests/check-dist.sh
check-dist:
	+$(AM_V_at)STATESYNC_NO_QEMU=1 STATESYNC_QUICK=1 $(MAKE) distcheck TESTS='$(DIST_TESTS)'
	$(AM_V_at)bash $(srcdir)/tests/check-dist.sh $(distdir)

# The status board in a browser, and what is published in browsers of the directory.  Needs
# chromium, phpldapadmin, shelldap, and packages from the npm registry.
BROWSER_TESTS = tests/browser/board.sh tests/browser/phpldapadmin.sh tests/browser/shelldap.sh
EXTRA_DIST += $(BROWSER_TESTS) tests/browser/browser_lib.sh tests/browser/page.mjs \
	tests/browser/board.mjs tests/browser/phpldapadmin.mjs tests/browser/package.json \
	tests/browser/package-lock.json
check-browser: all
	$(MAKE) check TESTS='$(BROWSER_TESTS)' check_PROGRAMS= check_LIBRARIES= \
		TEST_SUITE_LOG=test-browser.log
# One after the other: both install packages from the registry into the same folder.
tests/browser/phpldapadmin.log: tests/browser/board.log

# The long form of random tests, kill -9 and fuzzing.
LONG_TESTS += tests/fuzz/fuzz.sh $(FUZZ_REPLAYS)
EXTRA_DIST += tests/fuzz/fuzz.sh
check-long:
	STATESYNC_LONG=1 $(MAKE) check TESTS='$(LONG_TESTS)' TEST_SUITE_LOG=test-long.log

# What the two leave behind, which automake does not know.
clean-local:
	rm -rf sanitize fuzz-build tests/lab/proven tests/lab/failed tests/browser/node_modules
	rm -f tests/browser/*.png
	test $(srcdir) = . || rm -f tests/browser/*.json
	rm -f tests/browser/installed.json
.PHONY: check-browser check-sanitize check-dist check-long

# tests: `make check'.  See tests/README.md for how to add one.

# Programs and scripts speak TAP.
TEST_EXTENSIONS = .sh .replay
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
SH_LOG_COMPILER = bash
REPLAY_LOG_DRIVER = $(LOG_DRIVER)
AM_TESTS_ENVIRONMENT = \
	CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	STATESYNC_SRCDIR='$(abs_top_srcdir)'; export STATESYNC_SRCDIR; \
	STATESYNC_BUILDDIR='$(abs_top_builddir)'; export STATESYNC_BUILDDIR; \
	CC='$(CC)'; export CC; NM='$(NM)'; export NM;

EXTRA_DIST += tests/README.md tests/lib

# Tests that start threads: run once more under ThreadSanitizer by check-sanitize.
THREAD_TESTS =
# Tests that take minutes: run by check-long only.
LONG_TESTS =

# The harness every cmocka program links with: foo_LDADD = $(TEST_LIBS) ...
if HAVE_CMOCKA
check_LIBRARIES += tests/libharness.a
tests_libharness_a_SOURCES = tests/harness.c tests/harness.h
TEST_LIBS = tests/libharness.a $(GLIB_LIBS) $(CMOCKA_LIBS)

include tests/unit/local.mk
include tests/integration/local.mk
endif

include tests/lib/local.mk
include tests/fuzz/local.mk
include tests/lint/local.mk

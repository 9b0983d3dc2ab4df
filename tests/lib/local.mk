# tests/lib: programs that tests use but that are no tests.
check_PROGRAMS += tests/lib/subreaper tests/lib/testworld tests/lib/notify_listen
TEST_HELPERS += tests/lib/subreaper tests/lib/testworld tests/lib/notify_listen
tests_lib_subreaper_SOURCES = tests/lib/subreaper.c
tests_lib_notify_listen_SOURCES = tests/lib/notify_listen.c
tests_lib_notify_listen_LDADD = $(GLIB_LIBS)
tests_lib_testworld_SOURCES = tests/lib/testworld.c
tests_lib_testworld_LDADD = $(GLIB_LIBS) $(LIBVIRT_LIBS)

# What test scripts source or build.  One word per file: a folder that programs
# are built in must not be distributed as a whole.
EXTRA_DIST += \
	tests/lib/bootguest.S \
	tests/lib/guest.sh \
	tests/lib/libvirtd.sh \
	tests/lib/network.sh \
	tests/lib/schema.sh \
	tests/lib/slapd.sh \
	tests/lib/tap.sh

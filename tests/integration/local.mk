# tests/integration: adapters on real servers.  One cmocka group per program.
# A new program is three lines (and THREAD_TESTS += ... if it starts threads):
#   INTEGRATION_TESTS += tests/integration/test_thing
#   tests_integration_test_thing_SOURCES = tests/integration/test_thing.c
#   tests_integration_test_thing_LDADD = $(TEST_LIBS) $(ROOM_LIBS)
# A new shell test is one line:
#   SHELL_TESTS += tests/integration/thing.sh
INTEGRATION_TESTS =
SHELL_TESTS =

check_PROGRAMS += $(INTEGRATION_TESTS)
TESTS += $(INTEGRATION_TESTS) $(SHELL_TESTS)
EXTRA_DIST += $(SHELL_TESTS)

SHELL_TESTS += tests/unit/schema.sh tests/unit/sample.sh
SHELL_TESTS += tests/integration/schema_fixture.sh tests/integration/schema.sh tests/integration/acl.sh
EXTRA_DIST += tests/data
SHELL_TESTS += tests/integration/lab.sh tests/integration/lab-qemu.sh

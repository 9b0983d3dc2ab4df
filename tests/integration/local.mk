# tests/integration: adapters on real servers.  One cmocka group per program.
# A new program is three lines (and THREAD_TESTS += ... if it starts threads):
#   INTEGRATION_TESTS += tests/integration/test_thing
#   tests_integration_test_thing_SOURCES = tests/integration/test_thing.c
#   tests_integration_test_thing_LDADD = $(TEST_LIBS) $(ROOM_LIBS)
# A new shell test is one line:
#   SHELL_TESTS += tests/integration/thing.sh
INTEGRATION_TESTS =
SHELL_TESTS =

DIRECTORY_SERVER = tests/integration/directory_server.c tests/integration/directory_server.h

INTEGRATION_TESTS += tests/integration/test_directory_connect
tests_integration_test_directory_connect_SOURCES = tests/integration/test_directory_connect.c $(DIRECTORY_SERVER)
tests_integration_test_directory_connect_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)

HYPERVISOR_ASK = tests/integration/hypervisor_ask.c tests/integration/hypervisor_ask.h

INTEGRATION_TESTS += tests/integration/test_hypervisor_driver
tests_integration_test_hypervisor_driver_SOURCES = tests/integration/test_hypervisor_driver.c $(HYPERVISOR_ASK)
tests_integration_test_hypervisor_driver_LDADD = $(TEST_LIBS) $(HYPERVISOR_LIBS)
INTEGRATION_TESTS += tests/integration/test_hypervisor_libvirtd
tests_integration_test_hypervisor_libvirtd_SOURCES = tests/integration/test_hypervisor_libvirtd.c $(HYPERVISOR_ASK)
tests_integration_test_hypervisor_libvirtd_LDADD = $(TEST_LIBS) $(HYPERVISOR_LIBS)
INTEGRATION_TESTS += tests/integration/test_hypervisor_trouble
tests_integration_test_hypervisor_trouble_SOURCES = tests/integration/test_hypervisor_trouble.c $(HYPERVISOR_ASK)
tests_integration_test_hypervisor_trouble_LDADD = $(TEST_LIBS) $(HYPERVISOR_LIBS)
INTEGRATION_TESTS += tests/integration/test_hypervisor_qemu
tests_integration_test_hypervisor_qemu_SOURCES = tests/integration/test_hypervisor_qemu.c $(HYPERVISOR_ASK)
tests_integration_test_hypervisor_qemu_LDADD = $(TEST_LIBS) $(HYPERVISOR_LIBS)
THREAD_TESTS += tests/integration/test_hypervisor_driver tests/integration/test_hypervisor_libvirtd
THREAD_TESTS += tests/integration/test_hypervisor_trouble

INTEGRATION_TESTS += tests/integration/test_directory_read
tests_integration_test_directory_read_SOURCES = tests/integration/test_directory_read.c $(DIRECTORY_SERVER)
tests_integration_test_directory_read_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)

INTEGRATION_TESTS += tests/integration/test_directory_write
tests_integration_test_directory_write_SOURCES = tests/integration/test_directory_write.c $(DIRECTORY_SERVER)
tests_integration_test_directory_write_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)

INTEGRATION_TESTS += tests/integration/test_directory_service
tests_integration_test_directory_service_SOURCES = tests/integration/test_directory_service.c $(DIRECTORY_SERVER)
tests_integration_test_directory_service_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)

INTEGRATION_TESTS += tests/integration/test_directory_handover
tests_integration_test_directory_handover_SOURCES = tests/integration/test_directory_handover.c $(DIRECTORY_SERVER)
tests_integration_test_directory_handover_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)

INTEGRATION_TESTS += tests/integration/test_directory_trouble
tests_integration_test_directory_trouble_SOURCES = tests/integration/test_directory_trouble.c $(DIRECTORY_SERVER)
tests_integration_test_directory_trouble_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)

check_PROGRAMS += $(INTEGRATION_TESTS)
TESTS += $(INTEGRATION_TESTS) $(SHELL_TESTS)
EXTRA_DIST += $(SHELL_TESTS)

SHELL_TESTS += tests/unit/schema.sh tests/unit/sample.sh
SHELL_TESTS += tests/integration/schema_fixture.sh tests/integration/schema.sh tests/integration/acl.sh
EXTRA_DIST += tests/data
SHELL_TESTS += tests/integration/lab.sh tests/integration/lab-qemu.sh
# The program.
SHELL_TESTS += tests/integration/cli.sh tests/integration/cli-exit.sh tests/integration/cli-list.sh
SHELL_TESTS += tests/integration/cli-config.sh tests/integration/cli-terminal.sh
SHELL_TESTS += tests/integration/demo.sh tests/integration/readme.sh
EXTRA_DIST += tests/integration/cli-lib.sh

# The whole program under faults: faults*.sh, chaos.sh (tests/integration/faults_lib.sh).
check_PROGRAMS += tests/integration/faults_proxy
tests_integration_faults_proxy_SOURCES = tests/integration/faults_proxy.c
tests_integration_faults_proxy_LDADD = $(GLIB_LIBS)
EXTRA_DIST += tests/integration/faults_lib.sh
SHELL_TESTS += tests/integration/faults-nodes.sh tests/integration/faults-classes.sh
SHELL_TESTS += tests/integration/faults-writes.sh tests/integration/faults-lease.sh
SHELL_TESTS += tests/integration/faults-absence.sh tests/integration/faults-access.sh
SHELL_TESTS += tests/integration/faults-memory.sh tests/integration/chaos.sh
LONG_TESTS += tests/integration/chaos.sh

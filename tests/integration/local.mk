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
DIRECTORY_WRITES = tests/integration/directory_writes.c tests/integration/directory_writes.h $(DIRECTORY_SERVER)
DIRECTORY_BODY = tests/integration/directory_body.c tests/integration/directory_body.h $(DIRECTORY_SERVER)

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
tests_integration_test_hypervisor_qemu_SOURCES = tests/integration/test_hypervisor_qemu.c $(HYPERVISOR_SEEN)
tests_integration_test_hypervisor_qemu_LDADD = $(TEST_LIBS) $(HYPERVISOR_LIBS)
HYPERVISOR_SEEN = $(HYPERVISOR_ASK) tests/integration/hypervisor_seen.c tests/integration/hypervisor_seen.h
INTEGRATION_TESTS += tests/integration/test_hypervisor_events
tests_integration_test_hypervisor_events_SOURCES = tests/integration/test_hypervisor_events.c $(HYPERVISOR_SEEN)
tests_integration_test_hypervisor_events_LDADD = $(TEST_LIBS) $(HYPERVISOR_LIBS)
INTEGRATION_TESTS += tests/integration/test_hypervisor_watch
tests_integration_test_hypervisor_watch_SOURCES = tests/integration/test_hypervisor_watch.c $(HYPERVISOR_SEEN)
tests_integration_test_hypervisor_watch_LDADD = $(TEST_LIBS) $(HYPERVISOR_LIBS)
INTEGRATION_TESTS += tests/integration/test_hypervisor_some
tests_integration_test_hypervisor_some_SOURCES = tests/integration/test_hypervisor_some.c $(HYPERVISOR_SEEN)
tests_integration_test_hypervisor_some_LDADD = $(TEST_LIBS) $(HYPERVISOR_LIBS)
THREAD_TESTS += tests/integration/test_hypervisor_events tests/integration/test_hypervisor_watch
THREAD_TESTS += tests/integration/test_hypervisor_some
LONG_TESTS += tests/integration/test_hypervisor_events tests/integration/test_hypervisor_some
THREAD_TESTS += tests/integration/test_hypervisor_driver tests/integration/test_hypervisor_libvirtd
THREAD_TESTS += tests/integration/test_hypervisor_trouble

INTEGRATION_TESTS += tests/integration/test_directory_read
tests_integration_test_directory_read_SOURCES = tests/integration/test_directory_read.c $(DIRECTORY_SERVER)
tests_integration_test_directory_read_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)

INTEGRATION_TESTS += tests/integration/test_directory_write
tests_integration_test_directory_write_SOURCES = tests/integration/test_directory_write.c $(DIRECTORY_WRITES)
tests_integration_test_directory_write_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)

INTEGRATION_TESTS += tests/integration/test_directory_service
tests_integration_test_directory_service_SOURCES = tests/integration/test_directory_service.c $(DIRECTORY_BODY)
tests_integration_test_directory_service_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)

INTEGRATION_TESTS += tests/integration/test_directory_handover
tests_integration_test_directory_handover_SOURCES = tests/integration/test_directory_handover.c $(DIRECTORY_BODY)
tests_integration_test_directory_handover_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)

INTEGRATION_TESTS += tests/integration/test_directory_trouble
tests_integration_test_directory_trouble_SOURCES = tests/integration/test_directory_trouble.c $(DIRECTORY_WRITES)
tests_integration_test_directory_trouble_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)

WATCH_MIRROR = $(DIRECTORY_SERVER) tests/integration/watch_mirror.c tests/integration/watch_mirror.h \
	tests/integration/world_changer.c tests/integration/world_changer.h

INTEGRATION_TESTS += tests/integration/test_directory_watch
tests_integration_test_directory_watch_SOURCES = tests/integration/test_directory_watch.c $(WATCH_MIRROR)
tests_integration_test_directory_watch_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)
INTEGRATION_TESTS += tests/integration/test_directory_resume
tests_integration_test_directory_resume_SOURCES = tests/integration/test_directory_resume.c $(WATCH_MIRROR)
tests_integration_test_directory_resume_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)
INTEGRATION_TESTS += tests/integration/test_directory_gssapi
tests_integration_test_directory_gssapi_SOURCES = tests/integration/test_directory_gssapi.c $(DIRECTORY_SERVER)
tests_integration_test_directory_gssapi_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)
INTEGRATION_TESTS += tests/integration/test_directory_pair
tests_integration_test_directory_pair_SOURCES = tests/integration/test_directory_pair.c $(WATCH_MIRROR)
tests_integration_test_directory_pair_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)
INTEGRATION_TESTS += tests/integration/test_directory_dialer
tests_integration_test_directory_dialer_SOURCES = tests/integration/test_directory_dialer.c $(WATCH_MIRROR)
tests_integration_test_directory_dialer_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)
INTEGRATION_TESTS += tests/integration/test_directory_async
tests_integration_test_directory_async_SOURCES = tests/integration/test_directory_async.c $(WATCH_MIRROR)
tests_integration_test_directory_async_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)
THREAD_TESTS += tests/integration/test_directory_watch tests/integration/test_directory_async
THREAD_TESTS += tests/integration/test_directory_dialer

# OpenNebula on loopback: recorded answers over HTTP, recorded events from a real publisher.
ONE_SERVER = tests/integration/one_server.c tests/integration/one_server.h $(ONE_RECORDED)
INTEGRATION_TESTS += tests/integration/test_opennebula_read
tests_integration_test_opennebula_read_SOURCES = tests/integration/test_opennebula_read.c $(ONE_SERVER)
tests_integration_test_opennebula_read_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_integration_test_opennebula_read_LDADD = $(TEST_LIBS) $(OPENNEBULA_LIBS) $(MICROHTTPD_LIBS)
INTEGRATION_TESTS += tests/integration/test_opennebula_tls
tests_integration_test_opennebula_tls_SOURCES = tests/integration/test_opennebula_tls.c $(ONE_SERVER)
tests_integration_test_opennebula_tls_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_integration_test_opennebula_tls_LDADD = $(TEST_LIBS) $(OPENNEBULA_LIBS) $(MICROHTTPD_LIBS)
INTEGRATION_TESTS += tests/integration/test_opennebula_events
tests_integration_test_opennebula_events_SOURCES = tests/integration/test_opennebula_events.c $(ONE_SERVER)
tests_integration_test_opennebula_events_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_integration_test_opennebula_events_LDADD = $(TEST_LIBS) $(OPENNEBULA_LIBS) $(MICROHTTPD_LIBS)
THREAD_TESTS += tests/integration/test_opennebula_read tests/integration/test_opennebula_events
# The same front-end for shell tests, and the program over a site that has some (one_lib.sh).
check_PROGRAMS += tests/integration/one_frontend
TEST_HELPERS += tests/integration/one_frontend
tests_integration_one_frontend_SOURCES = tests/integration/one_frontend.c \
	tests/integration/one_server.c tests/integration/one_server.h
tests_integration_one_frontend_LDADD = $(GLIB_LIBS) $(MICROHTTPD_LIBS) $(ZMQ_LIBS)
EXTRA_DIST += tests/integration/one_lib.sh

check_PROGRAMS += $(INTEGRATION_TESTS)
TESTS += $(INTEGRATION_TESTS) $(SHELL_TESTS)
EXTRA_DIST += $(SHELL_TESTS)

SHELL_TESTS += tests/unit/schema.sh tests/unit/sample.sh
SHELL_TESTS += tests/integration/schema_fixture.sh tests/integration/schema.sh tests/integration/acl.sh
EXTRA_DIST += tests/data
SHELL_TESTS += tests/integration/lab.sh tests/integration/lab-qemu.sh tests/integration/lab-tool.sh
# The program.
SHELL_TESTS += tests/integration/cli.sh tests/integration/cli-exit.sh tests/integration/cli-list.sh tests/integration/cli-filter.sh
SHELL_TESTS += tests/integration/cli-top.sh
SHELL_TESTS += tests/integration/cli-report.sh
SHELL_TESTS += tests/integration/cli-config.sh tests/integration/cli-terminal.sh
SHELL_TESTS += tests/integration/languages.sh tests/integration/languages-seen.sh
SHELL_TESTS += tests/integration/cli-operate.sh tests/integration/cli-look.sh tests/integration/cli-watch.sh tests/integration/cli-doctor.sh tests/integration/cli-doctor-nodes.sh tests/integration/cli-words.sh tests/integration/pictures.sh
SHELL_TESTS += tests/integration/cli-history.sh tests/integration/completion.sh
SHELL_TESTS += tests/integration/cli-explain.sh tests/integration/cli-findings.sh tests/integration/cli-sync-vm.sh
SHELL_TESTS += tests/integration/demo.sh tests/integration/readme.sh
# What documents tell people and tools to type.
SHELL_TESTS += tests/integration/operator-guide.sh tests/integration/provisioning.sh
EXTRA_DIST += tests/integration/cli-lib.sh

# What arrives at journal and syslog.
check_PROGRAMS += tests/integration/log_lines
tests_integration_log_lines_SOURCES = tests/integration/log_lines.c
tests_integration_log_lines_LDADD = $(LOG_LIBS)
SHELL_TESTS += tests/integration/log.sh

# Metrics and health over HTTP, with a main thread that does nothing.
check_PROGRAMS += tests/integration/http_server
tests_integration_http_server_SOURCES = tests/integration/http_server.c
tests_integration_http_server_LDADD = $(DAEMON_LIBS)
SHELL_TESTS += tests/integration/http.sh tests/integration/monitoring.sh
SHELL_TESTS += tests/integration/systemd.sh

# The whole program under faults: faults*.sh, chaos.sh (tests/integration/faults_lib.sh).
check_PROGRAMS += tests/integration/faults_proxy
TEST_HELPERS += tests/integration/faults_proxy
tests_integration_faults_proxy_SOURCES = tests/integration/faults_proxy.c
tests_integration_faults_proxy_LDADD = $(GLIB_LIBS)
EXTRA_DIST += tests/integration/faults_lib.sh
# The daemon: tests/integration/daemon_lib.sh.
EXTRA_DIST += tests/integration/daemon_lib.sh
SHELL_TESTS += tests/integration/daemon.sh tests/integration/daemon-trouble.sh
SHELL_TESTS += tests/integration/daemon-nodes.sh tests/integration/daemon-notify.sh
SHELL_TESTS += tests/integration/daemon-idle.sh tests/integration/daemon-board.sh
# The program with calls that fail or hang (see there).
check_PROGRAMS += tests/integration/faulty
TEST_HELPERS += tests/integration/faulty
tests_integration_faulty_SOURCES = tests/integration/faulty.c src/cli/main.c
tests_integration_faulty_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=ldap_abandon_ext -Wl,--wrap=ldap_add_ext -Wl,--wrap=ldap_connect \
	-Wl,--wrap=ldap_control_create -Wl,--wrap=ldap_create_assertion_control \
	-Wl,--wrap=ldap_get_option -Wl,--wrap=ldap_initialize -Wl,--wrap=ldap_modify_ext \
	-Wl,--wrap=ldap_parse_result -Wl,--wrap=ldap_result -Wl,--wrap=ldap_sasl_bind \
	-Wl,--wrap=ldap_search_ext -Wl,--wrap=ldap_set_option -Wl,--wrap=ldap_whoami \
	-Wl,--wrap=virConnectClose -Wl,--wrap=virConnectDomainEventDeregisterAny \
	-Wl,--wrap=virConnectDomainEventRegisterAny -Wl,--wrap=virConnectGetAllDomainStats \
	-Wl,--wrap=virConnectGetType -Wl,--wrap=virConnectGetVersion -Wl,--wrap=virConnectIsAlive \
	-Wl,--wrap=virConnectListAllDomains -Wl,--wrap=virConnectOpen \
	-Wl,--wrap=virConnectOpenReadOnly -Wl,--wrap=virConnectRegisterCloseCallback \
	-Wl,--wrap=virConnectSetKeepAlive -Wl,--wrap=virDomainGetBlockJobInfo \
	-Wl,--wrap=virDomainGetControlInfo -Wl,--wrap=virDomainGetDiskErrors \
	-Wl,--wrap=virDomainGetJobStats -Wl,--wrap=virDomainGetName -Wl,--wrap=virDomainGetState \
	-Wl,--wrap=virDomainGetUUID -Wl,--wrap=virDomainGetXMLDesc \
	-Wl,--wrap=virDomainHasManagedSaveImage -Wl,--wrap=virDomainListGetStats \
	-Wl,--wrap=virDomainLookupByUUID -Wl,--wrap=virGetLastError -Wl,--wrap=virResetLastError
tests_integration_faulty_LDADD = $(CLI_LIBS)
SHELL_TESTS += tests/integration/daemon-faults.sh tests/integration/daemon-network.sh
SHELL_TESTS += tests/integration/daemon-races.sh
LONG_TESTS += tests/integration/daemon-faults.sh
SHELL_TESTS += tests/integration/daemon-pair.sh tests/integration/daemon-servers.sh tests/integration/daemon-chaos.sh
THREAD_TESTS += tests/integration/daemon.sh tests/integration/daemon-trouble.sh
THREAD_TESTS += tests/integration/daemon-chaos.sh
LONG_TESTS += tests/integration/daemon-chaos.sh
SHELL_TESTS += tests/integration/faults-nodes.sh tests/integration/faults-classes.sh
SHELL_TESTS += tests/integration/faults-writes.sh tests/integration/faults-lease.sh
SHELL_TESTS += tests/integration/faults-stop.sh
SHELL_TESTS += tests/integration/faults-absence.sh tests/integration/faults-access.sh
SHELL_TESTS += tests/integration/faults-memory.sh tests/integration/chaos.sh
LONG_TESTS += tests/integration/chaos.sh

SHELL_TESTS += tests/integration/sync-opennebula.sh tests/integration/daemon-opennebula.sh
THREAD_TESTS += tests/integration/sync-opennebula.sh tests/integration/daemon-opennebula.sh

# Several bodies on one directory (tests/integration/bodies_lib.sh).
EXTRA_DIST += tests/integration/bodies_lib.sh
SHELL_TESTS += tests/integration/bodies-standby.sh tests/integration/bodies-shares.sh
SHELL_TESTS += tests/integration/bodies-overlap.sh tests/integration/bodies-mirror.sh
LONG_TESTS += tests/integration/bodies-standby.sh tests/integration/bodies-shares.sh tests/integration/bodies-overlap.sh
# The daemon under load.
SHELL_TESTS += tests/integration/daemon-load.sh
LONG_TESTS += tests/integration/daemon-load.sh

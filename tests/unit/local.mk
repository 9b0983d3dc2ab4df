# tests/unit: pure code, without a server.  One cmocka group per program.
# A new test is three lines:
#   UNIT_TESTS += tests/unit/test_thing
#   tests_unit_test_thing_SOURCES = tests/unit/test_thing.c
#   tests_unit_test_thing_LDADD = $(TEST_LIBS) $(ROOM_LIBS)
UNIT_TESTS =

UNIT_TESTS += tests/unit/test_harness
tests_unit_test_harness_SOURCES = tests/unit/test_harness.c
tests_unit_test_harness_LDADD = $(TEST_LIBS)

UNIT_TESTS += tests/unit/test_log
tests_unit_test_log_SOURCES = tests/unit/test_log.c
tests_unit_test_log_LDADD = $(TEST_LIBS) $(LOG_LIBS)
THREAD_TESTS += tests/unit/test_log

UNIT_TESTS += tests/unit/test_config
tests_unit_test_config_SOURCES = tests/unit/test_config.c \
	tests/unit/config_rows.c tests/unit/config_rows.h
tests_unit_test_config_LDADD = $(TEST_LIBS) $(CONFIG_LIBS)

UNIT_TESTS += tests/unit/test_manual
tests_unit_test_manual_SOURCES = tests/unit/test_manual.c
tests_unit_test_manual_LDADD = $(TEST_LIBS) $(CONFIG_LIBS)

UNIT_TESTS += tests/unit/test_board
tests_unit_test_board_SOURCES = tests/unit/test_board.c
tests_unit_test_board_LDADD = $(TEST_LIBS) $(BOARD_LIBS)

UNIT_TESTS += tests/unit/test_daemon_live
tests_unit_test_daemon_live_SOURCES = tests/unit/test_daemon_live.c
tests_unit_test_daemon_live_LDADD = $(TEST_LIBS) $(DAEMON_LIBS)
THREAD_TESTS += tests/unit/test_daemon_live

UNIT_TESTS += tests/unit/test_directory_text
tests_unit_test_directory_text_SOURCES = tests/unit/test_directory_text.c
tests_unit_test_directory_text_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)

UNIT_TESTS += tests/unit/test_directory_decode
tests_unit_test_directory_decode_SOURCES = tests/unit/test_directory_decode.c
tests_unit_test_directory_decode_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)

UNIT_TESTS += tests/unit/test_directory_sync
tests_unit_test_directory_sync_SOURCES = tests/unit/test_directory_sync.c
tests_unit_test_directory_sync_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)

UNIT_TESTS += tests/unit/test_directory_lease
tests_unit_test_directory_lease_SOURCES = tests/unit/test_directory_lease.c
tests_unit_test_directory_lease_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)

UNIT_TESTS += tests/unit/test_directory_password
tests_unit_test_directory_password_SOURCES = tests/unit/test_directory_password.c
tests_unit_test_directory_password_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS)

UNIT_TESTS += tests/unit/test_hypervisor_tables
tests_unit_test_hypervisor_tables_SOURCES = tests/unit/test_hypervisor_tables.c
tests_unit_test_hypervisor_tables_LDADD = $(TEST_LIBS) $(HYPERVISOR_LIBS)
UNIT_TESTS += tests/unit/test_hypervisor_xml
tests_unit_test_hypervisor_xml_SOURCES = tests/unit/test_hypervisor_xml.c
tests_unit_test_hypervisor_xml_LDADD = $(TEST_LIBS) $(HYPERVISOR_LIBS)
UNIT_TESTS += tests/unit/test_hypervisor_merge
tests_unit_test_hypervisor_merge_SOURCES = tests/unit/test_hypervisor_merge.c
tests_unit_test_hypervisor_merge_LDADD = $(TEST_LIBS) $(HYPERVISOR_LIBS)
UNIT_TESTS += tests/unit/test_hypervisor_worker
tests_unit_test_hypervisor_worker_SOURCES = tests/unit/test_hypervisor_worker.c
tests_unit_test_hypervisor_worker_LDADD = $(TEST_LIBS) $(HYPERVISOR_LIBS)
UNIT_TESTS += tests/unit/test_hypervisor_sink
tests_unit_test_hypervisor_sink_SOURCES = tests/unit/test_hypervisor_sink.c
tests_unit_test_hypervisor_sink_LDADD = $(TEST_LIBS) $(HYPERVISOR_LIBS)
UNIT_TESTS += tests/unit/test_hypervisor_mainloop
tests_unit_test_hypervisor_mainloop_SOURCES = tests/unit/test_hypervisor_mainloop.c
tests_unit_test_hypervisor_mainloop_LDADD = $(TEST_LIBS) $(HYPERVISOR_LIBS)
THREAD_TESTS += tests/unit/test_hypervisor_worker tests/unit/test_hypervisor_sink \
	tests/unit/test_hypervisor_mainloop

# OpenNebula's documents, as recorded.
ONE_RECORDED = tests/unit/opennebula_data.c tests/unit/opennebula_data.h
UNIT_TESTS += tests/unit/test_opennebula_pool
tests_unit_test_opennebula_pool_SOURCES = tests/unit/test_opennebula_pool.c $(ONE_RECORDED)
tests_unit_test_opennebula_pool_LDADD = $(TEST_LIBS) $(OPENNEBULA_LIBS)
UNIT_TESTS += tests/unit/test_opennebula_rpc
tests_unit_test_opennebula_rpc_SOURCES = tests/unit/test_opennebula_rpc.c $(ONE_RECORDED)
tests_unit_test_opennebula_rpc_LDADD = $(TEST_LIBS) $(OPENNEBULA_LIBS)

# Tables as tests, one line per row.
ROWS = tests/unit/rows.c tests/unit/rows.h
UNIT_TESTS += tests/unit/test_core_shard
tests_unit_test_core_shard_SOURCES = tests/unit/test_core_shard.c $(ROWS)
tests_unit_test_core_shard_LDADD = $(TEST_LIBS) $(CORE_LIBS)
UNIT_TESTS += tests/unit/test_core_words
tests_unit_test_core_words_SOURCES = tests/unit/test_core_words.c $(ROWS)
tests_unit_test_core_words_LDADD = $(TEST_LIBS) $(CORE_LIBS)
UNIT_TESTS += tests/unit/test_core_tables
tests_unit_test_core_tables_SOURCES = tests/unit/test_core_tables.c $(ROWS)
tests_unit_test_core_tables_LDADD = $(TEST_LIBS) $(CORE_LIBS)
UNIT_TESTS += tests/unit/test_core_one
tests_unit_test_core_one_SOURCES = tests/unit/test_core_one.c $(ROWS)
tests_unit_test_core_one_LDADD = $(TEST_LIBS) $(CORE_LIBS)
UNIT_TESTS += tests/unit/test_core_edge
tests_unit_test_core_edge_SOURCES = tests/unit/test_core_edge.c $(ROWS)
tests_unit_test_core_edge_LDADD = $(TEST_LIBS) $(CORE_LIBS)
UNIT_TESTS += tests/unit/test_core_status
tests_unit_test_core_status_SOURCES = tests/unit/test_core_status.c $(ROWS)
tests_unit_test_core_status_LDADD = $(TEST_LIBS) $(CORE_LIBS)
UNIT_TESTS += tests/unit/test_core_actions
tests_unit_test_core_actions_SOURCES = tests/unit/test_core_actions.c $(ROWS)
tests_unit_test_core_actions_LDADD = $(TEST_LIBS) $(CORE_LIBS)

# The rules as a table: `make update-golden' after a rule was changed on purpose.
UNIT_TESTS += tests/unit/test_core_derive
tests_unit_test_core_derive_SOURCES = tests/unit/test_core_derive.c $(ROWS) \
	tests/golden/derive_table.c tests/golden/derive_table.h
tests_unit_test_core_derive_LDADD = $(TEST_LIBS) $(CORE_LIBS)
check_PROGRAMS += tests/golden/print_derive
tests_golden_print_derive_SOURCES = tests/golden/print_derive.c \
	tests/golden/derive_table.c tests/golden/derive_table.h
tests_golden_print_derive_LDADD = $(CORE_LIBS) $(GLIB_LIBS)
EXTRA_DIST += tests/golden/derive.tsv
update-golden: tests/golden/print_derive$(EXEEXT)
	$(AM_V_GEN)tests/golden/print_derive >$(srcdir)/tests/golden/derive.tsv

UNIT_TESTS += tests/unit/test_text_catalog
tests_unit_test_text_catalog_SOURCES = tests/unit/test_text_catalog.c $(ROWS)
tests_unit_test_text_catalog_LDADD = $(TEST_LIBS) $(TEXT_LIBS)
UNIT_TESTS += tests/unit/test_text_words
tests_unit_test_text_words_SOURCES = tests/unit/test_text_words.c $(ROWS)
tests_unit_test_text_words_LDADD = $(TEST_LIBS) $(TEXT_LIBS)
UNIT_TESTS += tests/unit/test_engine_language
tests_unit_test_engine_language_SOURCES = tests/unit/test_engine_language.c
tests_unit_test_engine_language_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)

UNIT_TESTS += tests/unit/test_engine_text
tests_unit_test_engine_text_SOURCES = tests/unit/test_engine_text.c $(ROWS)
tests_unit_test_engine_text_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
UNIT_TESTS += tests/unit/test_engine_entry
tests_unit_test_engine_entry_SOURCES = tests/unit/test_engine_entry.c
tests_unit_test_engine_entry_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
UNIT_TESTS += tests/unit/test_engine_frontend
tests_unit_test_engine_frontend_SOURCES = tests/unit/test_engine_frontend.c
tests_unit_test_engine_frontend_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
UNIT_TESTS += tests/unit/test_engine_memory
tests_unit_test_engine_memory_SOURCES = tests/unit/test_engine_memory.c
tests_unit_test_engine_memory_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)

UNIT_TESTS += tests/unit/test_cases
tests_unit_test_cases_SOURCES = tests/unit/test_cases.c
tests_unit_test_cases_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
EXTRA_DIST += tests/cases

UNIT_TESTS += tests/unit/test_daemon_http
tests_unit_test_daemon_http_SOURCES = tests/unit/test_daemon_http.c
tests_unit_test_daemon_http_LDADD = $(TEST_LIBS) $(DAEMON_LIBS)
THREAD_TESTS += tests/unit/test_daemon_http
UNIT_TESTS += tests/unit/test_daemon_gap
tests_unit_test_daemon_gap_SOURCES = tests/unit/test_daemon_gap.c
tests_unit_test_daemon_gap_LDADD = $(TEST_LIBS) $(DAEMON_LIBS)
UNIT_TESTS += tests/unit/test_daemon_metrics
tests_unit_test_daemon_metrics_SOURCES = tests/unit/test_daemon_metrics.c
tests_unit_test_daemon_metrics_LDADD = $(TEST_LIBS) $(DAEMON_LIBS)
UNIT_TESTS += tests/unit/test_daemon_alarms
tests_unit_test_daemon_alarms_SOURCES = tests/unit/test_daemon_alarms.c
tests_unit_test_daemon_alarms_LDADD = $(TEST_LIBS) $(DAEMON_LIBS)
UNIT_TESTS += tests/unit/test_daemon_outcome
tests_unit_test_daemon_outcome_SOURCES = tests/unit/test_daemon_outcome.c
tests_unit_test_daemon_outcome_LDADD = $(TEST_LIBS) $(DAEMON_LIBS)
UNIT_TESTS += tests/unit/test_daemon_pace
tests_unit_test_daemon_pace_SOURCES = tests/unit/test_daemon_pace.c $(ROWS)
tests_unit_test_daemon_pace_LDADD = $(TEST_LIBS) $(DAEMON_LIBS)
UNIT_TESTS += tests/unit/test_daemon_notify
tests_unit_test_daemon_notify_SOURCES = tests/unit/test_daemon_notify.c
tests_unit_test_daemon_notify_LDADD = $(TEST_LIBS) $(DAEMON_LIBS)

UNIT_TESTS += tests/unit/test_daemon_trail
tests_unit_test_daemon_trail_SOURCES = tests/unit/test_daemon_trail.c
tests_unit_test_daemon_trail_LDADD = $(TEST_LIBS) $(DAEMON_LIBS)

UNIT_TESTS += tests/unit/test_cli_past
tests_unit_test_cli_past_SOURCES = tests/unit/test_cli_past.c $(ROWS)
tests_unit_test_cli_past_LDADD = $(TEST_LIBS) $(CLI_LIBS)
UNIT_TESTS += tests/unit/test_cli_doctor
tests_unit_test_cli_doctor_SOURCES = tests/unit/test_cli_doctor.c $(ROWS)
tests_unit_test_cli_doctor_LDADD = $(TEST_LIBS) $(CLI_LIBS)
UNIT_TESTS += tests/unit/test_cli_duration
tests_unit_test_cli_duration_SOURCES = tests/unit/test_cli_duration.c $(ROWS)
tests_unit_test_cli_duration_LDADD = $(TEST_LIBS) $(CLI_LIBS)
UNIT_TESTS += tests/unit/test_cli_table
tests_unit_test_cli_table_SOURCES = tests/unit/test_cli_table.c $(ROWS)
tests_unit_test_cli_table_LDADD = $(TEST_LIBS) $(CLI_LIBS)
UNIT_TESTS += tests/unit/test_cli_top
tests_unit_test_cli_top_SOURCES = tests/unit/test_cli_top.c $(ROWS)
tests_unit_test_cli_top_LDADD = $(TEST_LIBS) $(CLI_LIBS)
UNIT_TESTS += tests/unit/test_cli_exit
tests_unit_test_cli_exit_SOURCES = tests/unit/test_cli_exit.c
tests_unit_test_cli_exit_LDADD = $(TEST_LIBS) $(CLI_LIBS)
UNIT_TESTS += tests/unit/test_cli_record
tests_unit_test_cli_record_SOURCES = tests/unit/test_cli_record.c
tests_unit_test_cli_record_LDADD = $(TEST_LIBS) $(CLI_LIBS)

check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)

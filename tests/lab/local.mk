# tests/lab: every status from real guests.  See README.md there.
# A new scenario is one line, in the order of their numbers.
SCENARIOS = \
	tests/lab/scenarios/01-start-stop.sh \
	tests/lab/scenarios/02-shutdown.sh \
	tests/lab/scenarios/03-requests.sh \
	tests/lab/scenarios/04-template.sh \
	tests/lab/scenarios/10-streaming.sh \
	tests/lab/scenarios/11-streaming-ends.sh \
	tests/lab/scenarios/20-backup.sh \
	tests/lab/scenarios/21-backup-stopped.sh \
	tests/lab/scenarios/22-backup-template.sh \
	tests/lab/scenarios/23-backup-fails.sh \
	tests/lab/scenarios/24-backup-crash.sh \
	tests/lab/scenarios/25-backup-restore.sh \
	tests/lab/scenarios/26-backup-stuck.sh \
	tests/lab/scenarios/27-backup-newer.sh \
	tests/lab/scenarios/30-migration.sh \
	tests/lab/scenarios/31-migration-fails.sh \
	tests/lab/scenarios/32-migration-paused.sh \
	tests/lab/scenarios/33-wrong-node.sh \
	tests/lab/scenarios/34-migration-template.sh \
	tests/lab/scenarios/35-migration-silent.sh \
	tests/lab/scenarios/36-migration-traces.sh \
	tests/lab/scenarios/40-crash.sh \
	tests/lab/scenarios/41-node-down.sh \
	tests/lab/scenarios/42-freeze.sh \
	tests/lab/scenarios/43-calls.sh \
	tests/lab/scenarios/44-agent.sh

# make check takes one of them as a sample; make check-lab runs them all, and then looks at what
# they proved together (a few minutes of real guests on two cores).
TESTS += tests/lab/scenarios/01-start-stop.sh tests/lab/runner.sh
tests/lab/statuses.log: $(SCENARIOS:.sh=.log)

check-lab:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS="$(SCENARIOS) tests/lab/statuses.sh" TEST_SUITE_LOG=test-lab.log

.PHONY: check-lab

# Random sequences over ten guests: 10 in make check, 200 in make check-long.
if HAVE_CMOCKA
check_PROGRAMS += tests/lab/test_sequences
tests_lab_test_sequences_SOURCES = tests/lab/test_sequences.c tests/lab/seq.h tests/lab/seq-acts.h \
	tests/lab/seq-acts.c tests/lab/seq-choose.c tests/lab/seq-lab.c tests/lab/seq-ldap.c \
	tests/lab/seq-move.c tests/lab/seq-oracle.c tests/lab/seq-world.c \
	$(DIRECTORY_SERVER) $(HYPERVISOR_ASK)
tests_lab_test_sequences_LDADD = $(TEST_LIBS) $(DIRECTORY_LIBS) $(HYPERVISOR_LIBS)
TESTS += tests/lab/test_sequences
LONG_TESTS += tests/lab/test_sequences
endif

EXTRA_DIST += $(SCENARIOS) \
	tests/lab/README.md \
	tests/lab/acts.sh \
	tests/lab/backup.sh \
	tests/lab/expect.sh \
	tests/lab/run \
	tests/lab/runner.sh \
	tests/lab/scenario.sh \
	tests/lab/statuses.list \
	tests/lab/statuses.sh

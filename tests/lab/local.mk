# tests/lab: every status from real guests.  See README.md there.
# A new scenario is one line, in the order of their numbers.
SCENARIOS = \
	tests/lab/scenarios/01-start-stop.sh

# What the scenarios proved all together is looked at when they are through.
TESTS += $(SCENARIOS) tests/lab/statuses.sh
tests/lab/statuses.log: $(SCENARIOS:.sh=.log)

EXTRA_DIST += $(SCENARIOS) \
	tests/lab/README.md \
	tests/lab/acts.sh \
	tests/lab/expect.sh \
	tests/lab/run \
	tests/lab/scenario.sh \
	tests/lab/statuses.list \
	tests/lab/statuses.sh

# tests/fuzz: one line per target; tests/README.md says the rest.
#   FUZZ_REPLAYS += tests/fuzz/fuzz_thing.replay
# The source is tests/fuzz/fuzz_thing.c, its seeds are tests/corpus/thing/*.
FUZZ_REPLAYS =
FUZZ_REPLAYS += tests/fuzz/fuzz_domain_xml.replay
FUZZ_REPLAYS += tests/fuzz/fuzz_config.replay
FUZZ_REPLAYS += tests/fuzz/fuzz_catalog.replay
FUZZ_REPLAYS += tests/fuzz/fuzz_filter.replay
FUZZ_REPLAYS += tests/fuzz/fuzz_control.replay
FUZZ_REPLAYS += tests/fuzz/fuzz_decode.replay
FUZZ_REPLAYS += tests/fuzz/fuzz_sync.replay

FUZZ_REPLAYS += tests/fuzz/fuzz_case.replay
FUZZ_REPLAYS += tests/fuzz/fuzz_entry.replay
FUZZ_REPLAYS += tests/fuzz/fuzz_textfile.replay
FUZZ_REPLAYS += tests/fuzz/fuzz_one_pool.replay
FUZZ_REPLAYS += tests/fuzz/fuzz_one_rpc.replay
FUZZ_REPLAYS += tests/fuzz/fuzz_one_event.replay

FUZZ_FUZZERS = $(FUZZ_REPLAYS:.replay=.fuzzer)
FUZZ_TARGETS = $(FUZZ_REPLAYS:.replay=.c)
FUZZ_ROOMS = src/daemon/libdaemon.a src/board/libboard.a src/opennebula/libopennebula.a src/hypervisor/libhypervisor.a src/directory/libdirectory.a src/engine/libengine.a \
	src/config/libconfig.a src/text/libtext.a src/log/liblog.a src/core/libcore.a
FUZZ_LIBS = $(DAEMON_LIBS) $(OPENNEBULA_LIBS) $(DIRECTORY_LIBS) $(ENGINE_LIBS) $(CONFIG_LIBS)
FUZZ_COMPILE = $(CC) $(DEFS) $(DEFAULT_INCLUDES) $(INCLUDES) $(AM_CPPFLAGS) $(CPPFLAGS) \
	$(AM_CFLAGS) $(CFLAGS) $(AM_LDFLAGS) $(LDFLAGS)

SUFFIXES += .replay .fuzzer
.c.replay:
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && $(FUZZ_COMPILE) -o $@ $< tests/libreplay.a $(FUZZ_LIBS) $(LIBS)
.c.fuzzer:
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && $(FUZZ_COMPILE) $(FUZZ_LDFLAGS) -o $@ $< $(FUZZ_LIBS) $(LIBS)

check_LIBRARIES += tests/libreplay.a
tests_libreplay_a_SOURCES = tests/fuzz/replay_main.c

$(FUZZ_REPLAYS): $(FUZZ_ROOMS) tests/libreplay.a
$(FUZZ_FUZZERS): $(FUZZ_ROOMS)

if ENABLE_FUZZERS
fuzzers: $(FUZZ_FUZZERS)
else
fuzzers:
	@echo "configure with CC=clang --enable-fuzzers first" >&2; exit 1
endif
.PHONY: fuzzers

check_SCRIPTS += $(FUZZ_REPLAYS)
TESTS += $(FUZZ_REPLAYS)
CLEANFILES += $(FUZZ_REPLAYS) $(FUZZ_FUZZERS) $(FUZZ_REPLAYS:.replay=.replay.crash)
EXTRA_DIST += $(FUZZ_TARGETS) tests/corpus

# bench: `make bench'.  Programs here are built only for it.
EXTRA_PROGRAMS =
EXTRA_DIST += bench/gen-directory

# The empty program: everything statesync is linked with.
EXTRA_PROGRAMS += bench/empty bench/floor-libvirt
bench_empty_SOURCES = bench/empty.c
bench_empty_LDADD = $(CLI_LIBS)
bench_floor_libvirt_SOURCES = bench/floor-libvirt.c
bench_floor_libvirt_LDADD = $(GLIB_LIBS) $(LIBVIRT_LIBS)

EXTRA_PROGRAMS += bench/floor-ldap
bench_floor_ldap_SOURCES = bench/floor-ldap.c
bench_floor_ldap_LDADD = $(DIRECTORY_LIBS)

EXTRA_PROGRAMS += bench/floor-modify bench/measure
bench_floor_modify_SOURCES = bench/floor-modify.c
bench_floor_modify_LDADD = $(DIRECTORY_LIBS)
bench_measure_SOURCES = bench/measure.c

EXTRA_PROGRAMS += bench/latency
bench_latency_SOURCES = bench/latency.c bench/watch.c bench/watch.h
bench_latency_LDADD = $(GLIB_LIBS) $(LDAP_LIBS) $(LIBVIRT_LIBS)

EXTRA_PROGRAMS += bench/latency-watch
bench_latency_watch_SOURCES = bench/latency-watch.c bench/watch.c bench/watch.h
bench_latency_watch_LDADD = $(GLIB_LIBS) $(LDAP_LIBS)

if HAVE_CMOCKA
EXTRA_PROGRAMS += bench/opennebula bench/latency-opennebula
bench_opennebula_SOURCES = bench/opennebula.c $(ONE_SERVER)
bench_opennebula_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit -I$(top_srcdir)/tests/integration
bench_opennebula_LDADD = tests/libharness.a $(OPENNEBULA_LIBS) $(MICROHTTPD_LIBS) $(CMOCKA_LIBS)
bench_latency_opennebula_SOURCES = bench/latency-opennebula.c bench/watch.c bench/watch.h $(ONE_SERVER)
bench_latency_opennebula_CPPFLAGS = $(bench_opennebula_CPPFLAGS)
bench_latency_opennebula_LDADD = tests/libharness.a $(OPENNEBULA_LIBS) $(MICROHTTPD_LIBS) $(CMOCKA_LIBS) \
	$(ZMQ_LIBS) $(LDAP_LIBS)
endif

EXTRA_DIST += bench/daemon bench/daemon.sh bench/front-end bench/list bench/README.md bench/run bench/world.sh bench/report.sh bench/smart bench/naive
CLEANFILES += $(EXTRA_PROGRAMS) bench/results.md bench/results.tsv bench/daemon.txt bench/list.txt bench/opennebula.txt

BENCH_NEEDS = src/statesync tests/lib/testworld tests/lib/subreaper bench/empty bench/floor-ldap \
	bench/floor-libvirt bench/floor-modify bench/measure
BENCH_RUN = BENCH_SRC='$(abs_top_srcdir)' BENCH_BUILD='$(abs_top_builddir)' \
	$(top_srcdir)/bench/run

# make bench, make bench BENCH_SIZES='500 2000', make bench-large
bench: $(BENCH_NEEDS)
	$(BENCH_RUN) $(BENCH_SIZES)

bench-large: $(BENCH_NEEDS)
	BENCH_LARGE=1 $(BENCH_RUN) $(BENCH_SIZES)

bench-daemon: src/statesync tests/lib/testworld tests/lib/subreaper bench/latency
	BENCH_SRC='$(abs_top_srcdir)' BENCH_BUILD='$(abs_top_builddir)' $(top_srcdir)/bench/daemon

# Real guests alone, of the same world.
bench-daemon-qemu: src/statesync tests/lib/testworld tests/lib/subreaper bench/latency
	BENCH_GUESTS="$${BENCH_GUESTS:-12}" BENCH_EVENTS=0 BENCH_REQUESTS=0 BENCH_QUIET=0 \
		BENCH_SRC='$(abs_top_srcdir)' BENCH_BUILD='$(abs_top_builddir)' $(top_srcdir)/bench/daemon

# make bench-list, make bench-list BENCH_VMS=100000
bench-list: src/statesync tests/lib/subreaper bench/empty bench/floor-ldap bench/measure bench/latency-watch
	BENCH_SRC='$(abs_top_srcdir)' BENCH_BUILD='$(abs_top_builddir)' $(top_srcdir)/bench/list $(BENCH_VMS)

# make bench-opennebula, make bench-opennebula BENCH_VMS=100000
bench-opennebula: src/statesync bench/opennebula bench/latency-opennebula
	BENCH_SRC='$(abs_top_srcdir)' BENCH_BUILD='$(abs_top_builddir)' BENCH_VMS='$(BENCH_VMS)' \
		$(top_srcdir)/bench/front-end

.PHONY: bench bench-large bench-daemon bench-daemon-qemu bench-list bench-opennebula

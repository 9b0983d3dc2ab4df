# tests/lib: programs that tests use but that are no tests.
check_PROGRAMS += tests/lib/subreaper tests/lib/testworld
tests_lib_subreaper_SOURCES = tests/lib/subreaper.c
tests_lib_testworld_SOURCES = tests/lib/testworld.c
tests_lib_testworld_LDADD = $(GLIB_LIBS) $(LIBVIRT_LIBS)

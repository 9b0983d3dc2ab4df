# src/cli: the program's commands.  GLib, json-glib, gettext.
# A new source is one more line in the list; headers too.
noinst_LIBRARIES += src/cli/libcli.a
src_cli_libcli_a_SHORTNAME = cli
src_cli_libcli_a_CPPFLAGS = $(BASE_CPPFLAGS)
src_cli_libcli_a_CFLAGS = $(BASE_CFLAGS) $(GLIB_CFLAGS) $(JSON_CFLAGS)
src_cli_libcli_a_SOURCES =

# To link with this room and all it needs: foo_LDADD = $(CLI_LIBS)
CLI_LIBS = src/cli/libcli.a $(DIRECTORY_LIBS) $(HYPERVISOR_LIBS) $(ENGINE_LIBS) $(CONFIG_LIBS)

# The program.  Take the marks away once src/cli/main.c is there.
#bin_PROGRAMS += src/statesync
#src_statesync_SOURCES = src/cli/main.c
#src_statesync_CPPFLAGS = $(BASE_CPPFLAGS)
#src_statesync_CFLAGS = $(BASE_CFLAGS) $(GLIB_CFLAGS) $(JSON_CFLAGS)
#src_statesync_LDADD = $(CLI_LIBS)

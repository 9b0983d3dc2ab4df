# src/cli: the program's commands.  GLib, json-glib, gettext.
# A new source is one more line in the list; headers too.
noinst_LIBRARIES += src/cli/libcli.a
src_cli_libcli_a_SHORTNAME = cli
src_cli_libcli_a_CPPFLAGS = $(BASE_CPPFLAGS)
src_cli_libcli_a_CFLAGS = $(BASE_CFLAGS) $(GLIB_CFLAGS) $(JSON_CFLAGS)
src_cli_libcli_a_SOURCES = \
	src/cli/check-config.c \
	src/cli/cli.c \
	src/cli/cli.h \
	src/cli/exit.c \
	src/cli/exit.h \
	src/cli/list.c \
	src/cli/nodes.c \
	src/cli/nodes.h \
	src/cli/progress.c \
	src/cli/progress.h \
	src/cli/record.c \
	src/cli/record.h \
	src/cli/replay.c \
	src/cli/report.c \
	src/cli/report.h \
	src/cli/statestore.c \
	src/cli/statestore.h \
	src/cli/sync-read.c \
	src/cli/sync-report.c \
	src/cli/sync-write.c \
	src/cli/sync.c \
	src/cli/sync.h \
	src/cli/table.c \
	src/cli/table.h

# To link with this room and all it needs: foo_LDADD = $(CLI_LIBS)
CLI_LIBS = src/cli/libcli.a $(DIRECTORY_LIBS) $(HYPERVISOR_LIBS) $(ENGINE_LIBS) $(CONFIG_LIBS)

# The program.
bin_PROGRAMS += src/statesync
src_statesync_SOURCES = src/cli/main.c
src_statesync_CPPFLAGS = $(BASE_CPPFLAGS)
src_statesync_CFLAGS = $(BASE_CFLAGS) $(GLIB_CFLAGS) $(JSON_CFLAGS)
src_statesync_LDADD = $(CLI_LIBS)

# Where the state file is, as statesync.conf(5) says.
install-exec-local:
	$(MKDIR_P) '$(DESTDIR)$(localstatedir)/lib/statesync'
	chmod 700 '$(DESTDIR)$(localstatedir)/lib/statesync'

# src/cli: the program's commands.  GLib, json-glib, gettext, GnuTLS.
# A new source is one more line in the list; headers too.
noinst_LIBRARIES += src/cli/libcli.a
src_cli_libcli_a_SHORTNAME = cli
src_cli_libcli_a_CPPFLAGS = $(BASE_CPPFLAGS)
src_cli_libcli_a_CFLAGS = $(BASE_CFLAGS) $(GLIB_CFLAGS) $(JSON_CFLAGS) $(GNUTLS_CFLAGS)
src_cli_libcli_a_SOURCES = \
	src/cli/announce.c \
	src/cli/board-past.c \
	src/cli/board-past.h \
	src/cli/board.c \
	src/cli/can.c \
	src/cli/can.h \
	src/cli/catalog.c \
	src/cli/certificate.c \
	src/cli/certificate.h \
	src/cli/check-config.c \
	src/cli/cli.c \
	src/cli/cli.h \
	src/cli/duration.c \
	src/cli/duration.h \
	src/cli/daemon.c \
	src/cli/doctor-directory.c \
	src/cli/doctor-frontends.c \
	src/cli/doctor-nodes.c \
	src/cli/doctor-rights.c \
	src/cli/doctor.c \
	src/cli/doctor.h \
	src/cli/dot.c \
	src/cli/dot.h \
	src/cli/exit.c \
	src/cli/exit.h \
	src/cli/explain-print.c \
	src/cli/explain-vm.c \
	src/cli/explain.c \
	src/cli/explain.h \
	src/cli/find.c \
	src/cli/find.h \
	src/cli/findings.c \
	src/cli/follow.c \
	src/cli/follow.h \
	src/cli/history.c \
	src/cli/history.h \
	src/cli/list-count.c \
	src/cli/list-filter.c \
	src/cli/list-filter.h \
	src/cli/list-rows.c \
	src/cli/list.c \
	src/cli/list.h \
	src/cli/look.c \
	src/cli/look.h \
	src/cli/paint.c \
	src/cli/paint.h \
	src/cli/past.c \
	src/cli/past.h \
	src/cli/pause.c \
	src/cli/pause.h \
	src/cli/progress.c \
	src/cli/progress.h \
	src/cli/record.c \
	src/cli/record.h \
	src/cli/replay.c \
	src/cli/report.c \
	src/cli/report.h \
	src/cli/screen.c \
	src/cli/screen.h \
	src/cli/show.c \
	src/cli/states.c \
	src/cli/stop.c \
	src/cli/stop.h \
	src/cli/sync-frontends.c \
	src/cli/sync-lease.c \
	src/cli/sync-open.c \
	src/cli/sync-read.c \
	src/cli/sync-report.c \
	src/cli/sync-vms.c \
	src/cli/sync-write.c \
	src/cli/sync.c \
	src/cli/sync.h \
	src/cli/table.c \
	src/cli/table.h \
	src/cli/text.c \
	src/cli/text.h \
	src/cli/top-view.c \
	src/cli/top-view.h \
	src/cli/top-world.c \
	src/cli/top.c \
	src/cli/wait.c \
	src/cli/wait.h \
	src/cli/watch.c

# To link with this room and all it needs: foo_LDADD = $(CLI_LIBS)
CLI_LIBS = src/cli/libcli.a $(DAEMON_LIBS) $(GNUTLS_LIBS)

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

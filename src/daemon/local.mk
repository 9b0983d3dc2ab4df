# src/daemon: the program that keeps running.  GLib's main loop, libmicrohttpd.
# A new source is one more line in the list; headers too.
noinst_LIBRARIES += src/daemon/libdaemon.a
src_daemon_libdaemon_a_SHORTNAME = daemon
src_daemon_libdaemon_a_CPPFLAGS = $(BASE_CPPFLAGS)
src_daemon_libdaemon_a_CFLAGS = $(BASE_CFLAGS) $(GLIB_CFLAGS) $(MICROHTTPD_CFLAGS)
src_daemon_libdaemon_a_SOURCES = \
	src/daemon/alarms.c src/daemon/alarms.h \
	src/daemon/daemon.c src/daemon/daemon.h \
	src/daemon/decide.c \
	src/daemon/frontend.c \
	src/daemon/frontend.h \
	src/daemon/frontends.c \
	src/daemon/gap.c src/daemon/gap.h src/daemon/hints.c \
	src/daemon/inside.h \
	src/daemon/languages.c src/daemon/languages.h \
	src/daemon/lease.c \
	src/daemon/mirror.c \
	src/daemon/nodes.c src/daemon/others.c \
	src/daemon/outcome.c src/daemon/outcome.h \
	src/daemon/pace.c src/daemon/pace.h \
	src/daemon/plan.c src/daemon/plan.h \
	src/daemon/reload.c \
	src/daemon/send.c \
	src/daemon/sweep.c \
	src/daemon/http.c src/daemon/http.h src/daemon/http-board.c src/daemon/http-board.h \
	src/daemon/live.c src/daemon/live.h src/daemon/live-board.c \
	src/daemon/metrics.c src/daemon/metrics.h \
	src/daemon/metrics-internal.h src/daemon/metrics-render.c src/daemon/textfile.c \
	src/daemon/notify.c src/daemon/notify.h \
	src/daemon/pidfile.c src/daemon/pidfile.h \
	src/daemon/process.c src/daemon/process.h \
	src/daemon/statestore.c src/daemon/statestore.h \
	src/daemon/trail.c src/daemon/trail.h

# To link with this room and all it needs: foo_LDADD = $(DAEMON_LIBS)
DAEMON_LIBS = src/daemon/libdaemon.a $(MICROHTTPD_LIBS) src/board/libboard.a $(DIRECTORY_LIBS) \
	$(OPENNEBULA_LIBS) $(ENGINE_LIBS) $(CONFIG_LIBS) $(TEXT_LIBS)

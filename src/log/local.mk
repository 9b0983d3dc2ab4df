# src/log: one line per event.  GLib and, where there, libsystemd.
# A new source is one more line in the list; headers too.
noinst_LIBRARIES += src/log/liblog.a
src_log_liblog_a_SHORTNAME = log
src_log_liblog_a_CPPFLAGS = $(BASE_CPPFLAGS)
src_log_liblog_a_CFLAGS = $(BASE_CFLAGS) $(GLIB_CFLAGS) $(SYSTEMD_CFLAGS)
src_log_liblog_a_SOURCES = \
	src/log/format.c src/log/format.h \
	src/log/log.c src/log/log.h

# To link with this room and all it needs: foo_LDADD = $(LOG_LIBS)
LOG_LIBS = src/log/liblog.a $(CORE_LIBS) $(SYSTEMD_LIBS) $(GLIB_LIBS)

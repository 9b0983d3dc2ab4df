# src/directory: LDAP.  GLib, libldap, liblber.
# A new source is one more line in the list; headers too.
noinst_LIBRARIES += src/directory/libdirectory.a
src_directory_libdirectory_a_SHORTNAME = directory
src_directory_libdirectory_a_CPPFLAGS = $(BASE_CPPFLAGS)
src_directory_libdirectory_a_CFLAGS = $(BASE_CFLAGS) $(GLIB_CFLAGS) $(LDAP_CFLAGS)
src_directory_libdirectory_a_SOURCES = \
	src/directory/accesslog.c src/directory/accesslog.h \
	src/directory/capability.c src/directory/capability.h \
	src/directory/connection.c src/directory/connection.h \
	src/directory/control.c src/directory/control.h \
	src/directory/csn.c src/directory/csn.h \
	src/directory/deadline.h \
	src/directory/decode.c src/directory/decode.h \
	src/directory/dial.c src/directory/dial.h \
	src/directory/dialer.c src/directory/dialer.h \
	src/directory/dispatch.c src/directory/dispatch.h \
	src/directory/dn.c src/directory/dn.h \
	src/directory/examine.c src/directory/examine.h \
	src/directory/filter.c src/directory/filter.h \
	src/directory/from_config.c src/directory/from_config.h \
	src/directory/handover.c \
	src/directory/lease.c src/directory/lease.h \
	src/directory/mods.c src/directory/mods.h \
	src/directory/options.c src/directory/options.h \
	src/directory/password.c src/directory/password.h \
	src/directory/read.c src/directory/read.h \
	src/directory/reread.c src/directory/reread.h \
	src/directory/result.c src/directory/result.h \
	src/directory/search.c src/directory/search.h \
	src/directory/server.c src/directory/server.h \
	src/directory/service.c src/directory/service.h \
	src/directory/service_async.c src/directory/service_async.h \
	src/directory/service_entry.c src/directory/service_entry.h \
	src/directory/service_move.c \
	src/directory/siblings.c src/directory/siblings.h \
	src/directory/source.c src/directory/source.h \
	src/directory/sync.c src/directory/sync.h \
	src/directory/tls_text.c src/directory/tls_text.h \
	src/directory/watch.c src/directory/watch.h src/directory/watch-internal.h \
	src/directory/watch-known.c src/directory/watch-poll.c src/directory/watch-sync.c \
	src/directory/writer.c src/directory/writer.h

# To link with this room and all it needs: foo_LDADD = $(DIRECTORY_LIBS)
DIRECTORY_LIBS = src/directory/libdirectory.a $(LDAP_LIBS) $(ENGINE_LIBS) $(CONFIG_LIBS)

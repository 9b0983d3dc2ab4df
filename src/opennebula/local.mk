# src/opennebula: front-ends.  GLib, libcurl, libxml2, libzmq.
# A new source is one more line in the list; headers too.
noinst_LIBRARIES += src/opennebula/libopennebula.a
src_opennebula_libopennebula_a_SHORTNAME = opennebula
src_opennebula_libopennebula_a_CPPFLAGS = $(BASE_CPPFLAGS)
src_opennebula_libopennebula_a_CFLAGS = $(BASE_CFLAGS) $(GLIB_CFLAGS) $(CURL_CFLAGS) \
	$(LIBXML_CFLAGS) $(ZMQ_CFLAGS)
src_opennebula_libopennebula_a_SOURCES = \
	src/opennebula/credential.c src/opennebula/credential.h \
	src/opennebula/error.c src/opennebula/error.h \
	src/opennebula/event.c src/opennebula/event.h \
	src/opennebula/opennebula.c src/opennebula/opennebula.h \
	src/opennebula/pool.c src/opennebula/pool.h \
	src/opennebula/read.c src/opennebula/read.h \
	src/opennebula/rpc.c src/opennebula/rpc.h \
	src/opennebula/subscriber.c src/opennebula/subscriber.h \
	src/opennebula/walk.c src/opennebula/walk.h \
	src/opennebula/wire.c src/opennebula/wire.h

# To link with this room and all it needs: foo_LDADD = $(OPENNEBULA_LIBS)
OPENNEBULA_LIBS = src/opennebula/libopennebula.a $(CURL_LIBS) $(ZMQ_LIBS) $(HYPERVISOR_LIBS)

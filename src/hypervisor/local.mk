# src/hypervisor: libvirt.  GLib, libvirt, libxml2.
# A new source is one more line in the list; headers too.
noinst_LIBRARIES += src/hypervisor/libhypervisor.a
src_hypervisor_libhypervisor_a_SHORTNAME = hypervisor
src_hypervisor_libhypervisor_a_CPPFLAGS = $(BASE_CPPFLAGS)
src_hypervisor_libhypervisor_a_CFLAGS = $(BASE_CFLAGS) $(GLIB_CFLAGS) $(LIBVIRT_CFLAGS) \
	$(LIBXML_CFLAGS)
src_hypervisor_libhypervisor_a_SOURCES = \
	src/hypervisor/backoff.c src/hypervisor/backoff.h \
	src/hypervisor/bulk.c src/hypervisor/bulk.h \
	src/hypervisor/domainxml.c src/hypervisor/domainxml.h \
	src/hypervisor/error.c src/hypervisor/error.h \
	src/hypervisor/events.c src/hypervisor/events.h \
	src/hypervisor/hypervisor.c src/hypervisor/hypervisor.h \
	src/hypervisor/link.c src/hypervisor/link.h \
	src/hypervisor/list.c src/hypervisor/list.h \
	src/hypervisor/look.c src/hypervisor/look.h \
	src/hypervisor/looking.c src/hypervisor/node.h \
	src/hypervisor/mainloop.c src/hypervisor/mainloop.h \
	src/hypervisor/merge.c src/hypervisor/merge.h \
	src/hypervisor/probe.c src/hypervisor/probe.h \
	src/hypervisor/queue.c src/hypervisor/queue.h \
	src/hypervisor/reading.c \
	src/hypervisor/sink.c src/hypervisor/sink.h \
	src/hypervisor/state.c src/hypervisor/state.h \
	src/hypervisor/uri.c src/hypervisor/uri.h \
	src/hypervisor/watching.c \
	src/hypervisor/worker.c src/hypervisor/worker.h

# To link with this room and all it needs: foo_LDADD = $(HYPERVISOR_LIBS)
HYPERVISOR_LIBS = src/hypervisor/libhypervisor.a $(LIBVIRT_LIBS) \
	$(LIBXML_LIBS) $(ENGINE_LIBS) $(CONFIG_LIBS)

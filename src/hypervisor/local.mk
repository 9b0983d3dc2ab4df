# src/hypervisor: libvirt.  GLib, libvirt, libvirt-glib, libxml2.
# A new source is one more line in the list; headers too.
noinst_LIBRARIES += src/hypervisor/libhypervisor.a
src_hypervisor_libhypervisor_a_SHORTNAME = hypervisor
src_hypervisor_libhypervisor_a_CPPFLAGS = $(BASE_CPPFLAGS)
src_hypervisor_libhypervisor_a_CFLAGS = $(BASE_CFLAGS) $(GLIB_CFLAGS) $(LIBVIRT_CFLAGS) \
	$(LIBVIRT_GLIB_CFLAGS) $(LIBXML_CFLAGS)
src_hypervisor_libhypervisor_a_SOURCES =

# To link with this room and all it needs: foo_LDADD = $(HYPERVISOR_LIBS)
HYPERVISOR_LIBS = src/hypervisor/libhypervisor.a $(LIBVIRT_GLIB_LIBS) $(LIBVIRT_LIBS) \
	$(LIBXML_LIBS) $(CONFIG_LIBS)

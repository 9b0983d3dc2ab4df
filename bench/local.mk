# bench: `make bench'.  Programs here are built only for it.
EXTRA_PROGRAMS =
EXTRA_DIST += bench/gen-directory

# The empty program: everything statesync is linked with.
EXTRA_PROGRAMS += bench/empty bench/floor-libvirt
bench_empty_SOURCES = bench/empty.c
bench_empty_LDADD = $(GLIB_LIBS) $(JSON_LIBS) $(LDAP_LIBS) $(LIBVIRT_GLIB_LIBS) $(LIBVIRT_LIBS) \
	$(LIBXML_LIBS) $(INIPARSER_LIBS) $(SYSTEMD_LIBS)
bench_floor_libvirt_SOURCES = bench/floor-libvirt.c
bench_floor_libvirt_LDADD = $(GLIB_LIBS) $(LIBVIRT_LIBS)

EXTRA_PROGRAMS += bench/floor-ldap
bench_floor_ldap_SOURCES = bench/floor-ldap.c
bench_floor_ldap_LDADD = $(DIRECTORY_LIBS)

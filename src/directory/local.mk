# src/directory: LDAP.  GLib, libldap, liblber.
# A new source is one more line in the list; headers too.
noinst_LIBRARIES += src/directory/libdirectory.a
src_directory_libdirectory_a_SHORTNAME = directory
src_directory_libdirectory_a_CPPFLAGS = $(BASE_CPPFLAGS)
src_directory_libdirectory_a_CFLAGS = $(BASE_CFLAGS) $(GLIB_CFLAGS) $(LDAP_CFLAGS)
src_directory_libdirectory_a_SOURCES =

# To link with this room and all it needs: foo_LDADD = $(DIRECTORY_LIBS)
DIRECTORY_LIBS = src/directory/libdirectory.a $(LDAP_LIBS) $(CONFIG_LIBS)

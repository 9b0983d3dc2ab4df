# src/config: the configuration file.  GLib and iniparser.
# A new source is one more line in the list; headers too.
noinst_LIBRARIES += src/config/libconfig.a
src_config_libconfig_a_SHORTNAME = config
src_config_libconfig_a_CPPFLAGS = $(BASE_CPPFLAGS)
src_config_libconfig_a_CFLAGS = $(BASE_CFLAGS) $(GLIB_CFLAGS)
src_config_libconfig_a_SOURCES =

# To link with this room and all it needs: foo_LDADD = $(CONFIG_LIBS)
CONFIG_LIBS = src/config/libconfig.a $(INIPARSER_LIBS) $(LOG_LIBS)

# src/config: the configuration file.  GLib and iniparser.
# A new source is one more line in the list; headers too.
noinst_LIBRARIES += src/config/libconfig.a
src_config_libconfig_a_SHORTNAME = config
src_config_libconfig_a_CPPFLAGS = $(BASE_CPPFLAGS)
src_config_libconfig_a_CFLAGS = $(BASE_CFLAGS) $(GLIB_CFLAGS)
src_config_libconfig_a_SOURCES = \
	src/config/check.c src/config/check.h \
	src/config/check-opennebula.c \
	src/config/conf.c src/config/conf.h \
	src/config/keys.c src/config/keys.h \
	src/config/listen.c src/config/listen.h \
	src/config/problem.c src/config/problem.h \
	src/config/scan.c src/config/scan.h \
	src/config/secret.c src/config/secret.h \
	src/config/source.c src/config/source.h \
	src/config/suggest.c src/config/suggest.h

# To link with this room and all it needs: foo_LDADD = $(CONFIG_LIBS)
CONFIG_LIBS = src/config/libconfig.a $(INIPARSER_LIBS) src/text/libtext.a $(LOG_LIBS)

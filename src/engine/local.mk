# src/engine: joins, remembers, plans.  GLib's containers and json-glib.
# A new source is one more line in the list; headers too.
noinst_LIBRARIES += src/engine/libengine.a
src_engine_libengine_a_SHORTNAME = engine
src_engine_libengine_a_CPPFLAGS = $(BASE_CPPFLAGS)
src_engine_libengine_a_CFLAGS = $(BASE_CFLAGS) $(GLIB_CFLAGS) $(JSON_CFLAGS)
src_engine_libengine_a_SOURCES =

# To link with this room and all it needs: foo_LDADD = $(ENGINE_LIBS)
ENGINE_LIBS = src/engine/libengine.a $(CORE_LIBS) $(JSON_LIBS) $(GLIB_LIBS)

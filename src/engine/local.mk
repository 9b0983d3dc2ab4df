# src/engine: joins, remembers, plans.  GLib's containers and json-glib.
# A new source is one more line in the list; headers too.
noinst_LIBRARIES += src/engine/libengine.a
src_engine_libengine_a_SHORTNAME = engine
src_engine_libengine_a_CPPFLAGS = $(BASE_CPPFLAGS)
src_engine_libengine_a_CFLAGS = $(BASE_CFLAGS) $(GLIB_CFLAGS) $(JSON_CFLAGS)
src_engine_libengine_a_SOURCES = \
	src/engine/absence.c \
	src/engine/as-published.c \
	src/engine/attributes.c \
	src/engine/attributes.h \
	src/engine/budget.c \
	src/engine/case-check.c \
	src/engine/case-directory.c \
	src/engine/case-frontend.c \
	src/engine/case-internal.h \
	src/engine/case-observation.c \
	src/engine/case-read.c \
	src/engine/case-run.c \
	src/engine/case.h \
	src/engine/change.c \
	src/engine/claims.c \
	src/engine/change.h \
	src/engine/dn.c \
	src/engine/engine-internal.h \
	src/engine/engine.c \
	src/engine/engine.h \
	src/engine/entry-builder.c \
	src/engine/entry-data.h \
	src/engine/entry.c \
	src/engine/entry.h \
	src/engine/explain.c \
	src/engine/explain.h \
	src/engine/findings.c \
	src/engine/findings.h \
	src/engine/flow.c \
	src/engine/flow.h \
	src/engine/frontend.c \
	src/engine/frontend.h \
	src/engine/fronts.c \
	src/engine/index.c \
	src/engine/join.c \
	src/engine/judge.c \
	src/engine/looks.c \
	src/engine/memory.c \
	src/engine/memory.h \
	src/engine/numbers.c \
	src/engine/observation.c \
	src/engine/observation.h \
	src/engine/origin.c \
	src/engine/origin.h \
	src/engine/publish-language.c \
	src/engine/publish-nodes.c \
	src/engine/publish.c \
	src/engine/sight.c \
	src/engine/statefile.c \
	src/engine/statefile.h \
	src/engine/texts.c \
	src/engine/timestamp.c \
	src/engine/timestamp.h \
	src/engine/upkeep-backup.c \
	src/engine/upkeep-request.c \
	src/engine/upkeep-stream.c \
	src/engine/upkeep.c \
	src/engine/uuid.c \
	src/engine/uuid.h \
	src/engine/whose.c \
	src/engine/world.c

# To link with this room and all it needs: foo_LDADD = $(ENGINE_LIBS)
ENGINE_LIBS = src/engine/libengine.a $(CORE_LIBS) $(JSON_LIBS) $(GLIB_LIBS)

# src/core: words, rules, actions.  libc only: no GLib on the include path.
# A new source is one more line in the list; headers too.
noinst_LIBRARIES += src/core/libcore.a
src_core_libcore_a_SHORTNAME = core
src_core_libcore_a_CPPFLAGS = $(BASE_CPPFLAGS)
src_core_libcore_a_CFLAGS = $(BASE_CFLAGS)
src_core_libcore_a_SOURCES = \
	src/core/actions.c \
	src/core/actions.h \
	src/core/backup.c \
	src/core/backup.h \
	src/core/cleanup.h \
	src/core/derive-terms.h \
	src/core/derive.c \
	src/core/derive.h \
	src/core/limits.h \
	src/core/mark.h \
	src/core/meaning.c \
	src/core/meaning.h \
	src/core/one-edge.c \
	src/core/one-edge.h \
	src/core/one-list.h \
	src/core/one-status.c \
	src/core/one-table.c \
	src/core/one-table.h \
	src/core/one.c \
	src/core/one.h \
	src/core/progress.c \
	src/core/progress.h \
	src/core/shard.c \
	src/core/shard.h \
	src/core/status.c \
	src/core/status.h \
	src/core/words.c \
	src/core/words.h

# To link with this room and all it needs: foo_LDADD = $(CORE_LIBS)
CORE_LIBS = src/core/libcore.a

# src/text: texts for people, in their languages.  GLib.
# A new source is one more line in the list; headers too.
noinst_LIBRARIES += src/text/libtext.a
src_text_libtext_a_SHORTNAME = text
src_text_libtext_a_CPPFLAGS = $(BASE_CPPFLAGS)
src_text_libtext_a_CFLAGS = $(BASE_CFLAGS) $(GLIB_CFLAGS)
src_text_libtext_a_SOURCES = \
	src/text/catalog.c \
	src/text/catalog.h \
	src/text/format.c \
	src/text/format.h \
	src/text/phrase.c \
	src/text/phrase.h \
	src/text/plural.c \
	src/text/plural.h \
	src/text/text.c \
	src/text/text.h

# To link with this room and all it needs: foo_LDADD = $(TEXT_LIBS)
TEXT_LIBS = src/text/libtext.a $(CORE_LIBS) $(GLIB_LIBS)

# src/board: the status board, a page for people.  GLib.
# A new source is one more line in the list; headers too.
noinst_LIBRARIES += src/board/libboard.a
src_board_libboard_a_SHORTNAME = board
src_board_libboard_a_CPPFLAGS = $(BASE_CPPFLAGS) -Isrc
src_board_libboard_a_CFLAGS = $(BASE_CFLAGS) $(GLIB_CFLAGS)
src_board_libboard_a_SOURCES = \
	src/board/board.c \
	src/board/board.h \
	src/board/html.c \
	src/board/html.h \
	src/board/languages.c \
	src/board/languages.h \
	src/board/page.c \
	src/board/page.h \
	src/board/view-attention.c \
	src/board/view-changes.c \
	src/board/view-nodes.c \
	src/board/view-vms.c \
	src/board/view.c \
	src/board/view.h
nodist_src_board_libboard_a_SOURCES = src/board/assets.h

# The page's style and script, as lines of C.
EXTRA_DIST += src/board/assets.awk src/board/board.css src/board/board.js
BUILT_SOURCES += src/board/assets.h
CLEANFILES += src/board/assets.h
src/board/assets.h: src/board/assets.awk src/board/board.css src/board/board.js
	$(AM_V_GEN)$(MKDIR_P) $(@D) && LC_ALL=C $(AWK) -f $(srcdir)/src/board/assets.awk \
	  name=board_style $(srcdir)/src/board/board.css \
	  name=board_script $(srcdir)/src/board/board.js >$@.new && mv $@.new $@
$(src_board_libboard_a_OBJECTS): src/board/assets.h

# To link with this room and all it needs: foo_LDADD = $(BOARD_LIBS)
BOARD_LIBS = src/board/libboard.a $(ENGINE_LIBS) $(TEXT_LIBS)

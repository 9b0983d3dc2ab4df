# man: a page is one word more in MANUALS, and a line that says its source.
# @SYSCONFDIR@, @LOCALSTATEDIR@, @DOCDIR@, @BINDIR@ and @VERSION@ are filled in.
MANUALS = man/statesync.1 man/statesync.conf.5

nodist_man_MANS += $(MANUALS)
EXTRA_DIST += $(MANUALS:=.in)
CLEANFILES += $(MANUALS)
$(MANUALS): Makefile
	$(FILL_IN)
man/statesync.conf.5: man/statesync.conf.5.in
man/statesync.1: man/statesync.1.in

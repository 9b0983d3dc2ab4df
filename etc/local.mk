# etc: examples, installed below $(docdir)/examples: nothing is overwritten.
examplesdir = $(docdir)/examples
dist_examples_DATA =

# Access control of slapd; the LDIF is made from the other one, tests/integration/acl.sh compares.
dist_examples_DATA += etc/slapd-access.conf etc/slapd-access.ldif
EXTRA_DIST += etc/slapd-access.awk

# Made from NAME.in: paths are filled in.  Nothing is put into sysconfdir.
ETC_GENERATED = etc/statesync.conf etc/statesync.cron
nodist_examples_DATA = $(ETC_GENERATED)
EXTRA_DIST += $(ETC_GENERATED:=.in)
CLEANFILES += $(ETC_GENERATED)
$(ETC_GENERATED): Makefile
	$(FILL_IN)
etc/statesync.conf: etc/statesync.conf.in
etc/statesync.cron: etc/statesync.cron.in

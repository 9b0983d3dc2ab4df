# etc: examples, installed below $(docdir)/examples: nothing is overwritten.
examplesdir = $(docdir)/examples
dist_examples_DATA =

# Access control of slapd; the LDIF is made from the other one, tests/integration/acl.sh compares.
dist_examples_DATA += etc/slapd-access.conf etc/slapd-access.ldif
EXTRA_DIST += etc/slapd-access.awk

# Made from NAME.in: paths are filled in.  Nothing is put into sysconfdir.
ETC_EXAMPLES = etc/statesync.conf etc/statesync.cron
ETC_UNITS = etc/statesync.service etc/statesync-sync.service
ETC_GENERATED = $(ETC_EXAMPLES) $(ETC_UNITS)
nodist_examples_DATA = $(ETC_EXAMPLES)
EXTRA_DIST += $(ETC_GENERATED:=.in)
CLEANFILES += $(ETC_GENERATED)
$(ETC_GENERATED): Makefile
	$(FILL_IN)
etc/statesync.conf: etc/statesync.conf.in
etc/statesync.cron: etc/statesync.cron.in
etc/statesync.service: etc/statesync.service.in
etc/statesync-sync.service: etc/statesync-sync.service.in

# systemd: units, and the user they run as.  Below $(prefix), where systemd looks too; somewhere
# else: make install unitdir=...
unitdir = $(prefix)/lib/systemd/system
sysusersdir = $(prefix)/lib/sysusers.d
dist_unit_DATA = etc/statesync-sync.timer
nodist_unit_DATA = $(ETC_UNITS)
dist_sysusers_DATA = etc/sysusers.d/statesync.conf

# What a Prometheus and a Grafana can take.
dist_examples_DATA += etc/prometheus-alerts.yml etc/prometheus-alerts-test.yml etc/grafana-dashboard.json

# How phpLDAPadmin shows what is published.
dist_examples_DATA += etc/phpldapadmin.php

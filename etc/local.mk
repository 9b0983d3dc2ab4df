# etc: examples, installed below $(docdir)/examples: nothing is overwritten.
examplesdir = $(docdir)/examples
dist_examples_DATA =

# Access control of slapd; the LDIF is made from the other one, tests/integration/acl.sh compares.
dist_examples_DATA += etc/slapd-access.conf etc/slapd-access.ldif
EXTRA_DIST += etc/slapd-access.awk

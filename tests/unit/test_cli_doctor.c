/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What statesync doctor makes of URIs, CSNs and clocks.
 */
#include "config.h"

#include "cli/certificate.h"
#include "cli/doctor.h"
#include "directory/examine.h"
#include "rows.h"

struct peer_row {
    const char *name;
    const char *uri;
    const char *host; /* NULL = none is asked for TLS */
    guint16 port;
};

static const struct peer_row peers[] = {
    {"tls", "qemu+tls://vm-node-01.example.org/system", "vm-node-01.example.org", 16514},
    {"tls with port and query", "qemu+tls://192.0.2.1:16999/system?pkipath=/etc/x", "192.0.2.1", 16999},
    {"an IPv6 address", "qemu+tls://[2001:db8::1]/system", "2001:db8::1", 16514},
    {"a host alone means TLS", "qemu://node/system", "node", 16514},
    {"tcp", "qemu+tcp://node/system", NULL, 0},
    {"ssh", "qemu+ssh://root@node/system", NULL, 0},
    {"the local one", "qemu:///system", NULL, 0},
    {"the test driver", "test:///default", NULL, 0},
    {"https", "https://one.example.org/RPC2", "one.example.org", 443},
    {"http", "http://one.example.org:2633/RPC2", NULL, 0},
    {"ldaps", "ldaps://ldap.example.org", "ldap.example.org", 636},
    {"ldap", "ldap://ldap.example.org", NULL, 0},
    {"ldapi", "ldapi://%2Frun%2Fslapd%2Fldapi", NULL, 0},
    {"no URI", "node", NULL, 0},
    {"nothing", "", NULL, 0},
};

static void
peer(void **state)
{
    const struct peer_row *row = *state;
    g_autofree char *host = NULL;
    guint16 port = 0;
    bool found = certificate_peer_of_uri(row->uri, &host, &port);

    assert_int_equal(found, row->host != NULL);
    if (!found)
        return;
    assert_string_equal(host, row->host);
    assert_int_equal(port, row->port);
}

static void
csn_times(void **state)
{
    (void)state;
    assert_int_equal(examine_csn_time("20260101000000.000000Z#000000#000#000000"),
                     G_GINT64_CONSTANT(1767225600000000));
    assert_int_equal(examine_csn_time("20260101000001.250003Z#000000#001#000000"),
                     G_GINT64_CONSTANT(1767225601250003));
    assert_int_equal(examine_csn_time("20260101000000Z"), G_GINT64_CONSTANT(1767225600000000));
    assert_int_equal(examine_csn_time("20260101000000.5Z"), G_GINT64_CONSTANT(1767225600500000));
    assert_int_equal(examine_csn_time("20261301000000.000000Z#000000#000#000000"), -1);
    assert_int_equal(examine_csn_time("rid=000"), -1);
    assert_int_equal(examine_csn_time(""), -1);
}

static void
clocks(void **state)
{
    const gint64 s = G_USEC_PER_SEC;

    (void)state;
    assert_int_equal(doctor_skew(0, 0), DOCTOR_OK);
    assert_int_equal(doctor_skew(-s, 0), DOCTOR_OK);
    assert_int_equal(doctor_skew(3 * s, 0), DOCTOR_WARNING);
    assert_int_equal(doctor_skew(-3 * s, 0), DOCTOR_WARNING);
    assert_int_equal(doctor_skew(3 * s, 2 * s), DOCTOR_OK);
    assert_int_equal(doctor_skew(31 * s, 0), DOCTOR_WRONG);
    assert_int_equal(doctor_skew(-3600 * s, s), DOCTOR_WRONG);
}

int
main(void)
{
    ROWS_TABLE(peer, peers, "a URI: %s", row->name);
    rows_add(csn_times, NULL, "times of CSNs");
    rows_add(clocks, NULL, "clocks that differ");
    return rows_run("cli doctor");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UUIDs, times, DNs and LDIF: what the engine reads and prints as text.
 */
#include "config.h"

#include "rows.h"

#include "engine/change.h"
#include "engine/entry-data.h"
#include "engine/timestamp.h"
#include "engine/uuid.h"

#include <string.h>

#define U "3c1f1a52-0000-4000-8000-00000000000a"

static const struct {
    const char *text;
    bool valid;
} uuids[] = {
    {U, true},
    {"3C1F1A52-0000-4000-8000-00000000000A", true},
    {"00000000-0000-0000-0000-000000000000", true},
    {"ffffffff-ffff-ffff-ffff-ffffffffffff", true},
    {"", false},
    {"3c1f1a52-0000-4000-8000-00000000000", false},
    {U "0", false},
    {"3c1f1a520000400080000000000000000000", false},
    {"3c1f1a52-0000-4000-8000_00000000000a", false},
    {"3c1f1a5g-0000-4000-8000-00000000000a", false},
    {"{3c1f1a52-0000-4000-8000-0000000000}", false},
    {" c1f1a52-0000-4000-8000-00000000000a", false},
};

static void
test_uuid(void **state)
{
    const __typeof__(uuids[0]) *row = *state;
    struct uuid uuid = {.bytes = {0xee}};
    char text[UUID_TEXT_SIZE];
    g_autofree char *lower = g_ascii_strdown(row->text, -1);

    assert_int_equal(uuid_parse(row->text, strlen(row->text), &uuid), row->valid);
    if (!row->valid) {
        assert_int_equal(uuid.bytes[0], 0xee); /* left alone */
        return;
    }
    uuid_format(&uuid, text);
    assert_string_equal(text, lower);
}

static void
test_uuid_order(void **state)
{
    struct uuid a = {.bytes = {1}};
    struct uuid b = {.bytes = {1, [15] = 1}};

    (void)state;
    assert_true(uuid_equal(&a, &a) && uuid_equal_key(&a, &a));
    assert_false(uuid_equal(&a, &b) || uuid_equal_key(&a, &b));
    assert_true(uuid_compare(&a, &b) < 0 && uuid_compare(&b, &a) > 0);
    assert_int_equal(uuid_hash(&a), uuid_hash(&a));
}

/* -1 = not a time */
static const struct {
    const char *text;
    gint64 seconds;
} times[] = {
    {"19700101000000Z", 0},
    {"20260101000000Z", 1767225600},
    {"20260101T000000Z", 1767225600},
    {"202601010000Z", 1767225600},
    {"2026010100Z", 1767225600},
    {"20260101000000.123456Z", 1767225600},
    {"20260101000000,5Z", 1767225600},
    {"20260101010000+0100", 1767225600},
    {"20251231230000-0100", 1767225600},
    {"20240229120000Z", 1709208000},
    {"20261231235960Z", 1798761600},
    {"", -1},
    {"now", -1},
    {"20260101", -1},
    {"20260101000000", -1},
    {"20260101000000X", -1},
    {"20261301000000Z", -1},
    {"20260132000000Z", -1},
    {"20260100000000Z", -1},
    {"20260101240000Z", -1},
    {"20260101006000Z", -1},
    {"20260101000000.Z", -1},
    {"20260101000000Z ", -1},
    {"20260101000000+2500", -1},
    {NULL, -1},
};

static void
test_time(void **state)
{
    const __typeof__(times[0]) *row = *state;

    assert_int_equal(timestamp_parse(row->text), row->seconds);
}

static const struct {
    gint64 seconds;
    const char *text;
    int day;
} stamps[] = {
    {0, "19700101000000Z", 19700101},
    {1767225600, "20260101000000Z", 20260101},
    {1767225599, "20251231235959Z", 20251231},
    {1709208000, "20240229120000Z", 20240229},
    {-1, "19691231235959Z", 19691231},
    {951782400, "20000229000000Z", 20000229},
    {253402300799, "99991231235959Z", 99991231},
};

static void
test_stamp(void **state)
{
    const __typeof__(stamps[0]) *row = *state;
    char text[TIMESTAMP_SIZE];

    timestamp_format(row->seconds, text);
    assert_string_equal(text, row->text);
    assert_int_equal(timestamp_day(row->seconds), row->day);
    if (row->seconds >= 0)
        assert_int_equal(timestamp_parse(text), row->seconds);
}

static void
test_stamp_clamped(void **state)
{
    char text[TIMESTAMP_SIZE];

    (void)state;
    timestamp_format(G_MAXINT64, text);
    assert_string_equal(text, "99991231235959Z");
    timestamp_format(G_MININT64, text);
    assert_string_equal(text, "00000101000000Z");
}

static const struct {
    const char *text;
    gint64 seconds;
} rfc3339s[] = {
    {"2026-01-01T00:00:00Z", 1767225600},       {"2026-01-01t00:00:00z", 1767225600},
    {"2026-01-01 00:00:00Z", 1767225600},       {"2026-01-01T00:00:00.25Z", 1767225600},
    {"2026-01-01T01:00:00+01:00", 1767225600},  {"2026-01-01", -1},
    {"2026-01-01T00:00:00", -1},                {"2026-1-01T00:00:00Z", -1},
    {"20260101000000Z", -1},                    {"", -1},
    {NULL, -1},
};

static void
test_rfc3339(void **state)
{
    const __typeof__(rfc3339s[0]) *row = *state;

    assert_int_equal(timestamp_parse_rfc3339(row->text), row->seconds);
}

static const struct {
    const char *a;
    const char *b;
    bool same;
} dns[] = {
    {"ou=a,dc=b", "ou=a,dc=b", true},
    {"ou=a,dc=b", "OU=A,DC=B", true},
    {"ou=a,dc=b", "ou = a , dc = b", true},
    {"ou=a,dc=b", " ou=a,dc=b ", true},
    {"", "", true},
    {"ou=a,dc=b", "ou=a,dc=c", false},
    {"ou=a,dc=b", "ou=a", false},
    {"ou=a b,dc=c", "ou=ab,dc=c", false},
    {"ou=a\\,b,dc=c", "ou=a\\,b,dc=c", true},
    {"ou=a\\,b,dc=c", "ou=a,b,dc=c", false},
    {"ou=a\\", "ou=a\\", true},
};

static void
test_dn(void **state)
{
    const __typeof__(dns[0]) *row = *state;

    assert_int_equal(dn_same(row->a, row->b), row->same);
    assert_int_equal(dn_same(row->b, row->a), row->same);
}

static const struct {
    const char *dn;
    unsigned n;
    const char *parent;
} parents[] = {
    {"ou=a,dc=b,dc=c", 0, "ou=a,dc=b,dc=c"}, {"ou=a,dc=b,dc=c", 1, "dc=b,dc=c"},
    {"ou=a, dc=b", 1, "dc=b"},               {"ou=a,dc=b,dc=c", 2, "dc=c"},
    {"ou=a,dc=b", 2, NULL},                  {"ou=a\\,x,dc=b", 1, "dc=b"},
    {"", 1, NULL},                           {"ou=a\\", 1, NULL},
};

static void
test_parent(void **state)
{
    const __typeof__(parents[0]) *row = *state;
    const char *parent = dn_parent(row->dn, row->n);

    assert_int_equal(parent == NULL, row->parent == NULL);
    if (parent != NULL)
        assert_string_equal(parent, row->parent);
}

static const struct {
    const char *dn;
    const char *value;
} rdns[] = {
    {"ou=a,dc=b", "a"},   {"OU=a,dc=b", "a"},        {" ou = a ,dc=b", "a"}, {"ou=a", "a"},
    {"ou=", ""},          {"oux=a,dc=b", NULL},      {"cn=a,dc=b", NULL},    {"ou=a+cn=b,dc=c", NULL},
    {"ou", NULL},         {"", NULL},
};

static void
test_rdn(void **state)
{
    const __typeof__(rdns[0]) *row = *state;
    g_autofree char *value = dn_rdn_value(row->dn, "ou");

    assert_int_equal(value == NULL, row->value == NULL);
    if (value != NULL)
        assert_string_equal(value, row->value);
}

static char *
ldif_of(const char *value)
{
    GString *out = g_string_new(NULL);
    CLEANUP(change_free) struct change *c = change_new("cn=x", NULL);

    change_replace(c, "a", value);
    change_to_ldif(c, out);
    return g_string_free(out, FALSE);
}

#define LDIF(lines) "dn: cn=x\nchangetype: modify\nreplace: a\n" lines "-\n\n"

static const struct {
    const char *value;
    const char *ldif;
} ldifs[] = {
    {"plain", LDIF("a: plain\n")},
    {NULL, LDIF("")},
    {"", LDIF("a: \n")},
    {" leading", LDIF("a:: IGxlYWRpbmc=\n")},
    {"trailing ", LDIF("a:: dHJhaWxpbmcg\n")},
    {":colon", LDIF("a:: OmNvbG9u\n")},
    {"<url", LDIF("a:: PHVybA==\n")},
    {"in:side <is> fine", LDIF("a: in:side <is> fine\n")},
    {"two\nlines", LDIF("a:: dHdvCmxpbmVz\n")},
    {"r\xc3\xa9sum\xc3\xa9", LDIF("a:: csOpc3Vtw6k=\n")},
};

static void
test_ldif(void **state)
{
    const __typeof__(ldifs[0]) *row = *state;
    g_autofree char *text = ldif_of(row->value);

    assert_string_equal(text, row->ldif);
}

/* No line is longer than 76 characters, and unfolded they are the value again. */
static void
test_ldif_folding(void **state)
{
    (void)state;
    for (gsize len = 60; len < 400; len++) {
        g_autofree char *value = g_strnfill(len, 'v');
        g_autofree char *text = ldif_of(value);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (char **l = lines; *l != NULL; l++)
            assert_true(strlen(*l) <= 76);
        g_auto(GStrv) parts = g_strsplit(text, "\n ", -1);
        g_autofree char *unfolded = g_strjoinv("", parts);
        g_autofree char *line = g_strdup_printf("\na: %s\n", value);
        assert_non_null(strstr(unfolded, line));
    }
}

static void
test_ldif_record(void **state)
{
    g_autoptr(GString) out = g_string_new(NULL);
    CLEANUP(change_free) struct change *c = change_new("cn=x,dc=y", "csn");

    (void)state;
    assert_true(change_is_empty(c));
    struct change_mod *m = change_add_mod(c, CHANGE_ADD, "objectClass");
    change_mod_value(m, "one");
    change_mod_value(m, "two");
    change_add_mod(c, CHANGE_DELETE, "gone");
    assert_false(change_is_empty(c));
    change_to_ldif(c, out);
    assert_string_equal(out->str, "dn: cn=x,dc=y\nchangetype: modify\nadd: objectClass\n"
                                  "objectClass: one\nobjectClass: two\n-\n"
                                  "delete: gone\n-\n\n");
}

int
main(void)
{
    ROWS_TABLE(test_uuid, uuids, "uuid: %s", row->text);
    rows_add(test_uuid_order, NULL, "uuid: order and hash");
    ROWS_TABLE(test_time, times, "time: %s", row->text != NULL ? row->text : "(null)");
    ROWS_TABLE(test_stamp, stamps, "stamp: %s", row->text);
    rows_add(test_stamp_clamped, NULL, "stamp: clamped");
    ROWS_TABLE(test_rfc3339, rfc3339s, "rfc3339: %s", row->text != NULL ? row->text : "(null)");
    ROWS_TABLE(test_dn, dns, "dn: %s and %s", row->a, row->b);
    ROWS_TABLE(test_parent, parents, "parent %u of %s", row->n, row->dn);
    ROWS_TABLE(test_rdn, rdns, "rdn of %s", row->dn);
    ROWS_TABLE(test_ldif, ldifs, "ldif: %s", row->value != NULL ? row->value : "(null)");
    rows_add(test_ldif_folding, NULL, "ldif: folded at 76");
    rows_add(test_ldif_record, NULL, "ldif: a whole record");
    return rows_run("engine text");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of content synchronization, CSNs, and when a server is tried again.
 */
#include "config.h"

#include "harness.h"

#include "directory/csn.h"
#include "directory/server.h"
#include "directory/sync.h"

#include <glib.h>
#include <string.h>

#define UUID "0123456789abcdef"
/* liblber has no const. */
#define BYTES(text) {sizeof(text) - 1, (char *)(uintptr_t)(text)}

static void
test_entry(void **state)
{
    struct berval add = BYTES("\x30\x18\x0a\x01\x01\x04\x10" UUID "\x04\x01" "c");
    struct berval bare = BYTES("\x30\x15\x0a\x01\x03\x04\x10" UUID);
    struct berval unknown = BYTES("\x30\x15\x0a\x01\x04\x04\x10" UUID);
    struct berval cut = BYTES("\x30\x14\x0a\x01\x03\x04\x0f" "0123456789abcde");
    struct sync_entry e;

    (void)state;
    assert_true(sync_decode_entry(&add, &e));
    assert_int_equal(e.state, SYNC_ADD);
    assert_memory_equal(e.uuid, UUID, SYNC_UUID_SIZE);
    assert_int_equal(e.cookie.bv_len, 1);
    assert_true(sync_decode_entry(&bare, &e));
    assert_int_equal(e.state, SYNC_DELETE);
    assert_null(e.cookie.bv_val);
    assert_false(sync_decode_entry(&unknown, &e));
    assert_false(sync_decode_entry(&cut, &e));
}

static void
test_info(void **state)
{
    struct berval cookie = BYTES("\x80\x02" "xy");
    struct berval present = BYTES("\xa2\x00");
    struct berval more = BYTES("\xa1\x06\x04\x01" "c" "\x01\x01\x00");
    struct berval set = BYTES("\xa3\x29\x01\x01\xff\x31\x24\x04\x10" UUID "\x04\x10" UUID);
    struct berval odd = BYTES("\xa3\x13\x31\x11\x04\x0f" "0123456789abcde");
    struct sync_info i;

    (void)state;
    assert_true(sync_decode_info(&cookie, &i));
    assert_int_equal(i.kind, SYNC_NEW_COOKIE);
    assert_int_equal(i.cookie.bv_len, 2);
    assert_true(sync_decode_info(&present, &i));
    assert_int_equal(i.kind, SYNC_REFRESH_PRESENT);
    assert_true(i.refresh_done); /* the default */
    assert_true(sync_decode_info(&more, &i));
    assert_int_equal(i.kind, SYNC_REFRESH_DELETE);
    assert_false(i.refresh_done);
    assert_true(sync_decode_info(&set, &i));
    assert_int_equal(i.kind, SYNC_ID_SET);
    assert_true(i.refresh_deletes);
    assert_non_null(sync_next_uuid(&i.uuids));
    assert_non_null(sync_next_uuid(&i.uuids));
    assert_null(sync_next_uuid(&i.uuids));
    assert_false(sync_decode_info(&odd, &i));
}

/* What slapd says nothing with is no cookie; of other servers everything is one. */
static void
test_cookies(void **state)
{
    static const struct berval good[] = {
        BYTES("rid=000,csn=20261126160432.123456Z#000000#000#000000"),
        BYTES("rid=000,sid=001,csn=20261126160432.123456Z#000000#000#000000"), BYTES("1"),
        BYTES("ldap.example.org:389#cn=x:dc=example#17"), BYTES("")};
    static const struct berval bad[] = {BYTES("rid=000"), BYTES("rid=000,sid=001"), {0, NULL}};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
        assert_true(sync_cookie_says_something(&good[i]));
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_false(sync_cookie_says_something(&bad[i]));
}

static struct csn
parsed(const char *text)
{
    struct csn csn;

    assert_true(csn_parse(text, strlen(text), &csn));
    return csn;
}

/* As bytes are compared, so are the packed numbers. */
static void
test_csn_order(void **state)
{
    static const char *const ordered[] = {
        "20251231235959.999999Z#000000#000#000000", "20260101000000.000000Z#000000#000#000000",
        "20260101000000.000000Z#000000#001#000000", "20260101000000.000000Z#000000#0ff#000001",
        "20260101000000.000000Z#00000a#000#000000", "20260101000000.000001Z#000000#000#000000",
        "20260101000059.000000Z#000000#000#000000", "20260101000100.000000Z#000000#000#000000",
        "20260101005959.000000Z#000000#000#000000", "20260101010000.000000Z#000000#000#000000",
        "20260102000000.000000Z#000000#000#000000",
    };
    struct csn csn;

    (void)state;
    for (size_t i = 1; i < G_N_ELEMENTS(ordered); i++) {
        struct csn a = parsed(ordered[i - 1]);
        struct csn b = parsed(ordered[i]);

        assert_true(strcmp(ordered[i - 1], ordered[i]) < 0);
        assert_true(csn_compare(&a, &b) < 0);
        assert_true(csn_compare(&b, &a) > 0);
        assert_true(csn_is_older(&a, &b));
        assert_int_equal(csn_compare(&a, &a), 0);
    }
    assert_false(csn_parse("20260101000000Z", 15, &csn));
    assert_int_equal(csn.time, 0);
    assert_false(csn_parse("2026010100000x.000000Z#000000#000#000000", 40, &csn));
    assert_false(csn_is_older(&csn, &csn));
}

static void
test_server_pauses(void **state)
{
    char *uris[] = {(char[]){"ldap://a"}, (char[]){"ldap://b"}, NULL};
    CLEANUP(server_memory_free) struct server_memory *m = server_memory_new(uris);

    (void)state;
    for (int i = 0; i < 10; i++)
        server_memory_stumbled(m, 0, 1000, 0);
    assert_in_range(server_memory_not_before(m, 0), 1001, 6000);
    assert_int_equal(server_memory_not_before(m, 1), 0);
    server_memory_refused(m, 1000, 0);
    assert_in_range(server_memory_not_before(m, 0), 40000, 80000);
    assert_in_range(server_memory_not_before(m, 1), 40000, 80000);
    server_memory_succeeded(m, 1);
    assert_int_equal(server_memory_not_before(m, 1), 0);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entry),
        cmocka_unit_test(test_info),
        cmocka_unit_test(test_cookies),
        cmocka_unit_test(test_csn_order),
        cmocka_unit_test(test_server_pauses),
    };

    return harness_run("directory_sync", tests, G_N_ELEMENTS(tests), NULL, NULL);
}

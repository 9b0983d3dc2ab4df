/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Elements of BER: what is taken, and what is refused without moving.
 */
#include "config.h"

#include "harness.h"

#include "directory/decode.h"

#include <glib.h>
#include <string.h>

struct row {
    const char *name;
    const char *bytes;
    size_t size;
    bool taken;
    size_t at, len; /* the contents */
};

#define BYTES(text) (text), sizeof(text) - 1
#define HUNDRED "0123456789012345678901234567890123456789012345678901234567890123456789012345678901" \
                "234567890123456789"
#define TWO_HUNDRED HUNDRED HUNDRED

static struct row rows[] = {
    {"nothing", BYTES(""), false, 0, 0},
    {"a tag alone", BYTES("\x04"), false, 0, 0},
    {"no contents", BYTES("\x04\x00"), true, 2, 0},
    {"three bytes and more", BYTES("\x04\x03" "abcdef"), true, 2, 3},
    {"a NUL inside", BYTES("\x04\x03" "a\0b"), true, 2, 3},
    {"another tag", BYTES("\x30\x03" "abc"), false, 0, 0},
    {"one byte too short", BYTES("\x04\x04" "abc"), false, 0, 0},
    {"length in one byte more", BYTES("\x04\x81\xc8" TWO_HUNDRED), true, 3, 200},
    {"length in four bytes more", BYTES("\x04\x84\x00\x00\x00\x03" "abc"), true, 6, 3},
    {"a length that is cut", BYTES("\x04\x82\x01"), false, 0, 0},
    {"a length without its bytes", BYTES("\x04\x81"), false, 0, 0},
    {"a length of four gigabytes", BYTES("\x04\x84\xff\xff\xff\xff" "abc"), false, 0, 0},
    {"a length of five bytes", BYTES("\x04\x85\x00\x00\x00\x00\x03" "abc"), false, 0, 0},
    {"an indefinite length", BYTES("\x04\x80" "abc\0\0"), false, 0, 0},
};

static void
test_row(void **state)
{
    const struct row *row = *state;
    g_autofree char *copy = g_memdup2(row->bytes, row->size); /* no byte behind it */
    struct berval rest = {row->size, copy};
    struct berval contents = {77, NULL};

    assert_int_equal(decode_element(&rest, LBER_OCTETSTRING, &contents), row->taken);
    if (!row->taken) {
        assert_ptr_equal(rest.bv_val, copy);
        assert_int_equal(rest.bv_len, row->size);
        assert_int_equal(contents.bv_len, 77);
        return;
    }
    assert_int_equal(contents.bv_val - copy, row->at);
    assert_int_equal(contents.bv_len, row->len);
    assert_int_equal(rest.bv_val - copy, row->at + row->len);
    assert_int_equal(rest.bv_len, row->size - row->at - row->len);
}

static void
append_value(const struct berval *name, const struct berval *value, void *data)
{
    g_string_append_printf(data, "%.*s=%.*s;", (int)name->bv_len, name->bv_val, (int)value->bv_len,
                           value->bv_val);
}

/* What decode_attribute() shows of these bytes; "!" at the end when it refuses them. */
static void
assert_shows(const char *bytes, size_t size, const char *expected)
{
    g_autofree char *copy = g_memdup2(bytes, size);
    struct entry_builder *builder = entry_builder_new();
    GString *seen = g_string_new(NULL);

    entry_builder_begin(builder, "ou=x");
    if (!decode_attribute((struct berval){size, copy}, builder, append_value, seen))
        g_string_append_c(seen, '!');
    assert_string_equal(seen->str, expected);
    g_string_free(seen, TRUE);
    entry_builder_free(builder);
}

static void
test_attribute(void **state)
{
    (void)state;
    assert_shows(BYTES("\x04\x02ou\x31\x03\x04\x01x"), "ou=x;");
    assert_shows(BYTES("\x04\x02ou\x31\x06\x04\x01x\x04\x01y"), "ou=x;ou=y;");
    assert_shows(BYTES("\x04\x02ou\x31\x02\x04\x00"), "ou=;");
    assert_shows(BYTES("\x04\x02ou\x31\x00"), "");
    assert_shows(BYTES("\x04\x02ou"), "!");
    assert_shows(BYTES("\x31\x00\x04\x02ou"), "!");
    assert_shows(BYTES("\x04\x02ou\x31\x06\x04\x01x\x04\x02y"), "ou=x;!");
    assert_shows(BYTES("\x04\x02ou\x31\x05\x04\x01x\x02\x00"), "ou=x;!");
    assert_shows(BYTES("\x04\x02ou\x31\x03\x04\x01x\x04\x01z"), "!");
}

int
main(void)
{
    struct CMUnitTest tests[G_N_ELEMENTS(rows) + 1] = {cmocka_unit_test(test_attribute)};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        tests[i + 1] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = test_row, .initial_state = &rows[i]};
    return harness_run("directory_decode", tests, G_N_ELEMENTS(tests), NULL, NULL);
}

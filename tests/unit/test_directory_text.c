/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pure parts of src/directory: result classes, filters, DNs, TLS hints, missing schema.
 */
#include "config.h"

#include "harness.h"

#include "directory/capability.h"
#include "directory/dn.h"
#include "directory/filter.h"
#include "directory/from_config.h"
#include "directory/result.h"
#include "directory/tls_text.h"

#include <string.h>

/* --- result codes ----------------------------------------------------------------------------- */

struct code_row {
    int code;
    enum directory_class class;
    enum directory_remedy remedy;
};

static struct code_row code_rows[] = {
    {LDAP_SUCCESS, DIRECTORY_SUCCESS, DIRECTORY_DONE},
    {LDAP_ASSERTION_FAILED, DIRECTORY_ASSERTED, DIRECTORY_RETRY},
    {LDAP_BUSY, DIRECTORY_BUSY, DIRECTORY_RETRY},
    {LDAP_UNAVAILABLE, DIRECTORY_UNAVAILABLE, DIRECTORY_RETRY},
    {LDAP_SERVER_DOWN, DIRECTORY_UNREACHABLE, DIRECTORY_RETRY},
    {LDAP_TIMEOUT, DIRECTORY_TIMEOUT, DIRECTORY_RETRY},
    {LDAP_TIMELIMIT_EXCEEDED, DIRECTORY_TIME_LIMIT, DIRECTORY_RETRY},
    {LDAP_SIZELIMIT_EXCEEDED, DIRECTORY_SIZE_LIMIT, DIRECTORY_PERMANENT},
    {LDAP_ADMINLIMIT_EXCEEDED, DIRECTORY_SIZE_LIMIT, DIRECTORY_PERMANENT},
    {LDAP_REFERRAL, DIRECTORY_REFERRAL, DIRECTORY_PERMANENT},
    {LDAP_PARTIAL_RESULTS, DIRECTORY_REFERRAL, DIRECTORY_PERMANENT},
    {LDAP_NO_SUCH_OBJECT, DIRECTORY_ABSENT, DIRECTORY_GONE},
    {LDAP_NO_SUCH_ATTRIBUTE, DIRECTORY_NO_VALUE, DIRECTORY_GONE},
    {LDAP_ALREADY_EXISTS, DIRECTORY_EXISTS, DIRECTORY_PERMANENT},
    {LDAP_TYPE_OR_VALUE_EXISTS, DIRECTORY_EXISTS, DIRECTORY_PERMANENT},
    {LDAP_INSUFFICIENT_ACCESS, DIRECTORY_DENIED, DIRECTORY_PERMANENT},
    {LDAP_UNWILLING_TO_PERFORM, DIRECTORY_DENIED, DIRECTORY_PERMANENT},
    {LDAP_INVALID_CREDENTIALS, DIRECTORY_CREDENTIALS, DIRECTORY_PERMANENT},
    {LDAP_CONFIDENTIALITY_REQUIRED, DIRECTORY_CREDENTIALS, DIRECTORY_PERMANENT},
    {LDAP_UNDEFINED_TYPE, DIRECTORY_SCHEMA, DIRECTORY_PERMANENT},
    {LDAP_OBJECT_CLASS_VIOLATION, DIRECTORY_SCHEMA, DIRECTORY_PERMANENT},
    {LDAP_INVALID_SYNTAX, DIRECTORY_VALUE, DIRECTORY_PERMANENT},
    {LDAP_CONSTRAINT_VIOLATION, DIRECTORY_VALUE, DIRECTORY_PERMANENT},
    {LDAP_CONNECT_ERROR, DIRECTORY_TLS, DIRECTORY_PERMANENT},
    {LDAP_UNAVAILABLE_CRITICAL_EXTENSION, DIRECTORY_UNSUPPORTED, DIRECTORY_PERMANENT},
    {LDAP_PROTOCOL_ERROR, DIRECTORY_MISTAKE, DIRECTORY_BUG},
    {LDAP_FILTER_ERROR, DIRECTORY_MISTAKE, DIRECTORY_BUG},
    {LDAP_DECODING_ERROR, DIRECTORY_MALFORMED, DIRECTORY_RETRY},
    {LDAP_LOOP_DETECT, DIRECTORY_OTHER, DIRECTORY_PERMANENT},
    {DIRECTORY_CODE_SETUP, DIRECTORY_SETUP, DIRECTORY_PERMANENT},
    {DIRECTORY_CODE_NO_SCHEMA, DIRECTORY_SCHEMA, DIRECTORY_PERMANENT},
    {DIRECTORY_CODE_TLS, DIRECTORY_TLS, DIRECTORY_PERMANENT},
    {DIRECTORY_CODE_NO_LEASE, DIRECTORY_NO_LEASE, DIRECTORY_RETRY},
    {DIRECTORY_CODE_LEASE_HELD, DIRECTORY_NO_LEASE, DIRECTORY_RETRY},
    {DIRECTORY_CODE_MALFORMED, DIRECTORY_MALFORMED, DIRECTORY_RETRY},
    {-4242, DIRECTORY_OTHER, DIRECTORY_PERMANENT},
};

static void
test_code(void **state)
{
    const struct code_row *row = *state;

    assert_int_equal(directory_class_of(row->code), row->class);
    assert_int_equal(directory_class_remedy(row->class), row->remedy);
}

static void
test_class_names_differ(void **state)
{
    (void)state;
    for (int a = 0; a < DIRECTORY_CLASS_COUNT; a++) {
        assert_true(*directory_class_name((enum directory_class)a));
        for (int b = 0; b < a; b++)
            assert_string_not_equal(directory_class_name((enum directory_class)a),
                                    directory_class_name((enum directory_class)b));
    }
}

static void
test_error_carries_everything(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) copy = NULL;

    (void)state;
    directory_error_set(&error, LDAP_NO_SUCH_OBJECT, "no global superior knowledge\n", "dc=org",
                        "search below \"%s\"", "ou=x,dc=org");
    copy = g_error_copy(error);
    assert_string_equal(copy->message,
                        "search below \"ou=x,dc=org\": No such object (32): no global superior "
                        "knowledge; the deepest entry that exists is \"dc=org\"");
    assert_string_equal(directory_error_diagnostic(copy), "no global superior knowledge");
    assert_string_equal(directory_error_matched(copy), "dc=org");
    assert_int_equal(directory_error_class(copy), DIRECTORY_ABSENT);
}

static void
test_error_of_others(void **state)
{
    g_autoptr(GError) other = g_error_new_literal(G_FILE_ERROR, 1, "x");
    g_autoptr(GError) bytes = NULL;

    (void)state;
    assert_int_equal(directory_error_class(NULL), DIRECTORY_SUCCESS);
    assert_int_equal(directory_error_class(other), DIRECTORY_OTHER);
    assert_null(directory_error_diagnostic(other));
    assert_null(directory_error_matched(NULL));
    directory_error_set(NULL, 1, "a", "b", "c");
    directory_error_set(&bytes, 1, "\xff\xfe", "", "c");
    assert_true(g_utf8_validate(bytes->message, -1, NULL));
    assert_null(directory_error_matched(bytes));
}

/* --- filters ---------------------------------------------------------------------------------- */

struct bytes_row {
    const char *in;
    size_t len;
    const char *out;
};

#define ROW(in, out) {in, sizeof(in) - 1, out}
static struct bytes_row filter_rows[] = {
    ROW("", ""),
    ROW("plain text-1.2:3", "plain text-1.2:3"),
    ROW("*", "\\2a"),
    ROW("a)(b=*", "a\\29\\28b=\\2a"),
    ROW("back\\slash", "back\\5cslash"),
    ROW("a\0b", "a\\00b"),
    ROW("\xc3\xa9", "\\c3\\a9"),
    ROW("\xff\x01\x7f", "\\ff\\01\\7f"),
    ROW("&|!=~<>", "&|!=~<>"),
};

static void
test_filter_escape(void **state)
{
    const struct bytes_row *row = *state;
    g_autoptr(GString) out = g_string_new(NULL);

    filter_append_escaped(out, row->in, row->len);
    assert_string_equal(out->str, row->out);
}

static void
test_filter_building(void **state)
{
    g_autofree char *equal = filter_equal("entryCSN", "2026*)(x=y");
    g_autofree char *null = filter_equal("cn", NULL);
    g_autofree char *absent = filter_not_present("sstVirtualMachineStatus;lang-de");

    (void)state;
    assert_string_equal(equal, "(entryCSN=2026\\2a\\29\\28x=y)");
    assert_string_equal(null, "(cn=)");
    assert_string_equal(absent, "(!(sstVirtualMachineStatus;lang-de=*))");
}

static void
test_filter_names(void **state)
{
    (void)state;
    assert_true(filter_is_attribute("cn"));
    assert_true(filter_is_attribute("2.5.4.3"));
    assert_true(filter_is_attribute("cn;lang-de"));
    assert_false(filter_is_attribute(""));
    assert_false(filter_is_attribute(NULL));
    assert_false(filter_is_attribute("cn)(x"));
    assert_false(filter_is_attribute("cn="));
    assert_false(filter_is_attribute(";x"));
}

/* The two fixed filters have to be ones libldap can encode. */
static void
test_filter_constants(void **state)
{
    const char *filters[] = {filter_vms, filter_nodes};
    LDAP *ld = NULL;

    (void)state;
    assert_int_equal(ldap_initialize(&ld, NULL), LDAP_SUCCESS);
    for (size_t i = 0; i < G_N_ELEMENTS(filters); i++) {
        struct berval value = {0, NULL};
        char *filter = (char *)(uintptr_t)filters[i];

        assert_int_equal(ldap_create_assertion_control_value(ld, filter, &value), LDAP_SUCCESS);
        ber_memfree(value.bv_val);
    }
    ldap_unbind_ext(ld, NULL, NULL);
}

/* --- DNs -------------------------------------------------------------------------------------- */

static struct bytes_row dn_rows[] = {
    ROW("", ""),
    ROW("plain", "plain"),
    ROW(" both ", "\\ both\\ "),
    ROW("#hash # inside", "\\#hash # inside"),
    ROW("a,b+c\"d\\e<f>g;h=i", "a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h\\=i"),
    ROW("nul\0here", "nul\\00here"),
    ROW("\xc3\xbc", "\xc3\xbc"),
    ROW("tab\t", "tab\\09"),
};

static void
test_dn_escape(void **state)
{
    const struct bytes_row *row = *state;
    g_autofree char *out = directory_dn_escape(row->in, row->len);
    g_autofree char *dn = g_strdup_printf("cn=%s,dc=x", out);

    assert_string_equal(out, row->out);
    assert_true(directory_dn_is_valid(dn));
}

struct pair_row {
    const char *a;
    const char *b;
    bool equal;
};

static struct pair_row pair_rows[] = {
    {"dc=a,dc=b", "DC=A, DC=B", true},
    {"dc=a,dc=b", "dc=b,dc=a", false},
    {"dc=a,dc=b", "dc=a", false},
    {"cn=a\\,b", "cn=a\\2cb", true},
    {"cn=two  blanks", "cn=Two Blanks", true},
    {"cn=a+sn=b,dc=x", "sn=B+cn=A,dc=x", true},
    {"cn=\xc3\x84", "cn=\xc3\xa4", true},
    {"cn=#0401ff", "cn=#0401FF", true},
    {"", "", true},
    {"", "dc=a", false},
    {"no dn", "no dn", false},
    {NULL, "dc=a", false},
    {NULL, NULL, false},
};

static void
test_dn_pair(void **state)
{
    const struct pair_row *row = *state;

    assert_int_equal(directory_dn_equal(row->a, row->b), row->equal);
    assert_int_equal(directory_dn_equal(row->b, row->a), row->equal);
}

static void
test_dn_building(void **state)
{
    g_autofree char *child = directory_dn_child("ou", "a, b", "dc=x");
    g_autofree char *lone = directory_dn_child("ou", "a", NULL);
    g_autofree char *below = directory_dn_below("ou=nodes", "dc=x");
    g_autofree char *same = directory_dn_below("", "dc=x");
    g_autofree char *rootless = directory_dn_below("ou=nodes", NULL);

    (void)state;
    assert_string_equal(child, "ou=a\\, b,dc=x");
    assert_string_equal(lone, "ou=a");
    assert_string_equal(below, "ou=nodes,dc=x");
    assert_string_equal(same, "dc=x");
    assert_string_equal(rootless, "ou=nodes");
}

/* --- TLS hints -------------------------------------------------------------------------------- */

static void
test_tls_hints(void **state)
{
    (void)state;
    assert_non_null(strstr(tls_text_hint("hostname (vm) does not match", "ldaps://localhost:1"),
                           "127.0.0.1"));
    assert_non_null(strstr(tls_text_hint("hostname (vm) does not match", "ldaps://a.org"),
                           "subjectAltName"));
    assert_non_null(strstr(tls_text_hint("signed by an authority that is not trusted here", "x"),
                           "tls_ca"));
    assert_null(tls_text_hint("something else", "ldap://a"));
    assert_null(tls_text_hint(NULL, "ldap://a"));
}

/* --- missing schema --------------------------------------------------------------------------- */

static void
test_missing(void **state)
{
    g_autoptr(GPtrArray) names = capability_attributes();
    g_autoptr(GPtrArray) types = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) none = NULL;
    g_autoptr(GPtrArray) one = NULL;
    char broken[] = "( not a definition sstVirtualMachineStatus";
    char *classes[] = {
        (char[]){"( 2.25.1 NAME 'sstVirtualMachineStatusObject' AUXILIARY )"},
        (char[]){"( 2.25.2 NAME ( 'x' 'SSTVIRTUALIZATIONNODESTATUSOBJECT' ) "
                 "DESC 'sstVirtualizationNodeStatusObject' AUXILIARY )"},
        (char[]){"( 2.25.3 NAME 'sstStateSyncService' STRUCTURAL )"},
        NULL,
    };

    (void)state;
    assert_true(names->len > 30);
    for (guint i = 0; i < names->len; i++)
        g_ptr_array_add(types, g_strdup_printf("( 2.25.9.%u NAME '%s' SYNTAX "
                                               "1.3.6.1.4.1.1466.115.121.1.15 )",
                                               i, (const char *)names->pdata[i]));
    g_ptr_array_add(types, NULL);
    none = capability_missing((char **)types->pdata, classes);
    assert_int_equal(none->len, 0);
    g_free(types->pdata[0]);
    types->pdata[0] = g_strdup(broken);
    one = capability_missing((char **)types->pdata, NULL);
    assert_int_equal(one->len, 4);
    assert_string_equal(one->pdata[0], names->pdata[0]);
    assert_string_equal(one->pdata[3], "sstStateSyncService");
}

/* --- options ---------------------------------------------------------------------------------- */

static void
test_from_config(void **state)
{
    struct config *config = config_new_default();
    char *uris[] = {(char[]){"ldap://a"}, (char[]){"ldap://b"}, NULL};
    struct directory_options *o;

    (void)state;
    g_strfreev(config->directory.uri);
    config->directory.uri = g_strdupv(uris);
    config->directory.starttls = CONFIG_STARTTLS_TRY;
    config->directory.bind = CONFIG_BIND_EXTERNAL;
    config->directory.timeout_s = 7;
    config->directory.page_size = 0;
    config->sync.lease_s = 90;
    o = directory_options_from_config(config);
    config_free(config);
    assert_string_equal(o->uris[1], "ldap://b");
    assert_null(o->uris[2]);
    assert_int_equal(o->starttls, DIRECTORY_STARTTLS_TRY);
    assert_int_equal(o->bind, DIRECTORY_BIND_EXTERNAL);
    assert_int_equal(o->timeout, 7000);
    assert_int_equal(o->page_size, 0);
    assert_int_equal(o->lease, 90000);
    assert_true(o->network_timeout > 0 && o->window > 0);
    assert_true(directory_dn_is_valid(o->service_dn));
    directory_options_free(o);
}

/* --- rows into tests -------------------------------------------------------------------------- */

static void
add_rows(GArray *tests, const char *what, CMUnitTestFunction func, void *rows, size_t n,
         size_t size)
{
    for (size_t i = 0; i < n; i++) {
        struct CMUnitTest test = {
            .name = g_strdup_printf("%s %zu", what, i),
            .test_func = func,
            .initial_state = (char *)rows + i * size,
        };

        g_array_append_val(tests, test);
    }
}

#define ADD_ROWS(tests, what, func, rows)                                                          \
    add_rows((tests), (what), (func), (rows), G_N_ELEMENTS(rows), sizeof((rows)[0]))

int
main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(test_class_names_differ), cmocka_unit_test(test_error_carries_everything),
        cmocka_unit_test(test_error_of_others),    cmocka_unit_test(test_filter_building),
        cmocka_unit_test(test_filter_names),       cmocka_unit_test(test_filter_constants),
        cmocka_unit_test(test_dn_building),        cmocka_unit_test(test_tls_hints),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_from_config),
    };
    g_autoptr(GArray) tests = g_array_new(FALSE, TRUE, sizeof(struct CMUnitTest));
    size_t n_rows;
    int rc;

    ADD_ROWS(tests, "result code", test_code, code_rows);
    ADD_ROWS(tests, "filter escape", test_filter_escape, filter_rows);
    ADD_ROWS(tests, "dn escape", test_dn_escape, dn_rows);
    ADD_ROWS(tests, "dn pair", test_dn_pair, pair_rows);
    n_rows = tests->len;
    g_array_append_vals(tests, plain, G_N_ELEMENTS(plain));
    rc = harness_run("directory_text", (struct CMUnitTest *)(void *)tests->data, tests->len, NULL,
                     NULL);
    for (size_t i = 0; i < n_rows; i++)
        g_free((char *)(uintptr_t)g_array_index(tests, struct CMUnitTest, i).name);
    return rc;
}

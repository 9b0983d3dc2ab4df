/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XML-RPC as OpenNebula speaks it, its errors in words, and its events.
 */
#include "config.h"

#include "harness.h"
#include "opennebula/credential.h"
#include "opennebula/event.h"
#include "opennebula/pool.h"
#include "opennebula/rpc.h"
#include "unit/opennebula_data.h"

#include <glib/gstdio.h>
#include <string.h>

static const struct pool_options plain = {.link_attribute = "STONEY_UUID", .last = -1};

static bool
take_string(void *data, const char *text, size_t len, GError **error)
{
    (void)error;
    g_string_append_len(data, text, (gssize)len);
    return true;
}

/* The string of a good answer into out; false with *error. */
static bool
decode(const char *text, gsize len, gsize piece, GString *out, GError **error)
{
    CLEANUP(rpc_answer_free) struct rpc_answer *a = rpc_answer_new(take_string, out);

    g_string_truncate(out, 0);
    for (gsize at = 0; at < len; at += piece)
        if (!rpc_answer_push(a, text + at, MIN(piece, len - at), error))
            return false;
    return rpc_answer_end(a, error);
}

static void
test_answer_in_pieces(void **state)
{
    static const gsize pieces[] = {1, 7, 4096};
    gsize len, n_pool;
    g_autofree char *text = recorded("rpc/vmpool.infoextended.all.response.xml", &len);
    g_autofree char *pool = recorded("pool/infoextended.all.xml", &n_pool);

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(GString) got = g_string_new("");
        g_autoptr(GError) error = NULL;

        assert_true(decode(text, len, pieces[i], got, &error));
        assert_int_equal(strlen(g_strstrip(got->str)), strlen(g_strstrip(pool)));
        assert_string_equal(got->str, pool);
    }
}

#define ARRAY(values)                                                                              \
    "<?xml version=\"1.0\"?><methodResponse><params><param><value><array><data>" values            \
    "</data></array></value></param></params></methodResponse>"
#define V(type, text) "<value><" type ">" text "</" type "></value>"

/* What an answer becomes: its string between quotes, or the class and the error. */
struct row {
    const char *name;
    const char *text;
    const char *becomes;
};

static const struct row rows[] = {
    {"a string", ARRAY(V("boolean", "1") V("string", "7.5.80") V("i4", "0")), "'7.5.80'"},
    {"a string without a type", ARRAY(V("boolean", "1") "<value>a b</value>" V("i4", "0")),
     "'a b'"},
    {"an empty string", ARRAY(V("boolean", "1") "<value><string/></value>" V("i4", "0")), "''"},
    {"entities and CDATA",
     ARRAY("\n" V("boolean", "1") "\n<value>\n<string>&lt;a&gt;&#13;<![CDATA[<&>]]></string>\n</value>"),
     "'<a>\r<&>'"},
    {"more than there was", ARRAY(V("boolean", "1") V("string", "x") V("i4", "0") V("i8", "-1")
                                      V("double", "1.5") "<value><nil/></value>"), "'x'"},
    {"of an old version", ARRAY(V("boolean", "0") V("string", "no") V("int", "1024")),
     "other: there is no such object (code 1024: no)"},
    {"a code we do not know", ARRAY(V("boolean", "0") V("string", "no") V("i4", "131072")),
     "other: the call was refused (code 131072: no)"},
    {"a failure without text", ARRAY(V("boolean", "0")),
     "other: the call was refused (code 0: no text)"},
    {"a fault we do not know",
     "<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>4</int></value>"
     "</member><member><name>faultString</name><value>x</value></member></struct></value></fault>"
     "</methodResponse>", "rpc: the call failed (fault 4: x)"},
    {"an integer where a string should be", ARRAY(V("boolean", "1") V("i4", "12") V("i4", "0")),
     "rpc: the XML-RPC answer has no string"},
    {"no array", "<methodResponse><params><param><value><string>x</string></value></param></params>"
                 "</methodResponse>", "rpc: the XML-RPC answer is not an array"},
    {"a number that is none", ARRAY(V("boolean", "yes") V("string", "x")),
     "rpc: the answer has a number that is none"},
    {"an error page", "<html><body>Not found</body></html>",
     "rpc: the XML-RPC answer begins with <html>: this is not OpenNebula's answer"},
    {"nothing", "", "closed: the XML-RPC answer is empty"},
    {"cut", "<methodResponse><params><param><value><array><data><value><boolean>1</boolean></value>"
            "<value><string>&lt;VM_POOL&gt;", "closed: the XML-RPC answer ends in the middle"},
    {"an encoding that is none", "<?xml version=\"1.0\" encoding=\"x-none\"?><methodResponse/>",
     "rpc: the XML-RPC answer is not valid XML (line 1: Unsupported encoding x-none)"},
    {"not UTF-8", ARRAY(V("boolean", "1") V("string", "\xe9t\xe9")),
     "rpc: the XML-RPC answer is not valid XML (line 1: Input is not proper UTF-8, indicate "
     "encoding ! Bytes: 0xE9 0x74 0xE9 0x3C)"},
    {"a bomb", "<!DOCTYPE m [<!ENTITY a \"&a;&a;\">]><methodResponse>&a;</methodResponse>",
     "rpc: the XML-RPC answer has a document type, which OpenNebula never sends: refused"},
};

static void
test_row(void **state)
{
    const struct row *row = *state;

    for (gsize piece = 1; piece < 5000; piece += 4095) {
        g_autoptr(GString) got = g_string_new("");
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;

        if (decode(row->text, strlen(row->text), piece, got, &error))
            text = g_strdup_printf("'%s'", got->str);
        else
            text = g_strdup_printf("%s: %s", error_class_name(opennebula_error_class(error)),
                                   error->message);
        /* libxml2 shows more or fewer bytes of what is not UTF-8 */
        if (strstr(text, "Bytes:") != NULL)
            assert_true(strncmp(text, row->becomes, (size_t)(strstr(row->becomes, "Bytes") - row->becomes)) == 0);
        else
            assert_string_equal(text, row->becomes);
    }
}

/* Every recorded failure has words of its own that say what to do. */
static void
test_errors(void **state)
{
    static const struct {
        const char *file;
        enum error_class class;
        const char *says;
    } failures[] = {
        {"bad_filter_flag", ERROR_RPC, "is this version of OpenNebula supported? (code 4096"},
        {"bad_password", ERROR_AUTH, "check the credential file (code 256"},
        {"bad_state_filter", ERROR_RPC, "Incorrect state filter 12"},
        {"no_such_method", ERROR_RPC, "the method is not known"},
        {"too_few_params", ERROR_RPC, "Not enough parameters"},
        {"unauthorised_vm", ERROR_AUTH, "give it the right to use VMs (code 512"},
        {"unknown_vm", ERROR_OTHER, "there is no such object (code 1024"},
        {"wrong_state_action", ERROR_OTHER, "not possible in the VM's state (code 2048"},
        {"wrong_type", ERROR_RPC, "supposed to be integer"},
    };
    g_autoptr(GHashTable) texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(failures); i++) {
        g_autofree char *name = g_strdup_printf("errors/%s.response.xml", failures[i].file);
        gsize len;
        g_autofree char *text = recorded(name, &len);
        g_autoptr(GString) got = g_string_new("");
        g_autoptr(GError) error = NULL;

        assert_false(decode(text, len, 7, got, &error));
        assert_int_equal(opennebula_error_class(error), failures[i].class);
        if (strstr(error->message, failures[i].says) == NULL)
            fail_msg("%s: %s", failures[i].file, error->message);
        assert_true(g_hash_table_add(texts, g_strdup(error->message)));
    }
}

static void
test_codes(void **state)
{
    g_autoptr(GHashTable) texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    (void)state;
    for (gint64 code = 256; code <= 65536; code *= 2) {
        g_autoptr(GError) error = NULL;

        assert_false(opennebula_fail_code(&error, code, ""));
        assert_null(strstr(error->message, "the call was refused"));
        assert_true(g_hash_table_add(texts, g_strndup(error->message,
                                                      strcspn(error->message, "("))));
    }
}

static void
test_question(void **state)
{
    const struct rpc_param params[] = {{.kind = RPC_INT, .number = -2},
                                       {.kind = RPC_STRING, .text = "4,5"},
                                       {.kind = RPC_BOOL, .number = 1}};
    char *question = rpc_question("one.x", "us<er:to&ken", params, G_N_ELEMENTS(params));

    (void)state;
    assert_string_equal(question,
                        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<methodCall><methodName>one.x"
                        "</methodName><params><param><value><string>us&lt;er:to&amp;ken</string>"
                        "</value></param><param><value><i4>-2</i4></value></param><param><value>"
                        "<string>4,5</string></value></param><param><value><boolean>1</boolean>"
                        "</value></param></params></methodCall>\n");
    rpc_wipe(question);
    rpc_wipe(NULL);
}

static void
test_credential(void **state)
{
    static const struct {
        const char *text;
        const char *wrong;
    } files[] = {
        {"oneadmin:secret\n", NULL},
        {"one:a:b\r\n", NULL},
        {"", "is empty"},
        {"oneadmin", "is not the line user:token"},
        {":secret", "is not the line user:token"},
        {"oneadmin:\n", "is not the line user:token"},
        {"a:b\nc:d\n", "has more than one line"},
        {"a:\xff\n", "is not UTF-8"},
    };
    g_autofree char *path = g_build_filename(harness_tmpdir(), "auth", NULL);
    struct credential c;

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(GError) error = NULL;

        assert_true(g_file_set_contents_full(path, files[i].text, -1, G_FILE_SET_CONTENTS_CONSISTENT,
                                             0600, NULL));
        if (credential_read(&c, path, &error) != (files[i].wrong == NULL))
            fail_msg("%d: %s", (int)i, error != NULL ? error->message : "taken");
        if (files[i].wrong != NULL) {
            assert_int_equal(opennebula_error_class(error), ERROR_AUTH);
            assert_non_null(strstr(error->message, path));
            assert_non_null(strstr(error->message, files[i].wrong));
            assert_null(strstr(error->message, "secret"));
        }
    }
    g_chmod(path, 0640);
    assert_false(credential_read(&c, path, NULL));
    credential_clear(&c);
}

static void
test_redact(void **state)
{
    struct credential c = {"admin:sesame"};
    struct credential brief = {"admin:x"};
    g_autofree char *all = credential_redact(&c, "bad admin:sesame, sesame or admin");
    g_autofree char *one = credential_redact(&brief, "admin:x is not exact");

    (void)state;
    assert_string_equal(all, "bad (hidden), (hidden) or admin");
    assert_string_equal(one, "(hidden) is not exact");
}

/* The recorded events in their order: each is what its topic says, the last pair is the oracle's. */
static void
test_events(void **state)
{
    gsize n, n_vms = 0;
    const struct recorded_event *all = recorded_events(&n);
    g_autoptr(GHashTable) last = g_hash_table_new(g_direct_hash, g_direct_equal);
    GHashTableIter iter;
    gpointer id, event;

    (void)state;
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GError) error = NULL;
        CLEANUP(frontend_answer_unref)
        struct frontend_answer *a = event_decode("one", all[i].topic, strlen(all[i].topic),
                                                 all[i].body, strlen(all[i].body), &plain, &error);

        if (all[i].id < 0) {
            assert_null(a);
            continue;
        }
        assert_null(error);
        assert_true(a->event);
        assert_int_equal(a->vms->len, 1);
        assert_int_equal(g_array_index(a->vms, struct frontend_vm, 0).id, all[i].id);
        n_vms++;
        g_hash_table_insert(last, GINT_TO_POINTER((int)all[i].id + 1), (gpointer)(guintptr)&all[i]);
    }
    assert_int_equal(n_vms, 64);
    g_hash_table_iter_init(&iter, last);
    while (g_hash_table_iter_next(&iter, &id, &event)) {
        const struct recorded_event *e = event;
        CLEANUP(frontend_answer_unref)
        struct frontend_answer *a = event_decode("one", e->topic, strlen(e->topic), e->body,
                                                 strlen(e->body), &plain, NULL);

        assert_oracle(&g_array_index(a->vms, struct frontend_vm, 0));
    }
}

static void
test_bad_events(void **state)
{
    static const struct {
        const char *topic;
        const char *text; /* of the body; NULL: raw */
        const char *raw;
        const char *wrong;
    } events[] = {
        {"EVENT VM 5/ACTIVE/BOOT ", NULL, "****", "the event is not base64"},
        {"EVENT VM 5/ACTIVE/BOOT ", "", NULL, "the event is empty"},
        {"EVENT VM 5/ACTIVE/BOOT ", "<HOOK_MESSAGE>", NULL, "the event ends in the middle"},
        {"EVENT VM 5/ACTIVE/BOOT ", "<HOOK_MESSAGE/>", NULL, "the event has 0 VMs"},
        {"EVENT VM 5/ACTIVE/BOOT ", "<VM_POOL/>", NULL,
         "the event begins with <VM_POOL>: this is not OpenNebula's answer"},
        {"EVENT VM 5/ACTIVE/BOOT ",
         "<HOOK_MESSAGE><VM><ID>6</ID><STATE>3</STATE><LCM_STATE>3</LCM_STATE></VM></HOOK_MESSAGE>",
         NULL, "the event's topic is about another VM than its text"},
        {"EVENT VM 5/ACTIVE/BOOT ", "<HOOK_MESSAGE><VM><ID>5</ID></VM></HOOK_MESSAGE>", NULL,
         "the event cannot be used: VM 5: it has no STATE"},
        {"EVENT VM x/ACTIVE/BOOT ", "<HOOK_MESSAGE/>", NULL, "the event's topic names no VM"},
        {"EVENT VM 5", "<HOOK_MESSAGE/>", NULL, "the event's topic names no VM"},
        {"EVENT VM ", "<HOOK_MESSAGE/>", NULL, "the event's topic names no VM"},
        {"", "<HOOK_MESSAGE/>", NULL, "the event's topic names no VM"},
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(events); i++) {
        g_autofree char *body =
            events[i].raw != NULL
                ? g_strdup(events[i].raw)
                : g_base64_encode((const guchar *)events[i].text, strlen(events[i].text));
        g_autoptr(GError) error = NULL;

        assert_null(event_decode("one", events[i].topic, strlen(events[i].topic), body,
                                 strlen(body), &plain, &error));
        assert_string_equal(error->message, events[i].wrong);
    }
}

int
main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(test_answer_in_pieces), cmocka_unit_test(test_errors),
        cmocka_unit_test(test_codes),            cmocka_unit_test(test_question),
        cmocka_unit_test(test_credential),       cmocka_unit_test(test_redact),
        cmocka_unit_test(test_events),           cmocka_unit_test(test_bad_events),
    };
    struct CMUnitTest tests[G_N_ELEMENTS(fixed) + G_N_ELEMENTS(rows)];
    gsize n = 0;

    walk_prepare();
    for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
        tests[n++] = fixed[i];
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        tests[n++] = (struct CMUnitTest){.name = rows[i].name, .test_func = test_row,
                                         .initial_state = (void *)(gintptr)&rows[i]};
    return harness_run("opennebula_rpc", tests, n, NULL, NULL);
}

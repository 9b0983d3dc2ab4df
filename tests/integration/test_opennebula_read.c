/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole front-end, read over HTTP from a server on loopback that holds what
 * was recorded, and that goes wrong in every way we can think of.
 */
#include "config.h"

#include "harness.h"
#include "integration/one_server.h"
#include "opennebula/read.h"
#include "unit/opennebula_data.h"

#include <glib/gstdio.h>
#include <string.h>

#define SECRET "geheim-4711"

static char *credential_file;

static struct opennebula_options
options_for(const char *endpoint)
{
    return (struct opennebula_options){
        .name = "one",
        .endpoint = endpoint,
        .credential_file = credential_file,
        .link_attribute = "STONEY_UUID",
        .connect_timeout_ms = 5000,
        .timeout_ms = 60000,
        .answer_limit = 1024 * 1024,
        .first_range = 500,
    };
}

/* A server with all recorded VMs. */
static struct one_server *
recorded_server(void)
{
    struct one_server *s = one_server_new();
    gsize n;
    const struct oracle *all = oracles(&n);

    for (gsize i = 0; i < n; i++) {
        g_autofree char *name = g_strdup_printf("vm/%02d-%02d-%s.vm%d.xml", all[i].state,
                                                all[i].lcm, all[i].state_name, (int)all[i].id);
        g_autofree char *text = recorded(name, NULL);
        char *start = strstr(text, "<VM>"), *records = strstr(text, "<HISTORY_RECORDS>");
        g_autoptr(GString) pool = g_string_new(start);

        /* a pool has the newest history record only */
        if (records != NULL && g_strrstr(text, "<HISTORY>") != NULL) {
            g_string_truncate(pool, (gsize)(records - start) + strlen("<HISTORY_RECORDS>"));
            g_string_append(pool, g_strrstr(text, "<HISTORY>"));
        }
        if (all[i].state == 6)
            one_server_put_done(s, all[i].id, start);
        else
            one_server_put(s, all[i].id, pool->str, start);
    }
    return s;
}

static void
test_everything(void **state)
{
    CLEANUP(one_server_free) struct one_server *s = recorded_server();
    const struct opennebula_options o = options_for(one_server_endpoint(s));
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = opennebula_read(&o, NULL, 0);
    CLEANUP(frontend_answer_unref) struct frontend_answer *b = NULL;
    const struct frontend_vm *moving;

    (void)state;
    assert_null(a->text);
    assert_int_equal(a->result, RESULT_COMPLETE);
    assert_string_equal(a->version, "7.5.80");
    assert_string_equal(a->frontend, "one");
    assert_false(a->event);
    assert_int_equal(a->vms->len, 74); /* two are DONE */
    for (guint i = 0; i < a->vms->len; i++)
        assert_oracle(&g_array_index(a->vms, struct frontend_vm, i));
    moving = vm_of(a, 13);
    assert_string_equal(moving->host, "node-02");
    assert_string_equal(moving->source, "node-01");
    assert_null(vm_of(a, 12)->source);
    assert_true(one_server_calls(s, "one.vm.info") >= 4);
    b = opennebula_read(&o, NULL, 0);
    assert_true(b->query > a->query);
}

static void
test_done(void **state)
{
    static const gint64 ids[] = {31, 5, 33, 99999, -1};
    CLEANUP(one_server_free) struct one_server *s = recorded_server();
    const struct opennebula_options o = options_for(one_server_endpoint(s));
    CLEANUP(frontend_answer_unref)
    struct frontend_answer *a = opennebula_read(&o, ids, G_N_ELEMENTS(ids));

    (void)state;
    assert_int_equal(a->result, RESULT_COMPLETE);
    assert_int_equal(a->vms->len, 76);
    assert_int_equal(vm_of(a, 31)->state, 6);
    assert_int_equal(vm_of(a, 33)->state, 6);
    assert_null(vm_of(a, 99999));
    assert_int_equal(one_server_calls(s, "one.vmpool.infoset"), 1);
}

/* The length is not told, as a proxy may do it: the bound holds as well. */
static void
test_chunked(void **state)
{
    CLEANUP(one_server_free) struct one_server *s = recorded_server();
    struct opennebula_options o = options_for(one_server_endpoint(s));
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;
    CLEANUP(frontend_answer_unref) struct frontend_answer *bounded = NULL;
    guint calls;

    (void)state;
    one_server_fault(s, ONE_FAULT_CHUNKED, NULL, 0, 0, NULL);
    a = opennebula_read(&o, NULL, 0);
    assert_null(a->text);
    assert_int_equal(a->vms->len, 74);
    calls = one_server_calls(s, "one.vmpool.infoextended");
    o.answer_limit = 65536;
    bounded = opennebula_read(&o, NULL, 0);
    assert_null(bounded->text);
    assert_int_equal(bounded->vms->len, 74);
    assert_true(one_server_calls(s, "one.vmpool.infoextended") - calls > calls);
}

/* Ranges shrink until answers fit, grow again, and nothing is lost. */
static void
test_ranges(void **state)
{
    CLEANUP(one_server_free) struct one_server *s = recorded_server();

    (void)state;
    for (unsigned range = 1; range <= 1000000; range *= 100) {
        struct opennebula_options o = options_for(one_server_endpoint(s));
        CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;
        guint calls = one_server_calls(s, "one.vmpool.infoextended");

        o.answer_limit = 65536;
        o.first_range = range;
        a = opennebula_read(&o, NULL, 0);
        assert_null(a->text);
        assert_int_equal(a->vms->len, 74);
        assert_in_range(one_server_calls(s, "one.vmpool.infoextended") - calls, 6, 40);
    }
    assert_true(one_server_longest(s) > 65536);
}

#define TINY(id)                                                                                   \
    "<VM><ID>" #id "</ID><NAME>a</NAME><STATE>8</STATE><LCM_STATE>0</LCM_STATE></VM>"

static void
test_gaps(void **state)
{
    CLEANUP(one_server_free) struct one_server *s = one_server_new();
    struct opennebula_options o = options_for(one_server_endpoint(s));
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;

    (void)state;
    one_server_put(s, 3, TINY(3), NULL);
    one_server_put(s, 700000, TINY(700000), NULL);
    one_server_put(s, 2147483646, TINY(2147483646), NULL);
    o.first_range = 1;
    a = opennebula_read(&o, NULL, 0);
    assert_int_equal(a->result, RESULT_COMPLETE);
    assert_int_equal(a->vms->len, 3);
    assert_in_range(one_server_calls(s, "one.vmpool.infoextended"), 1, 40);
}

/* A gap before a pool that is too long for one answer. */
static void
test_late_numbers(void **state)
{
    CLEANUP(one_server_free) struct one_server *s = one_server_new();
    struct opennebula_options o = options_for(one_server_endpoint(s));
    g_autofree char *filler = g_strnfill(5000, 'x');
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;

    (void)state;
    for (gint64 id = 90000; id < 90200; id++) {
        g_autofree char *text = g_strdup_printf("<VM><ID>%d</ID><STATE>8</STATE><LCM_STATE>0"
                                                "</LCM_STATE><X>%s</X></VM>", (int)id, filler);

        one_server_put(s, id, text, NULL);
    }
    o.answer_limit = 65536;
    a = opennebula_read(&o, NULL, 0);
    assert_null(a->text);
    assert_int_equal(a->vms->len, 200);
    assert_in_range(one_server_calls(s, "one.vmpool.infoextended"), 20, 120);
}

static void
test_one_too_long(void **state)
{
    CLEANUP(one_server_free) struct one_server *s = one_server_new();
    struct opennebula_options o = options_for(one_server_endpoint(s));
    g_autofree char *filler = g_strnfill(100000, 'x');
    g_autofree char *text = g_strdup_printf("<VM><ID>4</ID><STATE>8</STATE><X>%s</X></VM>", filler);
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;

    (void)state;
    one_server_put(s, 3, TINY(3), NULL);
    one_server_put(s, 4, text, NULL);
    one_server_put(s, 5, TINY(5), NULL);
    o.answer_limit = 65536;
    a = opennebula_read(&o, NULL, 0);
    assert_int_equal(a->result, RESULT_PARTIAL);
    assert_string_equal(a->text, "1 of 3 VMs could not be read: VM 4: it alone is longer than "
                                 "answer_limit");
    assert_int_equal(a->vms->len, 2);
}

static void
test_bad_vm(void **state)
{
    CLEANUP(one_server_free) struct one_server *s = recorded_server();
    const struct opennebula_options o = options_for(one_server_endpoint(s));
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;

    (void)state;
    one_server_put(s, 100, "<VM><ID>100</ID><STATE>gone</STATE></VM>", NULL);
    a = opennebula_read(&o, NULL, 0);
    assert_int_equal(a->result, RESULT_PARTIAL);
    assert_string_equal(a->text,
                        "1 of 75 VMs could not be read: VM 100: its STATE is not a number");
    assert_int_equal(a->vms->len, 74);
}

/* A character that XML does not have, in the document or already around it, is one VM's fault. */
static void
test_spoiled(void **state)
{
    static const gint64 ids[] = {31, 200, 33};
    CLEANUP(one_server_free) struct one_server *s = recorded_server();
    const struct opennebula_options o = options_for(one_server_endpoint(s));
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;
    CLEANUP(frontend_answer_unref) struct frontend_answer *again = NULL;

    (void)state;
    one_server_put(s, 20, "<VM><ID>20</ID><NAME>a\x01</NAME></VM>", NULL);
    one_server_put(s, 100, "<VM><ID>100</ID><NAME>&#2;</NAME></VM>", NULL);
    one_server_put_done(s, 200, "<VM><ID>200</ID><X>&nosuch;</X></VM>");
    a = opennebula_read(&o, ids, G_N_ELEMENTS(ids));
    assert_int_equal(a->result, RESULT_PARTIAL);
    if (!g_str_has_prefix(a->text, "3 of 78 VMs could not be read: VM 20: "
                                   "one.vmpool.infoextended: the XML-RPC answer is not valid XML ("))
        fail_msg("%s", a->text);
    assert_int_equal(a->vms->len, 75); /* 73 of the pool, two that are DONE */
    assert_int_equal(vm_of(a, 33)->state, 6);
    assert_in_range(one_server_calls(s, "one.vmpool.infoextended"), 10, 60);
    for (gint64 id = 0; id < 100; id++) /* and where all are so, it is the front-end's */
        one_server_put(s, id, "<VM><NAME>&#2;</NAME></VM>", NULL);
    again = opennebula_read(&o, NULL, 0);
    assert_int_equal(again->result, RESULT_ERROR);
    assert_int_equal(again->error, ERROR_RPC);
    assert_non_null(strstr(again->text, "is not valid XML"));
}

static void
test_linked(void **state)
{
    CLEANUP(one_server_free) struct one_server *s = recorded_server();
    struct opennebula_options o = options_for(one_server_endpoint(s));
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;

    (void)state;
    one_server_put(s, 100, TINY(100), NULL);
    o.linked = true;
    a = opennebula_read(&o, NULL, 0);
    assert_int_equal(a->result, RESULT_COMPLETE);
    assert_null(vm_of(a, 100));
}

struct failing {
    const char *name;
    enum one_fault fault;
    const char *method;
    int value;
    const char *text;
    enum error_class class;
    const char *says;
};

#define POOL_CALL "one.vmpool.infoextended"

static const struct failing failures[] = {
    {"404", ONE_FAULT_STATUS, NULL, 404, NULL, ERROR_NO_URI, "/RPC2"},
    {"401", ONE_FAULT_STATUS, NULL, 401, NULL, ERROR_AUTH, "HTTP status 401"},
    {"503", ONE_FAULT_STATUS, NULL, 503, NULL, ERROR_REFUSED, "the proxy does not reach oned"},
    {"500", ONE_FAULT_STATUS, NULL, 500, NULL, ERROR_RPC, "HTTP status 500"},
    {"302", ONE_FAULT_STATUS, NULL, 302, NULL, ERROR_RPC, "HTTP status 302"},
    {"-501", ONE_FAULT_RPC, POOL_CALL, -501, "Not enough parameters", ERROR_RPC, "fault -501"},
    {"-506", ONE_FAULT_RPC, POOL_CALL, -506, "not defined", ERROR_RPC, "fault -506"},
    {"256", ONE_FAULT_CODE, NULL, 256, "x", ERROR_AUTH, "check the credential file (code 256"},
    {"512", ONE_FAULT_CODE, POOL_CALL, 512, "x", ERROR_AUTH, "code 512"},
    {"1024", ONE_FAULT_CODE, POOL_CALL, 1024, "x", ERROR_OTHER, "code 1024"},
    {"2048", ONE_FAULT_CODE, POOL_CALL, 2048, "x", ERROR_OTHER, "code 2048"},
    {"4096", ONE_FAULT_CODE, POOL_CALL, 4096, "x", ERROR_RPC, "code 4096"},
    {"8192", ONE_FAULT_CODE, POOL_CALL, 8192, "x", ERROR_OTHER, "no leader elected?"},
    {"16384", ONE_FAULT_CODE, POOL_CALL, 16384, "x", ERROR_OTHER, "code 16384"},
    {"32768", ONE_FAULT_CODE, POOL_CALL, 32768, "x", ERROR_OTHER, "code 32768"},
    {"65536", ONE_FAULT_CODE, POOL_CALL, 65536, "x", ERROR_OTHER, "code 65536"},
    {"not XML", ONE_FAULT_BODY, NULL, 0, "Internal error", ERROR_RPC, "is not valid XML"},
    {"an error page", ONE_FAULT_BODY, NULL, 0, "<html/>", ERROR_RPC, "begins with <html>"},
    {"an empty body", ONE_FAULT_BODY, NULL, 0, "", ERROR_CLOSED, "is empty"},
    {"cut", ONE_FAULT_CUT, NULL, 0, NULL, ERROR_CLOSED, "in the middle of the answer"},
    {"endless", ONE_FAULT_ENDLESS, POOL_CALL, 0, "<methodResponse><params>", ERROR_RPC,
     "deeper than 64"},
    {"endless text", ONE_FAULT_ENDLESS, POOL_CALL, 0, "<methodResponse>", ERROR_RPC, "deeper"},
    {"half a body", ONE_FAULT_BODY, POOL_CALL, 0, "<methodResponse><params><param>", ERROR_CLOSED,
     "ends in the middle"},
    {"a document type", ONE_FAULT_BODY, POOL_CALL, 0, "<!DOCTYPE x><x/>", ERROR_RPC,
     "has a document type"},
};

static void
test_failure(void **state)
{
    const struct failing *f = *state;
    CLEANUP(one_server_free) struct one_server *s = recorded_server();
    struct opennebula_options o = options_for(one_server_endpoint(s));
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;
    g_autofree char *what = NULL;

    o.answer_limit = 65536;
    one_server_fault(s, f->fault, f->method, 0, f->value, f->text);
    a = opennebula_read(&o, NULL, 0);
    what = g_strdup_printf("%s: %s", error_class_name(a->error), a->text);
    assert_int_equal(a->result, RESULT_ERROR);
    if (a->error != f->class || strstr(a->text, f->says) == NULL)
        fail_msg("%s", what);
    assert_null(strstr(a->text, SECRET));
    assert_int_equal(a->vms->len, 0);
}

static void
test_texts_differ(void **state)
{
    g_autoptr(GHashTable) texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    CLEANUP(one_server_free) struct one_server *s = recorded_server();
    const struct opennebula_options o = options_for(one_server_endpoint(s));

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(failures); i++) {
        CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;

        if (failures[i].fault == ONE_FAULT_ENDLESS)
            continue;
        one_server_fault(s, failures[i].fault, POOL_CALL, 0, failures[i].value, failures[i].text);
        a = opennebula_read(&o, NULL, 0);
        if (!g_hash_table_add(texts, g_strdup(a->text)))
            fail_msg("twice: %s", a->text);
    }
}

/* What came before a failure counts. */
static void
test_later_failures(void **state)
{
    CLEANUP(one_server_free) struct one_server *s = recorded_server();
    struct opennebula_options o = options_for(one_server_endpoint(s));
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;
    CLEANUP(frontend_answer_unref) struct frontend_answer *deaf = NULL;

    (void)state;
    o.first_range = 10;
    one_server_fault(s, ONE_FAULT_CODE, POOL_CALL, 1, 8192, "no leader");
    a = opennebula_read(&o, NULL, 0);
    assert_int_equal(a->result, RESULT_PARTIAL);
    assert_int_equal(a->vms->len, 10);
    assert_non_null(strstr(a->text, "only 10 VMs were read: one.vmpool.infoextended: internal"));

    one_server_fault(s, ONE_FAULT_DEAF, POOL_CALL, 1, 0, NULL);
    deaf = opennebula_read(&o, NULL, 0);
    assert_int_equal(deaf->result, RESULT_PARTIAL);
    assert_non_null(strstr(deaf->text, "which was not asked for"));
}

/* A source that cannot be had is no failure. */
static void
test_no_source(void **state)
{
    CLEANUP(one_server_free) struct one_server *s = recorded_server();
    const struct opennebula_options o = options_for(one_server_endpoint(s));
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;

    (void)state;
    one_server_fault(s, ONE_FAULT_CODE, "one.vm.info", 0, 512, "no");
    a = opennebula_read(&o, NULL, 0);
    assert_int_equal(a->result, RESULT_COMPLETE);
    assert_string_equal(vm_of(a, 13)->host, "node-02");
    assert_null(vm_of(a, 13)->source);
}

static void
test_empty(void **state)
{
    CLEANUP(one_server_free) struct one_server *s = one_server_new();
    const struct opennebula_options o = options_for(one_server_endpoint(s));
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = opennebula_read(&o, NULL, 0);

    (void)state;
    assert_int_equal(a->result, RESULT_ERROR);
    assert_int_equal(a->error, ERROR_AUTH);
    assert_true(g_str_has_prefix(a->text, "the pool is empty: the account sees no VM"));
}

/* Whatever is asked is too long. */
static void
test_always_too_long(void **state)
{
    CLEANUP(one_server_free) struct one_server *s = one_server_new();
    struct opennebula_options o = options_for(one_server_endpoint(s));
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;
    g_autofree char *filler = g_strnfill(200000, ' ');
    g_autofree char *body = g_strconcat("<methodResponse>", filler, "</methodResponse>", NULL);

    (void)state;
    o.answer_limit = 65536;
    one_server_fault(s, ONE_FAULT_BODY, POOL_CALL, 0, 0, body);
    a = opennebula_read(&o, NULL, 0);
    assert_int_equal(a->result, RESULT_ERROR);
    assert_non_null(strstr(a->text, "longer than answer_limit (65536 bytes) whatever is asked"));
    assert_in_range(one_server_calls(s, POOL_CALL), 10, 60);
}

static void
test_deadline(void **state)
{
    CLEANUP(one_server_free) struct one_server *s = recorded_server();
    struct opennebula_options o = options_for(one_server_endpoint(s));
    gint64 begin = g_get_monotonic_time();
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;

    (void)state;
    o.timeout_ms = 300;
    one_server_fault(s, ONE_FAULT_SILENT, NULL, 0, 0, NULL);
    a = opennebula_read(&o, NULL, 0);
    assert_int_equal(a->error, ERROR_TIMEOUT);
    assert_non_null(strstr(a->text, "no answer in time"));
    assert_in_range((g_get_monotonic_time() - begin) / 1000, 290, 10000);
}

/* A byte now and then: what came is told, and how long it may take is not exceeded. */
static void
test_trickle(void **state)
{
    CLEANUP(one_server_free) struct one_server *s = recorded_server();
    struct opennebula_options o = options_for(one_server_endpoint(s));
    gint64 begin = g_get_monotonic_time();
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;
    CLEANUP(frontend_answer_unref) struct frontend_answer *good = NULL;

    (void)state;
    o.timeout_ms = 1500; /* a busy machine has sent something by then */
    one_server_fault(s, ONE_FAULT_TRICKLE, POOL_CALL, 0, 20, NULL);
    a = opennebula_read(&o, NULL, 0);
    assert_in_range((g_get_monotonic_time() - begin) / 1000, 1490, 15000);
    assert_int_equal(a->result, RESULT_ERROR);
    assert_int_equal(a->error, ERROR_TIMEOUT);
    if (!g_regex_match_simple("^one[.]vmpool[.]infoextended: the answer was not complete in time, "
                              "[1-9][0-9]* bytes of it came: .*timeout too short[?]$",
                              a->text, 0, 0))
        fail_msg("%s", a->text);
    one_server_fault(s, ONE_FAULT_NONE, NULL, 0, 0, NULL);
    o.timeout_ms = 60000;
    good = opennebula_read(&o, NULL, 0);
    assert_int_equal(good->result, RESULT_COMPLETE);
}

static void
test_unreachable(void **state)
{
    static const struct {
        const char *endpoint;
        enum error_class class;
        const char *says;
    } places[] = {
        {"http://127.0.0.1:1/RPC2", ERROR_REFUSED, "does oned run, and is this its port?"},
        {"gopher://127.0.0.1/", ERROR_NO_URI, "http:// or https://"},
        {"http://127.0.0.1:70000/", ERROR_NO_URI, ""},
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        const struct opennebula_options o = options_for(places[i].endpoint);
        CLEANUP(frontend_answer_unref) struct frontend_answer *a = opennebula_read(&o, NULL, 0);

        if (a->error != places[i].class || strstr(a->text, places[i].says) == NULL)
            fail_msg("%s: %s", error_class_name(a->error), a->text);
    }
}

static void
test_tls(void **state)
{
    CLEANUP(one_server_free) struct one_server *s = recorded_server();
    g_autofree char *endpoint = g_strconcat("https", one_server_endpoint(s) + strlen("http"), NULL);
    struct opennebula_options o = options_for(endpoint);
    CLEANUP(frontend_answer_unref) struct frontend_answer *plain = opennebula_read(&o, NULL, 0);
    CLEANUP(frontend_answer_unref) struct frontend_answer *bad = NULL;

    (void)state;
    assert_int_equal(plain->error, ERROR_TLS);
    o.ca_file = "/nonexistent/ca.pem";
    bad = opennebula_read(&o, NULL, 0);
    assert_int_equal(bad->error, ERROR_TLS);
    if (strstr(bad->text, "tls_ca") == NULL)
        fail_msg("%s", bad->text);
}

static void
test_secret(void **state)
{
    CLEANUP(one_server_free) struct one_server *s = recorded_server();
    struct opennebula_options o = options_for(one_server_endpoint(s));
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;
    CLEANUP(frontend_answer_unref) struct frontend_answer *none = NULL;

    (void)state;
    one_server_fault(s, ONE_FAULT_ECHO, NULL, 0, 0, NULL);
    a = opennebula_read(&o, NULL, 0);
    assert_int_equal(a->error, ERROR_AUTH);
    assert_null(strstr(a->text, SECRET));
    assert_non_null(strstr(a->text, "(hidden)"));
    o.credential_file = "/nonexistent/auth";
    none = opennebula_read(&o, NULL, 0);
    assert_int_equal(none->error, ERROR_AUTH);
    assert_string_equal(none->text, "credential file /nonexistent/auth: No such file or directory");
}

/* A token may hold whatever a line can; the server compares what is on the wire. */
static void
test_odd_token(void **state)
{
    CLEANUP(one_server_free) struct one_server *s = recorded_server();
    struct opennebula_options o = options_for(one_server_endpoint(s));
    g_autofree char *odd = g_build_filename(harness_tmpdir(), "odd", NULL);
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;

    (void)state;
    assert_true(g_file_set_contents_full(odd, "us&er:p<w>\"x'y:]]>%s\\#\xc3\xa9 \r\n", -1,
                                         G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    one_server_session(s, "us&amp;er:p&lt;w&gt;&quot;x&apos;y:]]&gt;%s\\#\xc3\xa9 ");
    o.credential_file = odd;
    a = opennebula_read(&o, NULL, 0);
    assert_null(a->text);
    assert_int_equal(a->result, RESULT_COMPLETE);
}

static int
setup(void **state)
{
    (void)state;
    credential_file = g_build_filename(harness_tmpdir(), "auth", NULL);
    return g_file_set_contents_full(credential_file, "oneadmin:" SECRET "\n", -1,
                                    G_FILE_SET_CONTENTS_NONE, 0600, NULL)
               ? 0
               : -1;
}

int
main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(test_everything),      cmocka_unit_test(test_done),
        cmocka_unit_test(test_chunked),
        cmocka_unit_test(test_ranges),          cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_late_numbers),    cmocka_unit_test(test_one_too_long),
        cmocka_unit_test(test_bad_vm),          cmocka_unit_test(test_linked),
        cmocka_unit_test(test_spoiled),
        cmocka_unit_test(test_texts_differ),    cmocka_unit_test(test_later_failures),
        cmocka_unit_test(test_no_source),       cmocka_unit_test(test_empty),
        cmocka_unit_test(test_always_too_long), cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_trickle),         cmocka_unit_test(test_unreachable),
        cmocka_unit_test(test_tls),             cmocka_unit_test(test_secret),
        cmocka_unit_test(test_odd_token),
    };
    struct CMUnitTest tests[G_N_ELEMENTS(fixed) + G_N_ELEMENTS(failures)];
    gsize n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
        tests[n++] = fixed[i];
    for (gsize i = 0; i < G_N_ELEMENTS(failures); i++)
        tests[n++] = (struct CMUnitTest){.name = failures[i].name, .test_func = test_failure,
                                         .initial_state = (void *)(gintptr)&failures[i]};
    return harness_run("opennebula_read", tests, n, setup, NULL);
}

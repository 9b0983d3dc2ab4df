/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parsers of OpenNebula's documents: everything recorded, in pieces of any
 * length, and what a server should never send.
 */
#include "config.h"

#include "harness.h"
#include "opennebula/event.h"
#include "opennebula/pool.h"
#include "opennebula/rpc.h"
#include "unit/opennebula_data.h"

#include <string.h>
#include <sys/resource.h>

static const struct pool_options plain = {.link_attribute = "stoney_uuid", .last = -1};

/* A document in pieces; NULL with *error. */
static struct frontend_answer *
parse(const struct pool_options *options, const char *text, gsize len, gsize piece,
      struct pool_seen *seen, GError **error)
{
    CLEANUP(frontend_answer_unref)
    struct frontend_answer *a = frontend_answer_new("one", RESULT_COMPLETE);
    CLEANUP(pool_free) struct pool *p = pool_new(options, a);

    for (gsize at = 0; at < len; at += piece)
        if (!pool_push(p, text + at, MIN(piece, len - at), error))
            return NULL;
    if (!pool_end(p, error))
        return NULL;
    if (seen != NULL) {
        *seen = *pool_seen(p);
        seen->bad = g_intern_string(seen->bad);
    }
    return g_steal_pointer(&a);
}

static void
test_vm_file(void **state)
{
    const struct oracle *o = *state;
    struct pool_options options = plain;
    g_autofree char *name = g_strdup_printf("vm/%02d-%02d-%s.vm%d.xml", o->state, o->lcm,
                                            o->state_name, (int)o->id);
    gsize len;
    g_autofree char *text = recorded(name, &len);
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;
    g_autoptr(GError) error = NULL;

    options.form = POOL_FORM_VM;
    a = parse(&options, text, len, 4096, NULL, &error);
    assert_null(error);
    assert_int_equal(a->vms->len, 1);
    assert_oracle(&g_array_index(a->vms, struct frontend_vm, 0));
}

static void
test_pool_in_pieces(void **state)
{
    static const gsize pieces[] = {1, 7, 4096};
    gsize len, n;
    g_autofree char *text = recorded("pool/infoextended.all.xml", &len);
    g_autoptr(GString) first = g_string_new("");

    (void)state;
    oracles(&n);
    for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(GString) all = g_string_new("");
        g_autoptr(GError) error = NULL;
        CLEANUP(frontend_answer_unref)
        struct frontend_answer *a = parse(&plain, text, len, pieces[i], NULL, &error);

        assert_null(error);
        assert_int_equal(a->vms->len, n);
        for (guint v = 0; v < a->vms->len; v++) {
            const struct frontend_vm *vm = &g_array_index(a->vms, struct frontend_vm, v);
            g_autofree char *line = vm_text(vm);

            assert_oracle(vm);
            g_string_append_printf(all, "%s\n", line);
        }
        if (i == 0)
            g_string_assign(first, all->str);
        assert_string_equal(all->str, first->str);
    }
}

static void
test_identity(void **state)
{
    gsize len;
    g_autofree char *text = recorded("pool/infoextended.all.xml", &len);
    CLEANUP(frontend_answer_unref)
    struct frontend_answer *a = parse(&plain, text, len, 4096, NULL, NULL);
    guint n_os = 0, n_host = 0;

    (void)state;
    for (guint v = 0; v < a->vms->len; v++) {
        const struct frontend_vm *vm = &g_array_index(a->vms, struct frontend_vm, v);
        char os[UUID_TEXT_SIZE];

        n_host += vm->host != NULL;
        if (!vm->has_os_uuid)
            continue;
        n_os++;
        uuid_format(&vm->os_uuid, os);
        if (vm->deploy_id != NULL)
            assert_string_equal(os, vm->deploy_id);
    }
    assert_true(n_os > 70);
    assert_true(n_host > 50);
}

static void
test_synthetic(void **state)
{
    static const int pairs[][2] = {{8, 3},  {3, -1}, {12, 0}, {3, 999}, {3, 72}, {3, 58}, {3, 55},
                                   {3, 23}, {3, 14}, {3, 13}, {7, 0},   {3, 0},  {0, 0}};
    gsize len;
    g_autofree char *text = recorded("synthetic/infoextended.pool.xml", &len);
    CLEANUP(frontend_answer_unref)
    struct frontend_answer *a = parse(&plain, text, len, 7, NULL, NULL);
    guint found = 0;

    (void)state;
    assert_non_null(a);
    for (guint p = 0; p < G_N_ELEMENTS(pairs); p++)
        for (guint v = 0; v < a->vms->len; v++) {
            const struct frontend_vm *vm = &g_array_index(a->vms, struct frontend_vm, v);

            if (vm->state == pairs[p][0] && vm->lcm == pairs[p][1]) {
                found++;
                break;
            }
        }
    assert_int_equal(found, G_N_ELEMENTS(pairs));
}

#define U1 "11111111-2222-4333-8444-555555555555"
#define VM(rest) "<VM><ID>5</ID><NAME>a</NAME><STATE>3</STATE><LCM_STATE>4</LCM_STATE>" rest "</VM>"
#define POOL(vms) "<VM_POOL>" vms "</VM_POOL>"

/* What a document becomes: its VMs, then what was counted, or the error. */
struct row {
    const char *name;
    const char *text;
    const char *becomes;
    bool linked;
    gint64 first, last;
};

#define TEN(text) text text text text text text text text text text
#define LONG TEN(TEN(TEN("ab")))
#define NONE "link - os - deploy (null) host (null) source (null)"

static const struct row rows[] = {
    {"one VM", POOL(VM("")), "5 a 3/4 action 0 " NONE "; 1 bad 0", false, 0, -1},
    {"an empty pool", "<VM_POOL/>", "0 bad 0", false, 0, -1},
    {"an empty pool, the long way", "<VM_POOL>\n</VM_POOL>\n", "0 bad 0", false, 0, -1},
    {"CDATA", POOL("<VM><ID><![CDATA[5]]></ID><NAME>a<![CDATA[<b>]]>&amp;c</NAME><STATE> 3 </STATE>"
                   "<LCM_STATE>4</LCM_STATE></VM>"),
     "5 a<b>&c 3/4 action 0 " NONE "; 1 bad 0", false, 0, -1},
    {"names like ours elsewhere",
     POOL("<VM><MONITORING><STATE>9</STATE><ID>7</ID></MONITORING><ID>5</ID><NAME>a</NAME>"
          "<TEMPLATE><STATE>1</STATE><NAME>x</NAME><OS><ARCH>x</ARCH></OS></TEMPLATE>"
          "<STATE>3</STATE><LCM_STATE>4</LCM_STATE><STATE>6</STATE><LCM_STATE>0</LCM_STATE>"
          "<LOCK><LOCKED>1</LOCKED></LOCK><FUTURE a=\"b\"><VM><ID>1</ID></VM></FUTURE></VM>"),
     "5 a 3/4 action 0 " NONE "; 1 bad 0", false, 0, -1},
    {"UUIDs",
     POOL(VM("<DEPLOY_ID>one-5</DEPLOY_ID><TEMPLATE><OS><UUID><![CDATA[" U1 "]]></UUID></OS>"
             "</TEMPLATE><USER_TEMPLATE><STONEY_UUID> " U1 " </STONEY_UUID></USER_TEMPLATE>")),
     "5 a 3/4 action 0 link " U1 " os " U1 " deploy one-5 host (null) source (null); 1 bad 0",
     false, 0, -1},
    {"a UUID that is none",
     POOL(VM("<USER_TEMPLATE><STONEY_UUID>web-5</STONEY_UUID></USER_TEMPLATE>")),
     "5 a 3/4 action 0 " NONE "; 1 bad 0", false, 0, -1},
    {"the newest host, whatever the order",
     POOL(VM("<HISTORY_RECORDS>"
             "<HISTORY><SEQ>2</SEQ><HOSTNAME>c</HOSTNAME><ACTION>2</ACTION></HISTORY>"
             "<HISTORY><SEQ>0</SEQ><HOSTNAME>a</HOSTNAME><ACTION>9</ACTION></HISTORY>"
             "<HISTORY><SEQ>1</SEQ><HOSTNAME>b</HOSTNAME><ACTION>1</ACTION></HISTORY>"
             "</HISTORY_RECORDS>")),
     "5 a 3/4 action 2 link - os - deploy (null) host c source b; 1 bad 0", false, 0, -1},
    {"no source unless it moves",
     POOL("<VM><ID>5</ID><NAME>a</NAME><STATE>3</STATE><LCM_STATE>3</LCM_STATE><HISTORY_RECORDS>"
          "<HISTORY><SEQ>0</SEQ><HOSTNAME>a</HOSTNAME></HISTORY>"
          "<HISTORY><SEQ>1</SEQ><HOSTNAME>b</HOSTNAME></HISTORY></HISTORY_RECORDS></VM>"),
     "5 a 3/3 action 0 link - os - deploy (null) host b source (null); 1 bad 0", false, 0, -1},
    {"one bad VM among good ones",
     POOL("<VM><ID>4</ID><STATE>x</STATE><LCM_STATE>0</LCM_STATE></VM>" VM("")
          "<VM><STATE>1</STATE><LCM_STATE>0</LCM_STATE></VM>"),
     "5 a 3/4 action 0 " NONE "; 3 bad 2: VM 4: its STATE is not a number", false, 0, -1},
    {"no STATE", POOL("<VM><ID>4</ID></VM>"), "1 bad 1: VM 4: it has no STATE", false, 0, -1},
    {"no LCM_STATE", POOL("<VM><ID>4</ID><STATE>3</STATE></VM>"),
     "1 bad 1: VM 4: it has no LCM_STATE", false, 0, -1},
    {"a number beyond", POOL("<VM><ID>4</ID><STATE>99999999999</STATE></VM>"),
     "1 bad 1: VM 4: its STATE is not a number", false, 0, -1},
    {"the smallest number", POOL("<VM><ID>4</ID><STATE>-2147483648</STATE></VM>"),
     "1 bad 1: VM 4: its STATE is not a number", false, 0, -1},
    {"the next one", POOL("<VM><ID>4</ID><STATE>-2147483647</STATE><LCM_STATE>0</LCM_STATE></VM>"),
     "4 (null) -2147483647/0 action 0 " NONE "; 1 bad 0", false, 0, -1},
    {"lines and what terminals obey",
     POOL("<VM><ID>5</ID><NAME>a\nb\xc2\x9b" "31mc</NAME><STATE>3</STATE><LCM_STATE>4</LCM_STATE>"
          "<HISTORY_RECORDS><HISTORY><SEQ>1</SEQ><HOSTNAME>h&#9;\xc3\xa9</HOSTNAME></HISTORY>"
          "</HISTORY_RECORDS></VM>"),
     "5 a b 31mc 3/4 action 0 link - os - deploy (null) host h \xc3\xa9 source (null); 1 bad 0",
     false, 0, -1},
    {"what its owner writes is too long",
     POOL("<VM><ID>5</ID><NAME>" LONG "</NAME><STATE>3</STATE><LCM_STATE>4</LCM_STATE>"
          "<TEMPLATE><OS><UUID>" LONG "</UUID></OS></TEMPLATE>"
          "<USER_TEMPLATE><STONEY_UUID>" LONG "</STONEY_UUID></USER_TEMPLATE></VM>"),
     "5 (null) 3/4 action 0 " NONE "; 1 bad 0", false, 0, -1},
    {"what OpenNebula writes is too long",
     POOL("<VM><ID>5</ID><STATE>" LONG "</STATE><LCM_STATE>4</LCM_STATE></VM>"),
     "1 bad 1: VM 5: one of its values is too long", false, 0, -1},
    {"a negative ID", POOL("<VM><ID>-4</ID><STATE>3</STATE><LCM_STATE>3</LCM_STATE></VM>"),
     "1 bad 1: a VM: its ID is not a number", false, 0, -1},
    {"linked leaves out", POOL(VM("") VM("<DEPLOY_ID>" U1 "</DEPLOY_ID>")),
     "5 a 3/4 action 0 link - os - deploy " U1 " host (null) source (null); 2 bad 0", true, 0, -1},
    {"below the range", POOL(VM("")), "the answer has VM 5, which was not asked for", false, 6, 9},
    {"above the range", POOL(VM("")), "the answer has VM 5, which was not asked for", false, 0, 4},
    {"an error page", "<html><body>no</body></html>",
     "the pool begins with <html>: this is not OpenNebula's answer", false, 0, -1},
    {"a VM where a pool should be", VM(""),
     "the pool begins with <VM>: this is not OpenNebula's answer", false, 0, -1},
    {"nothing", "", "the pool is empty", false, 0, -1},
    {"blanks", "  ", "the pool ends in the middle", false, 0, -1},
    {"cut", "<VM_POOL><VM><ID>5</ID>", "the pool ends in the middle", false, 0, -1},
    {"cut in a name", "<VM_POOL><VM><I", "the pool ends in the middle", false, 0, -1},
    {"no XML", "Internal error", "the pool is not valid XML (line 1: Document is empty)", false,
     0, -1},
    {"wrong nesting", "<VM_POOL><VM></VM_POOL></VM>",
     "the pool is not valid XML (line 1: Opening and ending tag mismatch: VM line 1 and VM_POOL)",
     false, 0, -1},
    {"not UTF-8", POOL("<VM><NAME>\xe9t\xe9</NAME></VM>"),
     "the pool is not valid XML (line 1: Input is not proper UTF-8, indicate encoding !", false, 0,
     -1},
    {"a declaration that lies",
     "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" POOL(VM("<DEPLOY_ID>\xc3\xa9</DEPLOY_ID>")),
     "5 a 3/4 action 0 link - os - deploy \xc3\xa9 host (null) source (null); 1 bad 0", false, 0,
     -1},
    {"a file as entity",
     "<!DOCTYPE VM_POOL [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" POOL("<VM><NAME>&x;</NAME></VM>"),
     "the pool has a document type, which OpenNebula never sends: refused", false, 0, -1},
    {"billion laughs",
     "<!DOCTYPE lolz [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
     "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]><VM_POOL>&c;</VM_POOL>",
     "the pool has a document type, which OpenNebula never sends: refused", false, 0, -1},
    {"an outer document type", "<!DOCTYPE VM_POOL SYSTEM \"http://127.0.0.1:1/x.dtd\"><VM_POOL/>",
     "the pool has a document type, which OpenNebula never sends: refused", false, 0, -1},
    {"an unknown entity", POOL("<VM><NAME>&x;</NAME></VM>"),
     "the pool is not valid XML (line 1: Entity 'x' not defined)", false, 0, -1},
};

static void
test_row(void **state)
{
    const struct row *row = *state;
    struct pool_options options = plain;

    options.linked = row->linked;
    options.first = row->first;
    options.last = row->last;
    for (gsize piece = 1; piece < 100; piece += 98) {
        g_autoptr(GString) got = g_string_new("");
        g_autoptr(GError) error = NULL;
        struct pool_seen seen;
        CLEANUP(frontend_answer_unref) struct frontend_answer *a = NULL;

        a = parse(&options, row->text, strlen(row->text), piece, &seen, &error);
        for (guint i = 0; a != NULL && i < a->vms->len; i++) {
            g_autofree char *text = vm_text(&g_array_index(a->vms, struct frontend_vm, i));

            g_string_append_printf(got, "%s; ", text);
        }
        if (a == NULL) /* libxml2's own words follow */
            g_string_assign(got, g_str_has_prefix(error->message, row->becomes) ? row->becomes
                                                                                : error->message);
        else if (seen.n_bad == 0)
            g_string_append_printf(got, "%u bad 0", seen.n_vms);
        else
            g_string_append_printf(got, "%u bad %u: %s", seen.n_vms, seen.n_bad, seen.bad);
        assert_string_equal(got->str, row->becomes);
    }
}

/* Sanitizers keep what was freed. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

static long
peak_kib(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* begin, then 64 MiB of piece, in one document: memory must not grow with it. */
static void
assert_bounded(const char *begin, const char *piece, const char *says)
{
    CLEANUP(frontend_answer_unref)
    struct frontend_answer *a = frontend_answer_new("one", RESULT_COMPLETE);
    CLEANUP(pool_free) struct pool *p = pool_new(&plain, a);
    g_autoptr(GString) many = g_string_new("");
    g_autoptr(GError) error = NULL;
    long before;

    while (many->len < 16384)
        g_string_append(many, piece);
    before = peak_kib();
    assert_true(pool_push(p, begin, strlen(begin), NULL));
    for (gsize n = 0; n < 64 * 1024 * 1024 && error == NULL; n += many->len)
        pool_push(p, many->str, many->len, &error);
    if (error == NULL)
        pool_end(p, &error);
    assert_non_null(error);
    if (strstr(error->message, says) == NULL)
        fail_msg("%s: %s", begin, error->message);
    if (!SANITIZED)
        assert_in_range(peak_kib() - before, 0, 32 * 1024);
}

static void
test_memory(void **state)
{
    (void)state;
    assert_bounded("<VM_POOL><VM><NAME>", "abcdefgh", "ends in the middle");
    assert_bounded("<VM_POOL><VM><TEMPLATE><X>", "abcdefgh", "ends in the middle");
    assert_bounded("<VM_POOL>", "<x>", "deeper than 64");
    assert_bounded("<VM_POOL><VM a=\"", "abcdefgh", "");
    assert_bounded("<VM_POOL><", "abcdefgh", "");
    assert_bounded("<VM_POOL><!--", "abcdefgh", "");
    assert_bounded("<VM_POOL><VM><NAME><![CDATA[", "abcdefgh", "Huge input lookup");
    assert_bounded("<VM_POOL>", "<VM><ID>1</ID></VM>", "ends in the middle");
}

int
main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(test_pool_in_pieces), cmocka_unit_test(test_identity),
        cmocka_unit_test(test_synthetic),      cmocka_unit_test(test_memory),
    };
    gsize n_oracles, n = 0;
    const struct oracle *all = oracles(&n_oracles);
    g_autofree struct CMUnitTest *tests =
        g_new(struct CMUnitTest, G_N_ELEMENTS(fixed) + G_N_ELEMENTS(rows) + n_oracles);

    walk_prepare();
    for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
        tests[n++] = fixed[i];
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        tests[n++] = (struct CMUnitTest){.name = rows[i].name, .test_func = test_row,
                                         .initial_state = (void *)(gintptr)&rows[i]};
    for (gsize i = 0; i < n_oracles; i++) {
        g_autofree char *name = g_strdup_printf("VM %d %s", (int)all[i].id, all[i].state_name);

        tests[n++] = (struct CMUnitTest){.name = g_intern_string(name),
                                         .test_func = test_vm_file,
                                         .initial_state = (void *)(gintptr)&all[i]};
    }
    return harness_run("opennebula_pool", tests, n, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The status board as a page: what hostile names become, the policy and its
 * hashes, languages, and what is shown of whom.  (In a browser: tests/browser.)
 */
#include "config.h"

#include "board/html.h"
#include "board/page.h"
#include "harness.h"

#include <glib.h>
#include <string.h>

/* --- escaping ------------------------------------------------------------------------ */

static const struct {
    const char *text, *html;
} escapes[] = {
    {"", ""},
    {"kvm-0001.example.org", "kvm-0001.example.org"},
    {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
    {"\" onload='x' &amp;", "&quot; onload=&#39;x&#39; &amp;amp;"},
    {"two\nlines\ttab\r", "two\xef\xbf\xbdlines\xef\xbf\xbdtab\xef\xbf\xbd"},
    {"bell\a esc\33[31m del\177", "bell\xef\xbf\xbd esc\xef\xbf\xbd[31m del\xef\xbf\xbd"},
    {"C1 \xc2\x9b", "C1 \xef\xbf\xbd"},
    {"Zürich", "Zürich"},
    {"bad \xff\xfe utf", "bad \xef\xbf\xbd\xef\xbf\xbd utf"},
    {"cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd"},
    {"surrogate \xed\xa0\x80", "surrogate \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"overlong \xc0\xbc", "overlong \xef\xbf\xbd\xef\xbf\xbd"},
    {"turned \xe2\x80\xaetxt.exe", "turned \xef\xbf\xbdtxt.exe"},
    {"\xef\xbf\xbf no character", "\xef\xbf\xbd no character"},
    {"\xf0\x9f\x96\xa5 fine", "\xf0\x9f\x96\xa5 fine"},
};

static void
test_escapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(escapes); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        html_text(out, escapes[i].text);
        assert_string_equal(out->str, escapes[i].html);
    }
}

/* Whatever bytes: valid UTF-8 comes out, and nothing that ends a text or an attribute. */
static void
test_any_bytes(void **state)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(11);

    (void)state;
    for (int i = 0; i < 2000; i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        char bytes[24];
        size_t n = (size_t)g_rand_int_range(random, 0, sizeof(bytes));
        for (size_t k = 0; k < n; k++)
            bytes[k] = (char)g_rand_int_range(random, 1, 256);
        bytes[n] = '\0';
        html_text(out, bytes);
        assert_true(g_utf8_validate(out->str, (gssize)out->len, NULL));
        assert_null(strpbrk(out->str, "<>\"'\n\r\t\33"));
    }
}

/* --- pages ----------------------------------------------------------------------------- */

static const char *
fake_text(const char *english, void *data)
{
    (void)data;
    return strcmp(english, "Status board") == 0 ? "T\xc3\xa4""fel</script><b>\"" : NULL;
}

static char *
fake_status(enum state state, enum activity activity, void *data)
{
    (void)data;
    return g_strdup_printf("S%d.%d", (int)state, (int)activity);
}

static char *
fake_sentence(const char *english, void *data)
{
    (void)data;
    return g_strdup_printf("Satz<%s", english);
}

static const struct board_language both[] = {
    {.tag = "en"},
    {.tag = "xx", .text = fake_text, .sentence = fake_sentence, .status = fake_status},
};

static char *
render(const struct board *b, const struct board_page *page)
{
    GString *out = g_string_new(NULL);

    board_render(b, page, out);
    return g_string_free(out, FALSE);
}

static char *
plain(const struct board *b)
{
    const struct board_page page = {.languages = both, .n_languages = 1};

    return render(b, &page);
}

#define EVIL "\"><script>alert(1)</script><img src=x onerror=alert(2)>'\n\xff"

static struct board *
hostile(void)
{
    static const char *evil[] = {EVIL, EVIL " [5.1 %]", NULL};
    struct board *b = board_new(EVIL, 1000000);
    struct board_vm vm = {.uuid = "11111111-0000-4000-8000-000000000001", .name = EVIL, .dn = EVIL, .problem = EVIL, .node = EVIL,
                          .home = EVIL, .target = EVIL, .reason = EVIL, .stale = EVIL,
                          .request = EVIL, .one = EVIL, .since = 999000, .stale_since = 999500,
                          .permille = 51, .kind = KIND_TEMPLATE, .state = STATE_STOPPED,
                          .activity = ACTIVITY_STREAMING};
    struct board_node node = {.name = EVIL, .state = EVIL, .reason = EVIL, .hypervisor = EVIL,
                              .domains = 3};

    for (unsigned a = 0; a < ACTION_COUNT; a++)
        vm.denied[a] = EVIL;
    for (int i = 0; i < 2; i++) {
        vm.alarms = g_memdup2(evil, sizeof(evil));
        vm.details = g_memdup2(evil, sizeof(evil));
        g_array_append_val(b->vms, vm);
    }
    for (unsigned i = 0; i < 2; i++) {
        const struct board_change change = {.time = 999000, .what = i == 0 ? BOARD_STATUS : "stale", .known = true,
                                            .old = EVIL, .new = EVIL, .who = EVIL, .why = EVIL};
        board_add_change(b, &g_array_index(b->vms, struct board_vm, i), &change);
    }
    b->changes_since = 900000;
    node.alarms = g_memdup2(evil, sizeof(evil));
    g_array_append_val(b->nodes, node);
    board_add_notice(b, EVIL);
    return b;
}

static unsigned
count(const char *text, const char *what)
{
    unsigned n = 0;

    for (const char *p = text; (p = strstr(p, what)) != NULL; p += strlen(what))
        n++;
    return n;
}

static void
test_hostile(void **state)
{
    const struct board_page page = {.languages = both, .n_languages = 2, .language = 1};
    CLEANUP(board_unref) struct board *b = hostile();
    g_autofree char *one = plain(b);
    g_autofree char *two = render(b, &page);

    (void)state;
    assert_true(g_utf8_validate(one, -1, NULL));
    assert_int_equal(count(one, "<script"), 1);
    assert_int_equal(count(two, "<script"), 2); /* and the texts */
    assert_int_equal(count(two, "</script"), 2);
    for (int i = 0; i < 2; i++) {
        const char *html = i == 0 ? one : two;
        assert_null(strstr(html, "<img"));
        assert_null(strstr(html, "onerror=alert(2)>"));
        assert_null(strstr(html, "<b>\""));
        assert_int_equal(count(html, "<html"), 1);
        assert_int_equal(count(html, "id=\"entry-"), 1); /* the second of one UUID */
    }
}

/* The hash in the policy is that of the element. */
static void
expect_hash(const char *html, const char *begin, const char *end)
{
    const char *from = strstr(html, begin) + strlen(begin);
    gsize size = 32;
    guint8 digest[32];
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    g_checksum_update(sum, (const guchar *)from, strstr(from, end) - from);
    g_checksum_get_digest(sum, digest, &size);
    g_autofree char *encoded = g_base64_encode(digest, size);
    g_autofree char *wanted = g_strdup_printf("'sha256-%s'", encoded);
    g_autofree char *policy = board_policy();
    assert_non_null(strstr(policy, wanted));
    assert_non_null(strstr(html, policy));
}

static void
test_policy(void **state)
{
    CLEANUP(board_unref) struct board *b = board_new("ou=x", 0);
    g_autofree char *html = plain(b);

    (void)state;
    expect_hash(html, "<style>", "</style>");
    expect_hash(html, "<script>", "</script>");
    assert_non_null(strstr(html, "\"default-src 'none';"));
    assert_null(strstr(html, "unsafe"));
    assert_null(strstr(html, " style="));
    assert_null(strstr(html, " onclick="));
}

static void
test_empty(void **state)
{
    CLEANUP(board_unref) struct board *b = board_new("ou=x", 0);
    g_autofree char *html = plain(b);

    (void)state;
    assert_non_null(strstr(html, "The directory has no machines."));
    assert_non_null(strstr(html, "The directory has no nodes."));
    assert_null(strstr(html, "id=\"tools\""));
    assert_null(strstr(html, "refresh\" content"));
}

/* What was published is translated, up to a limit; names never are. */
static void
test_sentences(void **state)
{
    enum { N_SAME = 3, N_OTHERS = 1000 };
    const struct board_page page = {.languages = both, .n_languages = 2, .language = 1};
    g_autoptr(GString) out = g_string_new(NULL);
    CLEANUP(html_free) struct html *h = html_new(&page, out);

    (void)state;
    for (int i = 0; i < N_SAME; i++)
        html_sentence(h, "vm-node-01 reports running");
    assert_int_equal(count(out->str, "<bdi data-t=\"0\">Satz&lt;vm-node-01 reports running</bdi>"),
                     N_SAME);
    html_foreign(h, "vm-node-01 reports running");
    assert_int_equal(count(out->str, "<bdi>vm-node-01 reports running</bdi>"), 1);
    assert_string_equal(html_sentence_word(h, "vm-node-01 reports running"),
                        "Satz<vm-node-01 reports running");
    html_sentence(h, NULL);
    assert_null(html_sentence_word(h, NULL));
    for (int i = 0; i < N_OTHERS; i++) {
        g_autofree char *text = g_strdup_printf("number %d", i);

        html_sentence(h, text);
    }
    assert_non_null(strstr(out->str, ">Satz&lt;number 0<"));
    assert_non_null(strstr(out->str, "<bdi>number 999</bdi>"));
    html_sentence(h, "vm-node-01 reports running");
    assert_int_equal(count(out->str, ">Satz&lt;vm-node-01 reports running<"), N_SAME + 1);
    g_string_truncate(out, 0);
    html_texts(h);
    assert_int_equal(count(out->str, "\"vm-node-01 reports running\""), 1); /* English */
    assert_int_equal(count(out->str, "\"Satz\\u003cvm-node-01 reports running\""), 1);
    assert_null(strstr(out->str, "~"));
}

static void
test_languages(void **state)
{
    const struct board_page page = {.languages = both, .n_languages = 2, .language = 1};
    CLEANUP(board_unref) struct board *b = hostile();
    g_autofree char *html = render(b, &page);

    (void)state;
    assert_non_null(strstr(html, "<html lang=\"xx\">"));
    assert_non_null(strstr(html, "T\xc3\xa4""fel&lt;/script&gt;&lt;b&gt;&quot;</title>"));
    assert_non_null(strstr(html, ">S1.1</span>"));
    assert_non_null(strstr(html, "\"Stopped, streaming\""));
    assert_non_null(strstr(html, "\"S1.1\""));
    assert_non_null(strstr(html, "T\xc3\xa4""fel\\u003c/script\\u003e\\u003cb\\u003e\\u0022\""));
    assert_non_null(strstr(html, "<option value=\"xx\" lang=\"xx\" selected>xx</option>"));
}

static void
test_live(void **state)
{
    struct board_page page = {.languages = both, .n_languages = 1, .live = true, .refresh = 10};
    CLEANUP(board_unref) struct board *b = board_new("ou=x", 0);
    g_autofree char *html = render(b, &page);

    (void)state;
    assert_non_null(strstr(html, "<noscript><meta http-equiv=\"refresh\" content=\"10\">"));
    assert_non_null(strstr(html, "href=\"?refresh=0\""));
    page.refresh = 0;
    g_autofree char *still = render(b, &page);
    assert_null(strstr(still, "http-equiv=\"refresh\""));
    assert_non_null(strstr(still, "This page stays as it is."));
}

/* Sorted as people count, each machine once, with a bar where there is progress. */
static void
test_machines(void **state)
{
    static const char *const names[] = {"kvm-10", "KVM-2", "kvm-1"};
    CLEANUP(board_unref) struct board *b = board_new("ou=x", 100000);
    struct board_vm vm = {.dn = "sstVirtualMachine=x", .since = 100000 - 3 * 3600 - 20 * 60,
                          .permille = -1, .stale_since = -1, .kind = KIND_PERSISTENT,
                          .state = STATE_RUNNING, .actions = ACTION_BIT(ACTION_SHUTDOWN)};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        vm.name = names[i];
        vm.permille = i == 0 ? 51 : -1;
        vm.activity = i == 0 ? ACTIVITY_STREAMING : ACTIVITY_NONE;
        vm.denied[ACTION_START] = "a domain is active";
        g_array_append_val(b->vms, vm);
    }
    g_autofree char *html = plain(b);
    const char *list = strstr(html, "<ul id=\"vms\"");
    assert_true(strstr(list, "kvm-1<") < strstr(list, "KVM-2<"));
    assert_true(strstr(list, "KVM-2<") < strstr(list, "kvm-10<"));
    assert_int_equal(count(list, "<li><details"), 3);
    assert_non_null(strstr(list, "<progress max=\"1000\" value=\"51\" aria-label=\"Progress\">5.1 %"));
    assert_non_null(strstr(list, ">3 h 20 min<"));
    assert_int_equal(count(list, "<li class=\"yes\" tabindex=\"0\" title=\"Shut down VM\"><b><span>Shut down</span></b>"), 3);
    assert_int_equal(count(list, "<li class=\"no\" tabindex=\"0\" title=\"Start VM: a domain is active\">"), 3);
    assert_int_equal(count(list, "<bdi>a domain is active</bdi>"), 3);
}

/* --- what needs attention ----------------------------------------------------------------- */

static void
add_with(struct board *b, const char *name, const char *alarm, const char *stale, enum state state)
{
    struct board_vm vm = {.dn = name, .name = name, .since = -1, .stale = stale, .stale_since = -1, .permille = -1,
                          .kind = KIND_PERSISTENT, .state = state};

    if (alarm != NULL) {
        vm.alarms = g_new0(const char *, 2);
        vm.alarms[0] = alarm;
    }
    g_array_append_val(b->vms, vm);
}

/* The worst first; nodes before machines, and these by name, where they are as bad. */
static void
test_attention(void **state)
{
    static const char *const order[] = {"z-twice", "node-a", "d-crashed", "f-error", "e-other", "c-entry", "b-stale"};
    CLEANUP(board_unref) struct board *b = board_new("ou=x", 2000);
    const struct board_node node = {.name = "node-a", .domains = -1, .reachable = 0};

    (void)state;
    add_with(b, "a-fine", NULL, NULL, STATE_RUNNING);
    add_with(b, "b-stale", NULL, "nobody answers", STATE_RUNNING);
    add_with(b, "c-entry", "migration-to-self: it is there", NULL, STATE_RUNNING);
    add_with(b, "d-crashed", NULL, NULL, STATE_CRASHED);
    add_with(b, "e-other", "an-alarm-of-tomorrow", NULL, STATE_RUNNING);
    add_with(b, "f-error", "io-error: no space", NULL, STATE_FROZEN);
    add_with(b, "z-twice", "duplicate: vm-node-01, vm-node-02", NULL, STATE_RUNNING);
    g_array_append_val(b->nodes, node);
    g_autofree char *html = plain(b);
    char *p = strstr(html, "id=\"attention\"");
    *strstr(p, "</section>") = '\0';
    assert_null(strstr(p, "a-fine"));
    assert_int_equal(count(p, "<li>"), G_N_ELEMENTS(order));
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        p = strstr(p, order[i]);
        assert_non_null(p);
    }
}

/* --- what became of machines ---------------------------------------------------------------- */

static struct board *
one_machine(void)
{
    struct board *b = board_new("ou=x", 2000);
    const struct board_vm vm = {.dn = "sstVirtualMachine=x", .name = "kvm", .since = 1000, .permille = -1,
                                .stale_since = -1, .kind = KIND_PERSISTENT, .state = STATE_RUNNING};

    g_array_append_val(b->vms, vm);
    return b;
}

static void
became(struct board *b, gint64 time, const char *what, const char *old, const char *new)
{
    const struct board_change change
        = {.time = time, .what = what, .known = old != NULL, .old = old, .new = new, .who = "me"};

    board_add_change(b, &g_array_index(b->vms, struct board_vm, 0), &change);
}

static void
test_changes(void **state)
{
    CLEANUP(board_unref) struct board *b = one_machine();
    g_autofree char *without = plain(b);

    (void)state;
    assert_null(strstr(without, "class=\"changes\""));
    assert_null(strstr(without, "quiet note"));
    became(b, 1750, BOARD_STATUS, "Running", "Crashed");
    became(b, 1500, BOARD_STATUS, "Stopped", "Running, streaming [5.1 %]");
    became(b, 1400, "requested", NULL, NULL);
    became(b, 1300, BOARD_ENTRY, NULL, "made");
    b->changes_since = 1000;
    g_autofree char *html = plain(b);
    assert_non_null(strstr(html, "<rect class=\"off\" x=\"0\" width=\"500\" height=\"10\"/>"
                                 "<rect class=\"up\" x=\"500\" width=\"250\" height=\"10\"/>"
                                 "<rect class=\"bad\" x=\"750\" width=\"250\" height=\"10\"/></svg>"));
    assert_non_null(strstr(html, "<span>status</span>: <span>Running</span> &rarr; <b><span>Crashed</span></b>"
                                 " <span class=\"quiet\"><bdi>me</bdi></span></li>"));
    assert_non_null(strstr(html, "&rarr; <b><span>Running, streaming</span> [5.1 %]</b>"));
    assert_non_null(strstr(html, "<span>requested</span>: <b><span>none</span></b>"));
    assert_non_null(strstr(html, "<span>entry</span>: <b><span>made</span></b>"));
    assert_non_null(strstr(html, "What became of each machine is shown with it, since</span> <time"
                                 " datetime=\"1970-01-01T00:16:40Z\">"));
    assert_null(strstr(html, "older changes"));
}

static void
test_many_changes(void **state)
{
    CLEANUP(board_unref) struct board *b = one_machine();

    (void)state;
    for (int i = 0; i < 100; i++)
        became(b, 1990 - i, BOARD_STATUS, i % 2 ? "Running" : "Stopped", i % 2 ? "Stopped" : "Running");
    b->changes_since = 0;
    b->own_changes = true;
    g_autofree char *html = plain(b);
    const char *list = strstr(html, "<ol>");
    assert_int_equal(count(list, "<li><time"), BOARD_CHANGES_MAX);
    assert_non_null(strstr(list, "<li class=\"quiet\"><span>older changes are not shown</span></li></ol>"));
    assert_non_null(strstr(html, "<time datetime=\"1970-01-01T00:33:03Z\">1970-01-01 00:33</time>"
                                 " <time datetime=\"1970-01-01T00:33:20Z\">")); /* the bar begins there */
    assert_non_null(strstr(html, "What this program wrote is shown"));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_escapes), cmocka_unit_test(test_any_bytes),
    cmocka_unit_test(test_hostile), cmocka_unit_test(test_policy),
    cmocka_unit_test(test_empty),   cmocka_unit_test(test_languages), cmocka_unit_test(test_sentences),
    cmocka_unit_test(test_live),    cmocka_unit_test(test_machines),
    cmocka_unit_test(test_attention),
    cmocka_unit_test(test_changes), cmocka_unit_test(test_many_changes),
};

HARNESS_MAIN("board", tests)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench/floor-ldap - how fast the directory can be used at all: what libldap and
 * the server cost without a program around them, and our own modules beside it.
 *
 *   floor-ldap URI BIND-DN PASSWORD-FILE BASE MODE [ARGUMENT...]
 *
 *   connect            connect and bind
 *   search [PAGE]      all VMs below BASE with the attributes a pass asks for;
 *                      values are looked at, nothing is kept
 *   modify N WINDOW    read name and entryCSN of all VMs (not timed), then one modify
 *                      each: N values (1 to 10) replaced, assertion on the
 *                      entryCSN, post-read of it, WINDOW in flight
 *   read               as search, by src/directory: entries are built and kept
 *   write N WINDOW     as modify, by src/directory
 *
 * Before `modify' and `write' the auxiliary class has to be there: `prepare' adds it.
 * StartTLS is not used; ldaps:// and ldapi:// are.  One line on standard output:
 *
 *   floor-ldap mode=modify n=10000 values=8 window=64 seconds=0.912345 rate=10961 cpu=0.180000
 *       maxrss_kib=9000   (on the same line)
 */
#include "config.h"

#include "directory/control.h"
#include "directory/filter.h"
#include "directory/read.h"
#include "directory/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const char *const values[][2] = {
    {"sstVirtualMachineStatus", "Running, streaming [5.1 %]"},
    {"sstVirtualMachineStatusReason", "running: vm-node-01 reports running (booted)"},
    {"sstVirtualMachineStatusState", "Running"},
    {"sstVirtualMachineStatusActive", "TRUE"},
    {"sstVirtualMachineStatusSince", "20260101000000Z"},
    {"sstVirtualMachineStatusNode", "vm-node-01.example.org"},
    {"sstVirtualMachineAllowedAction", "shutdown"},
    {"sstVirtualMachineOneState", "3"},
    {"sstVirtualMachineOneLcmState", "3"},
    {"sstVirtualMachineOneName", "ACTIVE/RUNNING runn"},
};

struct sum {
    guint n;
    size_t n_bytes;
};

static G_GNUC_NORETURN void
die(const char *what, const GError *error)
{
    fprintf(stderr, "floor-ldap: %s: %s\n", what, error ? error->message : "failed");
    exit(1);
}

static double
now(void)
{
    return (double)g_get_monotonic_time() / 1e6;
}

static double
cpu(void)
{
    struct rusage r;

    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
           (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static void
print_result(const char *mode, guint n, const char *more, double seconds, double cpu_s)
{
    struct rusage r;

    getrusage(RUSAGE_SELF, &r);
    printf("floor-ldap mode=%s n=%u%s seconds=%.6f rate=%.0f cpu=%.6f maxrss_kib=%ld\n", mode, n,
           more, seconds, seconds > 0 ? n / seconds : 0.0, cpu_s, r.ru_maxrss);
}

static struct directory_options *
make_options(char **argv)
{
    struct directory_options *o = directory_options_new();
    char *uris[] = {argv[1], NULL};

    g_strfreev(o->uris);
    o->uris = g_strdupv(uris);
    o->starttls = DIRECTORY_STARTTLS_NO;
    o->timeout = 60000;
    directory_options_set(&o->bind_dn, argv[2]);
    directory_options_set(&o->password_file, argv[3]);
    directory_options_set(&o->base, argv[4]);
    return o;
}

static struct directory_connection *
open_connection(const struct directory_options *o)
{
    g_autoptr(GError) error = NULL;
    struct directory_connection *c = directory_connection_open(o, NULL, &error);

    if (!c)
        die("connect", error);
    return c;
}

/* --- the floor -------------------------------------------------------------------------------- */

static void
look_at(LDAP *ld, LDAPMessage *message, struct sum *sum)
{
    BerElement *ber = NULL;
    struct berval name;
    struct berval *found = NULL;

    sum->n++;
    if (ldap_get_dn_ber(ld, message, &ber, &name) != LDAP_SUCCESS)
        die("decode", NULL);
    while (ldap_get_attribute_ber(ld, message, ber, &name, &found) == LDAP_SUCCESS &&
           name.bv_val) {
        for (struct berval *v = found; v && v->bv_val; v++)
            sum->n_bytes += v->bv_len;
        ber_memfree(found);
    }
    ber_free(ber, 0);
}

/* One page; returns whether another follows. */
static bool
search_page(LDAP *ld, const char *base, int page, struct berval *cookie, struct sum *sum)
{
    char **attributes = (char **)(uintptr_t)entry_vm_attributes();
    LDAPControl *controls[2] = {NULL, NULL};
    LDAPControl **answer = NULL;
    LDAPMessage *message = NULL;
    int code = LDAP_OTHER;
    int id = 0;
    int type;
    ber_int_t estimate;

    if (page)
        ldap_create_page_control(ld, page, cookie, 1, &controls[0]);
    if (ldap_search_ext(ld, base, LDAP_SCOPE_SUBTREE, filter_vms, attributes, 0, controls, NULL,
                        NULL, 0, &id) != LDAP_SUCCESS)
        die("search", NULL);
    ldap_control_free(controls[0]);
    while ((type = ldap_result(ld, id, LDAP_MSG_ONE, NULL, &message)) == LDAP_RES_SEARCH_ENTRY) {
        look_at(ld, message, sum);
        ldap_msgfree(message);
    }
    if (type != LDAP_RES_SEARCH_RESULT ||
        ldap_parse_result(ld, message, &code, NULL, NULL, NULL, &answer, 1) != LDAP_SUCCESS ||
        code != LDAP_SUCCESS)
        die("search result", NULL);
    ber_memfree(cookie->bv_val);
    *cookie = (struct berval){0, NULL};
    if (page && answer)
        ldap_parse_pageresponse_control(
            ld, ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, answer, NULL), &estimate, cookie);
    ldap_controls_free(answer);
    return cookie->bv_len > 0;
}

/* As a program that just uses libldap would: nothing of src/directory. */
static LDAP *
open_plain(const struct directory_options *o)
{
    g_autofree char *password = NULL;
    int version = LDAP_VERSION3;
    LDAP *ld = NULL;

    if (!g_file_get_contents(o->password_file, &password, NULL, NULL))
        die("password", NULL);
    g_strchomp(password);
    struct berval secret = {strlen(password), password};
    if (ldap_initialize(&ld, o->uris[0]) != LDAP_SUCCESS ||
        ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version) != LDAP_OPT_SUCCESS ||
        ldap_sasl_bind_s(ld, o->bind_dn, LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL) !=
            LDAP_SUCCESS)
        die("connect and bind", NULL);
    return ld;
}

static void
do_search(const struct directory_options *o, int page)
{
    double before = now();
    LDAP *ld = open_plain(o);
    double start = now();
    g_autofree char *base = g_strdup_printf("%s,%s", o->vm_subtree, o->base);
    g_autofree char *more = g_strdup_printf(" page=%d connect=%.6f", page, start - before);
    struct berval cookie = {0, NULL};
    struct sum sum = {0};
    double used = cpu();

    while (search_page(ld, base, page, &cookie, &sum))
        continue;
    print_result("search", sum.n, more, now() - start, cpu() - used);
    ber_memfree(cookie.bv_val);
    ldap_unbind_ext(ld, NULL, NULL);
}

/* --- changes for all VMs ---------------------------------------------------------------------- */

static void
free_change(gpointer data)
{
    change_free(data);
}

static GPtrArray *
make_changes(struct directory_connection *c, const struct directory_options *o, guint n_values)
{
    g_autoptr(GError) error = NULL;
    CLEANUP(directory_snapshot_free)
    struct directory_snapshot *s = directory_read(c, o, NULL, NULL, &error);
    GPtrArray *changes = g_ptr_array_new_with_free_func(free_change);
    int stamp = g_random_int_range(0, 1000000);

    if (!s)
        die("read", error);
    for (guint i = 0; i < s->entries->len; i++) {
        const struct entry *e = s->entries->pdata[i];
        struct change *change;

        if (entry_type(e) != ENTRY_VM)
            continue;
        change = change_new(entry_dn(e), entry_csn(e));
        for (guint k = 0; k < n_values; k++) {
            /* The two texts differ from run to run. */
            g_autofree char *value = k < 2 ? g_strdup_printf("%s %d", values[k][1], stamp)
                                           : g_strdup(values[k][1]);

            change_replace(change, values[k][0], value);
        }
        if (n_values == 0)
            change_mod_value(change_add_mod(change, CHANGE_ADD, "objectClass"),
                             "sstVirtualMachineStatusObject");
        g_ptr_array_add(changes, change);
    }
    return changes;
}

/* A change as plain libldap structures, made before the clock starts. */
struct plain {
    char *dn;
    char *assertion;
    LDAPMod **mods;
};

static struct plain
make_plain(const struct change *change)
{
    guint n = change->mods->len;
    struct plain p = {.dn = change->dn, .mods = g_new0(LDAPMod *, n + 1)};

    p.assertion = filter_equal("entryCSN", change->csn);
    for (guint i = 0; i < n; i++) {
        const struct change_mod *from = &g_array_index(change->mods, struct change_mod, i);

        p.mods[i] = g_new0(LDAPMod, 1);
        p.mods[i]->mod_op = LDAP_MOD_REPLACE;
        p.mods[i]->mod_type = (char *)(uintptr_t)from->attribute;
        p.mods[i]->mod_values = g_new0(char *, 2);
        p.mods[i]->mod_values[0] = from->values->pdata[0];
    }
    return p;
}

static void
free_plain(struct plain *p)
{
    for (guint i = 0; p->mods[i]; i++) {
        g_free(p->mods[i]->mod_values);
        g_free(p->mods[i]);
    }
    g_free(p->mods);
    g_free(p->assertion);
}

static void
send_plain(LDAP *ld, const struct plain *p, LDAPControl *post_read)
{
    LDAPControl *controls[3] = {post_read, NULL, NULL};
    int id;

    if (ldap_create_assertion_control(ld, p->assertion, 1, &controls[1]) != LDAP_SUCCESS ||
        ldap_modify_ext(ld, p->dn, p->mods, controls, NULL, &id) != LDAP_SUCCESS)
        die("modify", NULL);
    ldap_control_free(controls[1]);
}

static void
take_plain(LDAP *ld)
{
    LDAPControl **controls = NULL;
    LDAPMessage *message = NULL;
    g_autofree char *csn = NULL;
    int code = LDAP_OTHER;

    if (ldap_result(ld, LDAP_RES_ANY, LDAP_MSG_ONE, NULL, &message) != LDAP_RES_MODIFY ||
        ldap_parse_result(ld, message, &code, NULL, NULL, NULL, &controls, 1) != LDAP_SUCCESS ||
        code != LDAP_SUCCESS)
        die("modify result", NULL);
    csn = control_post_read_value(controls, "entryCSN");
    if (!csn)
        die("no post-read", NULL);
    ldap_controls_free(controls);
}

static void
do_modify(const struct directory_options *o, guint n_values, guint window)
{
    struct directory_connection *c = open_connection(o);
    LDAP *ld = directory_connection_handle(c);
    g_autoptr(GPtrArray) changes = make_changes(c, o, n_values);
    g_autofree char *more = g_strdup_printf(" values=%u window=%u", n_values, window);
    struct plain *plain = g_new(struct plain, changes->len);
    LDAPControl *post_read = control_post_read("entryCSN");
    guint sent = 0;
    double start, used;

    for (guint i = 0; i < changes->len; i++)
        plain[i] = make_plain(changes->pdata[i]);
    start = now();
    used = cpu();
    for (guint taken = 0; taken < changes->len; taken++) {
        for (; sent < changes->len && sent < taken + window; sent++)
            send_plain(ld, &plain[sent], post_read);
        take_plain(ld);
    }
    print_result("modify", changes->len, more, now() - start, cpu() - used);
    for (guint i = 0; i < changes->len; i++)
        free_plain(&plain[i]);
    g_free(plain);
    ldap_control_free(post_read);
    directory_connection_close(c);
}

/* --- ours ------------------------------------------------------------------------------------- */

static void
check(const struct writer_result *result, void *data)
{
    guint *n_csns = data;

    if (result->error && result->class != DIRECTORY_EXISTS)
        die("write", result->error);
    *n_csns += result->csn != NULL;
}

static void
do_write(const struct directory_options *o, const char *mode, guint n_values, guint window)
{
    struct directory_connection *c = open_connection(o);
    g_autoptr(GPtrArray) changes = make_changes(c, o, n_values);
    g_autofree char *more = g_strdup_printf(" values=%u window=%u", n_values, window);
    g_autoptr(GError) error = NULL;
    guint n_csns = 0;
    double start = now();
    double used = cpu();
    CLEANUP(writer_free) struct writer *w = writer_new(c, (int)window, check, &n_csns, &error);

    for (guint i = 0; i < changes->len; i++)
        writer_send(w, changes->pdata[i]);
    if (!writer_finish(w, &error))
        die("write", error);
    print_result(mode, changes->len, more, now() - start, cpu() - used);
    g_clear_pointer(&w, writer_free);
    directory_connection_close(c);
}

static void
do_read(struct directory_options *o, int page)
{
    struct directory_connection *c = open_connection(o);
    g_autoptr(GError) error = NULL;
    struct directory_snapshot *s;
    g_autofree char *more = g_strdup_printf(" page=%d", page);
    double start = now();
    double used = cpu();

    o->page_size = page;
    s = directory_read(c, o, NULL, NULL, &error);
    if (!s || !s->vms.complete)
        die("read", s ? s->vms.why : error);
    print_result("read", s->vms.n_entries, more, now() - start, cpu() - used);
    directory_snapshot_free(s);
    directory_connection_close(c);
}

static void
do_connect(const struct directory_options *o)
{
    double start = now();
    double used = cpu();
    struct directory_connection *c = open_connection(o);

    print_result("connect", 1, "", now() - start, cpu() - used);
    directory_connection_close(c);
}

static guint
argument(int argc, char **argv, int i, guint least, guint most)
{
    guint64 n = 0;

    if (i >= argc || !g_ascii_string_to_unsigned(argv[i], 10, least, most, &n, NULL))
        die("argument missing or out of range", NULL);
    return (guint)n;
}

int
main(int argc, char **argv)
{
    CLEANUP(directory_options_free) struct directory_options *o = NULL;
    const char *mode = argc > 5 ? argv[5] : "";

    if (argc < 6) {
        fputs("usage: floor-ldap URI BIND-DN PASSWORD-FILE BASE MODE [ARGUMENT...]\n", stderr);
        return 2;
    }
    o = make_options(argv);
    if (strcmp(mode, "connect") == 0)
        do_connect(o);
    else if (strcmp(mode, "search") == 0)
        do_search(o, argc > 6 ? (int)argument(argc, argv, 6, 0, 100000) : 0);
    else if (strcmp(mode, "read") == 0)
        do_read(o, argc > 6 ? (int)argument(argc, argv, 6, 0, 100000) : o->page_size);
    else if (strcmp(mode, "prepare") == 0)
        do_write(o, mode, 0, 64);
    else if (strcmp(mode, "modify") == 0)
        do_modify(o, argument(argc, argv, 6, 1, G_N_ELEMENTS(values)),
                  argument(argc, argv, 7, 1, 1000));
    else if (strcmp(mode, "write") == 0)
        do_write(o, mode, argument(argc, argv, 6, 1, G_N_ELEMENTS(values)),
                 argument(argc, argv, 7, 1, 1000));
    else
        die("unknown mode", NULL);
    return 0;
}

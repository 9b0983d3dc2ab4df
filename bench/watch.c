/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "watch.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_S    20 /* a status that has not come by then never will */
#define TEXT       "sstVirtualMachineStatus"
#define FLOOR_TEXT "description"

struct watch {
    LDAP *ld;
    int search;
    char *suffix;
    char *base;
    char *floor_dn;
    char *floor_seen;
    GHashTable *by_uuid; /* of struct watched */
};

static const char *program = "watch";

void
watch_program(const char *name)
{
    program = name;
}

void
watch_die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s: %s\n", program, what, why);
    exit(1);
}

static void
check(const char *what, int rc)
{
    if (rc != LDAP_SUCCESS)
        watch_die(what, ldap_err2string(rc));
}

LDAP *
watch_connect(const char *uri)
{
    int version = LDAP_VERSION3;
    struct berval none = {0, (char[]){""}}; /* without a value the server asks for one */
    LDAP *ld = NULL;

    check(uri, ldap_initialize(&ld, uri));
    ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
    check("bind", ldap_sasl_bind_s(ld, NULL, "EXTERNAL", &none, NULL, NULL, NULL));
    return ld;
}

static void
add_floor_entry(const struct watch *w)
{
    char *classes[] = {(char[]){"organizationalRole"}, NULL};
    LDAPMod class = {.mod_op = LDAP_MOD_ADD, .mod_type = (char[]){"objectClass"}};
    LDAPMod *mods[] = {&class, NULL};

    class.mod_values = classes;
    int rc = ldap_add_ext_s(w->ld, w->floor_dn, mods, NULL, NULL);
    if (rc != LDAP_ALREADY_EXISTS)
        check(w->floor_dn, rc);
}

struct watch *
watch_new(const char *uri, const char *suffix)
{
    struct watch *w = g_new0(struct watch, 1);

    w->suffix = g_strdup(suffix);
    w->base = g_strdup_printf("ou=virtualization,ou=services,%s", suffix);
    w->floor_dn = g_strdup_printf("cn=floor,ou=administration,%s", suffix);
    w->by_uuid = g_hash_table_new(g_str_hash, g_str_equal);
    w->ld = watch_connect(uri);
    add_floor_entry(w);
    return w;
}

void
watch_add(struct watch *w, struct watched *m, const char *uuid)
{
    m->uuid = g_strdup(uuid);
    m->dn = g_strdup_printf("sstVirtualMachine=%s,ou=virtual machines,%s", uuid, w->base);
    g_hash_table_insert(w->by_uuid, m->uuid, m);
}

/* --- what the directory shows -------------------------------------------------------- */

static char *
value_of(LDAP *ld, LDAPMessage *entry, const char *attribute)
{
    struct berval **values = ldap_get_values_len(ld, entry, attribute);
    char *text = values == NULL || values[0] == NULL ? NULL : g_strdup(values[0]->bv_val);

    ldap_value_free_len(values);
    return text;
}

/* The machine that shows another status now; NULL = another entry, or nothing new. */
static struct watched *
take_entry(struct watch *w, LDAPMessage *entry)
{
    char *dn = ldap_get_dn(w->ld, entry);
    struct watched *changed = NULL;

    if (strcasecmp(dn, w->floor_dn) == 0) {
        g_free(w->floor_seen);
        w->floor_seen = value_of(w->ld, entry, FLOOR_TEXT);
    } else if (strlen(dn) > 54) {
        g_autofree char *uuid = g_strndup(dn + strlen("sstVirtualMachine="), 36);
        struct watched *m = g_hash_table_lookup(w->by_uuid, uuid);
        char *status = value_of(w->ld, entry, TEXT);
        if (m != NULL && g_strcmp0(status, m->status) != 0) {
            g_free(m->status);
            m->status = g_steal_pointer(&status);
            changed = m;
        }
        g_free(status);
    }
    ldap_memfree(dn);
    return changed;
}

/* Waits for one message of the search; false: none came. */
static bool
next_message(struct watch *w, gint64 limit_us, struct watched **changed, bool *refreshed)
{
    gint64 left = MAX(limit_us - g_get_monotonic_time(), 0);
    struct timeval wait = {left / G_USEC_PER_SEC, left % G_USEC_PER_SEC};
    LDAPMessage *message = NULL;
    int type = ldap_result(w->ld, w->search, LDAP_MSG_ONE, &wait, &message);

    if (type < 0 || type == LDAP_RES_SEARCH_RESULT)
        watch_die("watch", "it ended");
    if (type == LDAP_RES_SEARCH_ENTRY)
        *changed = take_entry(w, message);
    else if (type == LDAP_RES_INTERMEDIATE)
        *refreshed = true;
    ldap_msgfree(message);
    return type != 0;
}

void
watch_begin(struct watch *w)
{
    char text[] = TEXT;
    char floor_text[] = FLOOR_TEXT;
    char *attributes[] = {text, floor_text, NULL};
    /* refreshAndPersist, no cookie: SEQUENCE { ENUMERATED 3 } */
    struct berval value = {5, (char[]){0x30, 0x03, 0x0a, 0x01, 0x03}};
    LDAPControl *controls[2] = {NULL, NULL};
    bool refreshed = false;

    check("control", ldap_control_create(LDAP_CONTROL_SYNC, 1, &value, 1, &controls[0]));
    check("watch", ldap_search_ext(w->ld, w->suffix, LDAP_SCOPE_SUBTREE,
                                   "(|(objectClass=sstVirtualizationVirtualMachine)(cn=floor))",
                                   attributes, 0, controls, NULL, NULL, 0, &w->search));
    ldap_control_free(controls[0]);
    while (!refreshed) {
        struct watched *changed;
        if (!next_message(w, g_get_monotonic_time() + LIMIT_S * G_USEC_PER_SEC, &changed,
                          &refreshed))
            watch_die("watch", "the refresh does not end");
    }
}

gint64
watch_until(struct watch *w, const struct watched *m, unsigned floor_serial)
{
    gint64 limit = g_get_monotonic_time() + LIMIT_S * G_USEC_PER_SEC;
    char floor_text[32];

    g_snprintf(floor_text, sizeof(floor_text), "%u", floor_serial);
    for (;;) {
        struct watched *changed = NULL;
        bool refreshed;
        if (!next_message(w, limit, &changed, &refreshed))
            return -1;
        if (m != NULL ? changed == m : g_strcmp0(w->floor_seen, floor_text) == 0)
            return g_get_monotonic_time();
    }
}

void
watch_let_pass(struct watch *w, gint64 until)
{
    struct watched *changed;
    bool refreshed;

    while (g_get_monotonic_time() < until)
        (void)next_message(w, until, &changed, &refreshed);
}

void
watch_modify(LDAP *ld, const char *dn, int op, const char *attribute, const char *value)
{
    LDAPMod mod = {.mod_op = op, .mod_type = (char *)(uintptr_t)attribute};
    char *values[] = {(char *)(uintptr_t)value, NULL};
    LDAPMod *mods[] = {&mod, NULL};

    mod.mod_values = value != NULL ? values : NULL;
    check(dn, ldap_modify_ext_s(ld, dn, mods, NULL, NULL));
}

void
watch_write_floor(const struct watch *w, LDAP *ld, unsigned serial)
{
    char text[32];

    g_snprintf(text, sizeof(text), "%u", serial);
    watch_modify(ld, w->floor_dn, LDAP_MOD_REPLACE, FLOOR_TEXT, text);
}

/* --- figures ----------------------------------------------------------------------------- */

static gint
by_value(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double
quantile(const GArray *sorted, double q)
{
    guint at = (guint)(q * sorted->len);

    return g_array_index(sorted, double, MIN(at, sorted->len - 1));
}

void
watch_tell(const char *series, GArray *samples)
{
    g_array_sort(samples, by_value);
    printf("series=%s n=%u median=%.3f p95=%.3f p99=%.3f max=%.3f\n", series, samples->len,
           quantile(samples, 0.5), quantile(samples, 0.95), quantile(samples, 0.99),
           quantile(samples, 1));
    fflush(stdout);
}

#define PAUSE_US 20000

static void
measure(struct watch *w, watch_measure one, void *data, GRand *rand, GArray *into)
{
    double ms = one(data, rand);

    g_array_append_val(into, ms);
    watch_let_pass(w, g_get_monotonic_time() + g_rand_int_range(rand, 0, PAUSE_US));
}

void
watch_take_turns(struct watch *w, const char *name, unsigned n, watch_measure ours,
                 watch_measure floor, void *data)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(42);
    g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) floors = g_array_new(FALSE, FALSE, sizeof(double));
    g_autofree char *floor_name = g_strconcat(name, "-floor", NULL);

    for (unsigned i = 0; i < n; i++) {
        measure(w, ours, data, rand, samples);
        measure(w, floor, data, rand, floors);
    }
    watch_tell(name, samples);
    watch_tell(floor_name, floors);
}

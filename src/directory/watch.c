/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/watch.h"

#include "directory/deadline.h"
#include "directory/dn.h"
#include "directory/filter.h"
#include "directory/result.h"
#include "directory/service_entry.h"
#include "directory/watch-internal.h"
#include "engine/attributes.h"

#include <string.h>

enum {
    SWEEP_SLICE = 2000,     /* us of saying what is gone, at a time */
    SERVICE_RETRY = 10000,  /* ms until an entry above the service entry is looked for again */
};

/* --- what is searched ---------------------------------------------------------- */

static void
set_part(struct watch *w, enum part_kind kind, char *base, int scope, char *filter,
         const char *const *attributes)
{
    struct part *p = &w->parts[kind];

    p->watch = w;
    p->kind = kind;
    p->base = base;
    p->scope = scope;
    p->filter = filter;
    p->attributes = g_strdupv((char **)(uintptr_t)attributes);
}

/* The service entry is searched from the entry above it: so its coming and going is seen. */
static void
set_service_part(struct watch *w)
{
    const char *dn = w->options->service_dn;
    LDAPDN parsed = NULL;
    char *above = NULL;
    char *filter = NULL;

    if (ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS && parsed && parsed[0]) {
        const LDAPAVA *ava = parsed[0][0];
        g_autofree char *name = g_strndup(ava->la_attr.bv_val, ava->la_attr.bv_len);
        g_autofree char *value = g_strndup(ava->la_value.bv_val, ava->la_value.bv_len);

        if (filter_is_attribute(name))
            filter = filter_equal(name, value);
        ldap_dn2str(parsed + 1, &above, LDAP_DN_FORMAT_LDAPV3);
    }
    set_part(w, PART_SERVICE, g_strdup(above && filter ? above : dn),
             above && filter ? LDAP_SCOPE_ONELEVEL : LDAP_SCOPE_BASE,
             filter ? filter : g_strdup("(objectClass=*)"), service_attributes);
    ldap_memfree(above);
    ldap_dnfree(parsed);
}

struct watch *
watch_new(const struct directory_options *o, const struct watch_listener *l)
{
    struct watch *w = g_new0(struct watch, 1);

    w->options = directory_options_copy(o);
    w->listener = *l;
    w->builder = entry_builder_new();
    w->hold_ms = WATCH_HOLD;
    w->ping_ms = WATCH_PING;
    w->poll_ms = WATCH_POLL;
    w->complete_ms = WATCH_POLL_COMPLETE;
    set_part(w, PART_NODES, directory_dn_below(o->node_subtree, o->base), LDAP_SCOPE_SUBTREE,
             g_strdup(filter_nodes), entry_node_attributes());
    set_part(w, PART_VMS, directory_dn_below(o->vm_subtree, o->base), LDAP_SCOPE_SUBTREE,
             g_strdup(filter_vms), entry_vm_attributes());
    set_service_part(w);
    watch_known_init(w);
    return w;
}

void
watch_narrow(struct watch *w, const char *uuid)
{
    struct part *p = &w->parts[PART_VMS];

    g_free(p->filter);
    p->filter = filter_equal(attribute_name(ATTR_VIRTUAL_MACHINE), uuid);
}

void
watch_free(struct watch *w)
{
    if (!w)
        return;
    watch_stop(w);
    watch_forget(w);
    for (int i = 0; i < N_PARTS; i++) {
        g_free(w->parts[i].base);
        g_free(w->parts[i].filter);
        g_strfreev(w->parts[i].attributes);
    }
    g_hash_table_unref(w->known);
    g_hash_table_unref(w->held);
    entry_builder_free(w->builder);
    directory_options_free(w->options);
    g_free(w);
}

void
watch_doubt(struct watch *w)
{
    for (int i = 0; i < N_PARTS; i++) {
        struct part *p = &w->parts[i];

        g_clear_pointer(&p->cookie, g_bytes_unref);
        g_clear_pointer(&p->offered, g_bytes_unref);
        g_clear_pointer(&p->newest_csn, g_free);
        g_clear_pointer(&p->newest_change, g_free);
    }
}

void
watch_forget(struct watch *w)
{
    watch_doubt(w);
    watch_known_clear(w);
    w->has_service = false;
    g_clear_pointer(&w->uri, g_free);
}

/* --- the end --------------------------------------------------------------------- */

static void
forget_timer(struct watch *w, int *id)
{
    dispatch_forget(w->connection, *id);
    *id = 0;
}

static void
stop_part(struct part *p)
{
    dispatch_abandon(p->watch->connection, p->id);
    p->id = 0;
    p->live = false;
    g_clear_pointer(&p->offered, g_bytes_unref);
    g_clear_pointer(&p->sweep, g_array_unref);
}

void
watch_stop(struct watch *w)
{
    if (!w->connection)
        return;
    watch_poll_stop(w);
    for (int i = 0; i < N_PARTS; i++)
        stop_part(&w->parts[i]);
    forget_timer(w, &w->hold_timer);
    forget_timer(w, &w->ping_timer);
    forget_timer(w, &w->sweep_timer);
    forget_timer(w, &w->service_timer);
    dispatch_abandon(w->connection, w->ping);
    w->ping = 0;
    w->connection = NULL;
    w->live = false;
}

void
watch_lose(struct watch *w, const GError *error)
{
    if (!w->connection)
        return;
    watch_stop(w);
    w->listener.lost(error, w->listener.data);
}

/* --- signs of life ---------------------------------------------------------------- */

static void arm_ping(struct watch *w);

static int
send_ping(LDAP *ld, int *msgid, void *data)
{
    (void)data;
    return ldap_whoami(ld, NULL, NULL, msgid); /* any answer is a sign of life */
}

static void
take_ping(struct directory_connection *c, const struct arrival *arrival, void *data)
{
    struct watch *w = data;

    (void)c;
    w->ping = 0;
    ldap_msgfree(arrival->message);
    if (arrival->error)
        watch_lose(w, arrival->error);
    else
        arm_ping(w);
}

static void
ping_timer(struct directory_connection *c, const struct arrival *arrival, void *data)
{
    struct watch *w = data;
    g_autoptr(GError) error = NULL;

    w->ping_timer = 0;
    if (arrival->error) {
        watch_lose(w, arrival->error);
    } else if (w->n_messages != w->n_pinged) {
        arm_ping(w);
    } else {
        w->ping = dispatch_send(c, w->options->timeout, send_ping, take_ping, w, &error);
        if (!w->ping)
            watch_lose(w, error);
    }
}

static void
arm_ping(struct watch *w)
{
    w->n_pinged = w->n_messages;
    w->ping_timer = dispatch_timer(w->connection, w->ping_ms, ping_timer, w);
}

/* --- parts ------------------------------------------------------------------------- */

void
watch_begin_part(struct part *p, bool full)
{
    struct watch *w = p->watch;
    g_autoptr(GError) error = NULL;

    if (w->poll) {
        watch_poll_full(p);
        return;
    }
    stop_part(p);
    if (full)
        g_clear_pointer(&p->cookie, g_bytes_unref);
    p->full = p->cookie == NULL;
    p->present = false;
    p->seen = false;
    p->generation++;
    if (p->kind != PART_SERVICE)
        w->live = false;
    if (!watch_sync_start(p, &error))
        watch_lose(w, error);
}

static void
service_timer(struct directory_connection *c, const struct arrival *arrival, void *data)
{
    struct watch *w = data;

    (void)c;
    w->service_timer = 0;
    if (!arrival->error)
        watch_begin_part(&w->parts[PART_SERVICE], true);
}

/* Everything is there. */
static void
check_live(struct watch *w)
{
    bool complete = w->parts[PART_NODES].full && w->parts[PART_VMS].full;

    for (int i = 0; i < N_PARTS; i++)
        if (!w->parts[i].live)
            return;
    if (w->live)
        return;
    w->live = true;
    w->foreign = false;
    w->parts[PART_NODES].full = w->parts[PART_VMS].full = false;
    w->figures.n_refreshes += complete ? 1 : 0;
    g_free(w->uri);
    w->uri = g_strdup(directory_connection_uri(w->connection));
    w->listener.live(complete, w->listener.data);
    watch_held_run(w);
}

static void
part_live(struct part *p)
{
    struct watch *w = p->watch;

    g_clear_pointer(&p->sweep, g_array_unref);
    if (p->offered) {
        g_clear_pointer(&p->cookie, g_bytes_unref);
        p->cookie = g_steal_pointer(&p->offered);
    }
    p->live = true;
    dispatch_set_limit(w->connection, p->id, 0);
    check_live(w);
    if (w->connection && w->poll)
        watch_poll_next(w);
}

static void
sweep_timer(struct directory_connection *c, const struct arrival *arrival, void *data);

/* Says what is gone, a slice at a time. */
static void
sweep(struct watch *w)
{
    int64_t end = g_get_monotonic_time() + SWEEP_SLICE;

    for (int i = 0; i < N_PARTS && w->connection; i++) {
        struct part *p = &w->parts[i];

        while (p->sweep && p->sweep->len) {
            struct uuid uuid = g_array_index(p->sweep, struct uuid, p->sweep->len - 1);
            const struct known *k = watch_find(w, &uuid);

            g_array_set_size(p->sweep, p->sweep->len - 1);
            if (k && k->generation != p->generation)
                watch_remove(p, &uuid, true);
            if (!w->connection)
                return;
            if (g_get_monotonic_time() >= end) {
                w->sweep_timer = dispatch_timer(w->connection, 0, sweep_timer, w);
                return;
            }
        }
        if (p->sweep)
            part_live(p);
    }
}

static void
sweep_timer(struct directory_connection *c, const struct arrival *arrival, void *data)
{
    struct watch *w = data;

    (void)c;
    w->sweep_timer = 0;
    if (!arrival->error)
        sweep(w);
}

void
watch_part_done(struct part *p)
{
    struct watch *w = p->watch;

    if (p->kind == PART_SERVICE) {
        if (!p->seen && (p->full || p->present))
            watch_give_service(p, NULL);
        if (!w->connection)
            return;
        if (!p->id && !w->poll && !w->service_timer)
            w->service_timer = dispatch_timer(w->connection, SERVICE_RETRY, service_timer, w);
        part_live(p);
        return;
    }
    if (p->full || p->present)
        watch_collect(p);
    if (!p->sweep)
        part_live(p);
    else if (!w->sweep_timer)
        sweep(w);
}

bool
watch_give_service(struct part *p, LDAPMessage *message)
{
    struct watch *w = p->watch;
    CLEANUP(service_state_free) struct service_state *state = NULL;
    LDAP *ld = directory_connection_handle(w->connection);
    char *dn = message ? ldap_get_dn(ld, message) : NULL;
    bool ours = dn && directory_dn_equal(dn, w->options->service_dn);

    ldap_memfree(dn);
    if (message && !ours)
        return false;
    if (message) {
        state = service_state_decode(w->connection, message, NULL);
        if (!state) {
            w->figures.n_malformed++;
            p->seen = true;
            return true;
        }
    }
    p->seen = w->has_service = message != NULL;
    w->listener.service(state, w->listener.data);
    return true;
}

/* --- the start --------------------------------------------------------------------- */

bool
watch_start(struct watch *w, struct directory_connection *c, GError **error)
{
    const struct capability *can = directory_connection_capability(c, error);
    bool good = can != NULL;

    if (!good)
        return false;
    watch_stop(w);
    w->connection = c;
    w->foreign = w->uri && strcmp(w->uri, directory_connection_uri(c)) != 0;
    if (!can->sync)
        good = watch_poll_start(w, error);
    for (int i = 0; i < N_PARTS && good && can->sync; i++) {
        struct part *p = &w->parts[i];

        /* Cookies of another server are read by this one, but mean that it has, or will get, all
         * that came before them: after a crash that is not so. */
        if (w->foreign)
            g_clear_pointer(&p->cookie, g_bytes_unref);
        p->full = p->cookie == NULL;
        p->present = p->seen = false;
        p->generation++;
        good = watch_sync_start(p, error);
    }
    if (good)
        arm_ping(w);
    else
        watch_stop(w);
    return good;
}

const char *
watch_mode(const struct watch *w)
{
    return !w->connection ? "off" : w->poll ? "poll" : "syncrepl";
}

bool
watch_is_live(const struct watch *w)
{
    return w->live;
}

void
watch_figures(const struct watch *w, struct watch_figures *out)
{
    GHashTableIter iter;
    gpointer key;

    *out = w->figures;
    out->n_entries = g_hash_table_size(w->known);
    out->n_held = 0;
    g_hash_table_iter_init(&iter, w->held);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        out->n_held += ((const struct held *)key)->kind != HOLD_GRAVE;
}

void
watch_set_poll(struct watch *w, int interval, int complete)
{
    w->poll_ms = interval;
    w->complete_ms = complete;
}

void
watch_set_hold(struct watch *w, int ms)
{
    w->hold_ms = ms;
}

void
watch_set_ping(struct watch *w, int ms)
{
    w->ping_ms = ms;
}

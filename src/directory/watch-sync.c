/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The watch by content synchronization (RFC 4533).
 *
 * A refresh comes in one of two ways.  Delete phase: changed entries, and the
 * UUIDs of those that are gone.  Present phase: changed entries, and the UUIDs
 * of those that are still there; all others are gone.  Without a cookie all
 * entries come.  The new cookie counts only when everything before it has been
 * given, deletions included.
 */
#include "config.h"
#include "directory/watch-internal.h"

#include "directory/result.h"
#include "directory/sync.h"

#include <string.h>

static LDAPControl manage_dsa_it = {
    .ldctl_oid = (char[]){LDAP_CONTROL_MANAGEDSAIT},
    .ldctl_iscritical = 0,
};

static int
send_search(LDAP *ld, int *msgid, void *data)
{
    const struct part *p = data;
    struct berval cookie = {0, NULL};
    LDAPControl *controls[3] = {NULL, &manage_dsa_it, NULL};
    gsize size = 0;
    int rc;

    if (p->cookie) {
        cookie.bv_val = (char *)(uintptr_t)g_bytes_get_data(p->cookie, &size);
        cookie.bv_len = size;
    }
    controls[0] = sync_request(&cookie, false);
    if (!controls[0])
        return LDAP_ENCODING_ERROR;
    rc = ldap_search_ext(ld, p->base, p->scope, p->filter, p->attributes, 0, controls, NULL, NULL,
                         LDAP_NO_LIMIT, msgid);
    ldap_control_free(controls[0]);
    return rc;
}

/* A cookie counts at once while the part is live, else at the end of the refresh. */
static void
take_cookie(struct part *p, const struct berval *cookie)
{
    GBytes **slot = p->live ? &p->cookie : &p->offered;

    if (!sync_cookie_says_something(cookie))
        return;
    g_clear_pointer(slot, g_bytes_unref);
    *slot = g_bytes_new(cookie->bv_val, cookie->bv_len);
}

static void
lose_malformed(struct part *p, const char *what)
{
    struct watch *w = p->watch;
    g_autoptr(GError) error = NULL;

    directory_error_set(&error, DIRECTORY_CODE_MALFORMED, NULL, NULL,
                        "%s: watching \"%s\": %s cannot be decoded",
                        directory_connection_uri(w->connection), p->base, what);
    watch_lose(w, error);
}

static void
take_change(struct part *p, LDAPMessage *message, const struct sync_entry *e)
{
    struct watch *w = p->watch;
    struct given g = {.has_uuid = true};

    memcpy(g.uuid.bytes, e->uuid, sizeof(g.uuid.bytes));
    if (p->kind == PART_SERVICE) {
        bool known = w->has_service && uuid_equal(&w->service_uuid, &g.uuid);

        if (e->state == SYNC_PRESENT)
            p->seen = p->seen || known;
        else if (e->state == SYNC_DELETE ? known : !watch_give_service(p, message) && known)
            watch_give_service(p, NULL); /* deleted or renamed */
        else if (e->state != SYNC_DELETE && p->seen)
            w->service_uuid = g.uuid;
        return;
    }
    if (e->state == SYNC_DELETE) {
        watch_remove(p, &g.uuid, false);
    } else if (e->state == SYNC_PRESENT) {
        p->present = true;
        watch_mark(p, &g.uuid);
    } else if (watch_decode(p, message, &g)) {
        watch_give(p, &g);
    } else {
        w->figures.n_malformed++;
        watch_mark(p, &g.uuid);
    }
}

static void
take_entry(struct part *p, LDAPMessage *message)
{
    struct watch *w = p->watch;
    LDAPControl **controls = NULL;
    LDAPControl *control = NULL;
    struct sync_entry e;

    if (ldap_get_entry_controls(directory_connection_handle(w->connection), message, &controls) ==
        LDAP_SUCCESS)
        control = ldap_control_find(LDAP_CONTROL_SYNC_STATE, controls, NULL);
    if (!control || !sync_decode_entry(&control->ldctl_value, &e)) {
        lose_malformed(p, "what the server says of an entry");
    } else {
        take_change(p, message, &e);
        if (w->connection)
            take_cookie(p, &e.cookie);
    }
    ldap_controls_free(controls);
}

static void
take_uuids(struct part *p, const struct sync_info *info)
{
    struct berval uuids = info->uuids;
    const unsigned char *bytes;

    p->present = p->present || !info->refresh_deletes;
    while (p->watch->connection && (bytes = sync_next_uuid(&uuids))) {
        struct uuid uuid;

        memcpy(uuid.bytes, bytes, sizeof(uuid.bytes));
        if (p->kind == PART_SERVICE && p->watch->has_service &&
            uuid_equal(&uuid, &p->watch->service_uuid)) {
            if (info->refresh_deletes)
                watch_give_service(p, NULL);
            else
                p->seen = true;
        } else if (info->refresh_deletes) {
            watch_remove(p, &uuid, false);
        } else {
            watch_mark(p, &uuid);
        }
    }
}

static void
take_info(struct part *p, const struct sync_info *info)
{
    switch (info->kind) {
    case SYNC_NEW_COOKIE:
        break;
    case SYNC_ID_SET:
        take_uuids(p, info);
        break;
    case SYNC_REFRESH_PRESENT:
        p->present = true;
        break;
    case SYNC_REFRESH_DELETE:
        break;
    }
    if (!p->watch->connection)
        return;
    take_cookie(p, &info->cookie);
    if ((info->kind == SYNC_REFRESH_PRESENT || info->kind == SYNC_REFRESH_DELETE) &&
        info->refresh_done && !p->live)
        watch_part_done(p);
}

static void
take_intermediate(struct part *p, LDAPMessage *message)
{
    LDAP *ld = directory_connection_handle(p->watch->connection);
    char *oid = NULL;
    struct berval *value = NULL;
    struct sync_info info;
    bool good = false;
    bool ours = ldap_parse_intermediate(ld, message, &oid, &value, NULL, 0) == LDAP_SUCCESS &&
                oid && strcmp(oid, LDAP_SYNC_INFO) == 0;

    good = ours && value && sync_decode_info(value, &info);
    if (good)
        take_info(p, &info);
    else if (ours)
        lose_malformed(p, "a message of the server");
    ldap_memfree(oid);
    ber_bvfree(value);
}

/* No synchronization on this database: everything is polled. */
static void
fall_back(struct watch *w)
{
    g_autoptr(GError) error = NULL;

    for (int i = 0; i < N_PARTS; i++) {
        dispatch_abandon(w->connection, w->parts[i].id);
        w->parts[i].id = 0;
    }
    if (!watch_poll_start(w, &error))
        watch_lose(w, error);
}

/* The search has ended, which it should not. */
static void
take_result(struct part *p, LDAPMessage *message)
{
    struct watch *w = p->watch;
    g_autoptr(GError) error = NULL;
    g_autofree char *what = g_strdup_printf("%s: watching \"%s\"",
                                            directory_connection_uri(w->connection), p->base);
    bool success = directory_result_parse(directory_connection_handle(w->connection), message,
                                          NULL, what, &error);
    int code = success ? LDAP_SUCCESS : error->code;

    if (code == LDAP_UNAVAILABLE_CRITICAL_EXTENSION && !p->live) {
        fall_back(w);
    } else if (code == LDAP_SYNC_REFRESH_REQUIRED || (p->resumed && !p->live && !success)) {
        /* A cookie from the future, for one: the database is not what it was. */
        w->foreign = w->foreign || code != LDAP_SYNC_REFRESH_REQUIRED;
        watch_begin_part(p, true);
    } else if (p->kind == PART_SERVICE && code == LDAP_NO_SUCH_OBJECT) {
        watch_part_done(p);
    } else {
        if (success)
            directory_error_set(&error, LDAP_UNAVAILABLE, NULL, NULL,
                                "%s: the server has ended it", what);
        watch_lose(w, error);
    }
}

static void
take(struct directory_connection *c, const struct arrival *arrival, void *data)
{
    struct part *p = data;

    (void)c;
    p->watch->n_messages++;
    if (!arrival->message) {
        p->id = 0;
        watch_lose(p->watch, arrival->error);
        return;
    }
    switch (arrival->type) {
    case LDAP_RES_SEARCH_ENTRY:
        take_entry(p, arrival->message);
        break;
    case LDAP_RES_INTERMEDIATE:
        take_intermediate(p, arrival->message);
        break;
    case LDAP_RES_SEARCH_RESULT:
        p->id = 0;
        take_result(p, arrival->message); /* frees it */
        return;
    default: /* references: what they point to is not asked */
        break;
    }
    ldap_msgfree(arrival->message);
}

bool
watch_sync_start(struct part *p, GError **error)
{
    struct watch *w = p->watch;

    p->resumed = p->cookie != NULL;
    p->id = dispatch_send(w->connection, w->options->timeout, send_search, take, p, error);
    return p->id != 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The watch of servers without content synchronization.
 *
 * A round asks for the changes of each part (entryCSN, else modifyTimestamp,
 * not before the newest one seen, some time earlier to be sure), now and then
 * for a list of all UUIDs, which tells what is gone; and for the service
 * entry.  Where neither attribute may be read all entries come every time.
 * Nothing is concluded from what is not in an answer that did not end well.
 */
#include "config.h"
#include "directory/watch-internal.h"

#include "directory/deadline.h"
#include "directory/dn.h"
#include "directory/result.h"
#include "directory/service_entry.h"
#include "engine/timestamp.h"

#include <string.h>

/* s that a change may become visible after its time stamp: clocks, replication. */
enum { OVERLAP_S = 30 };

enum poll_step { POLL_ALL, POLL_CHANGES, POLL_LIST, POLL_SERVICE };

struct poll {
    GArray *steps; /* of struct poll_task, last is next */
    struct part *part;
    enum poll_step step;
    char *filter;
    struct berval page; /* the cookie of the next page */
    int timer;
    int64_t list_at; /* when the next list of UUIDs is due */
};

struct poll_task {
    struct part *part;
    enum poll_step step;
};

static LDAPControl manage_dsa_it = {
    .ldctl_oid = (char[]){LDAP_CONTROL_MANAGEDSAIT},
    .ldctl_iscritical = 0,
};

static char *
with_condition(const struct part *p, const char *attribute, const char *from)
{
    return g_strdup_printf("(&%s(%s>=%s))", p->filter, attribute, from);
}

/* What has changed since.  NULL: that cannot be asked. */
static char *
changes_filter(const struct part *p)
{
    char text[TIMESTAMP_SIZE];
    g_autofree char *csn_time = p->newest_csn ? g_strdup_printf("%.14sZ", p->newest_csn) : NULL;
    gint64 from = timestamp_parse(csn_time ? csn_time : p->newest_change);
    g_autofree char *csn = NULL;

    if (from < 0)
        return NULL;
    timestamp_format(from - OVERLAP_S, text);
    if (!csn_time)
        return with_condition(p, "modifyTimestamp", text);
    csn = g_strdup_printf("%.14s.000000Z#000000#000#000000", text);
    return with_condition(p, "entryCSN", csn);
}

static int
send_page(LDAP *ld, int *msgid, void *data)
{
    struct watch *w = data;
    struct poll *poll = w->poll;
    const struct part *p = poll->part;
    char uuid[] = "entryUUID";
    char *list[] = {uuid, NULL};
    LDAPControl *page = NULL;
    LDAPControl *controls[3] = {&manage_dsa_it, NULL, NULL};
    const struct capability *can = directory_connection_capability(w->connection, NULL);
    int rc = LDAP_SUCCESS;

    if (can->paged && w->options->page_size > 0 && p->kind != PART_SERVICE)
        rc = ldap_create_page_control(ld, w->options->page_size, &poll->page, 1, &page);
    controls[1] = page;
    if (rc == LDAP_SUCCESS)
        rc = ldap_search_ext(ld, p->base, p->scope, poll->filter,
                             poll->step == POLL_LIST ? list : p->attributes, 0, controls, NULL,
                             NULL, LDAP_NO_LIMIT, msgid);
    ldap_control_free(page);
    return rc;
}

/* A server without entryUUID: the name stands in for it; a renamed entry is another one then. */
static void
make_uuid(struct given *g)
{
    g_autofree char *name = directory_dn_normalise(g->dn);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize size = sizeof(digest);

    g_checksum_update(sum, (const guchar *)(name ? name : g->dn), -1);
    g_checksum_get_digest(sum, digest, &size);
    memcpy(g->uuid.bytes, digest, sizeof(g->uuid.bytes));
}

static void
take_entry(struct watch *w, LDAPMessage *message)
{
    struct poll *poll = w->poll;
    struct part *p = poll->part;
    struct given g = {.has_uuid = false};
    const struct known *k;
    bool good;

    if (poll->step == POLL_SERVICE) {
        watch_give_service(p, message);
        return;
    }
    good = watch_decode(p, message, &g);
    if (!good)
        w->figures.n_malformed++;
    if (!g.has_uuid && g.dn)
        make_uuid(&g);
    k = watch_find(w, &g.uuid);
    if (!good || poll->step == POLL_LIST) {
        watch_mark(p, &g.uuid);
        p->stranger = p->stranger || !k;
        entry_free(g.entry);
    } else if (k && p->live && g.csn.time && csn_compare(&k->csn, &g.csn) == 0) {
        watch_mark(p, &g.uuid); /* it was given */
        entry_free(g.entry);
    } else {
        watch_give(p, &g);
    }
}

static void
end_step(struct watch *w)
{
    struct poll *poll = w->poll;
    struct part *p = poll->part;

    switch (poll->step) {
    case POLL_SERVICE:
        watch_part_done(p);
        return;
    case POLL_ALL:
        p->full = true;
        watch_part_done(p);
        return;
    case POLL_LIST:
        /* What is listed but was never given: it became visible without a change. */
        p->full = true;
        if (p->stranger)
            watch_poll_full(p);
        watch_part_done(p);
        return;
    case POLL_CHANGES:
        break;
    }
    watch_poll_next(w);
}

static void send_step(struct watch *w);

static void
take_result(struct watch *w, LDAPMessage *message)
{
    struct poll *poll = w->poll;
    LDAP *ld = directory_connection_handle(w->connection);
    g_autofree char *what = g_strdup_printf("%s: polling \"%s\"",
                                            directory_connection_uri(w->connection),
                                            poll->part->base);
    g_autoptr(GError) error = NULL;
    LDAPControl **controls = NULL;
    LDAPControl *page;
    ber_int_t estimate = 0;
    bool done = directory_result_parse(ld, message, &controls, what, &error);

    ber_memfree(poll->page.bv_val);
    poll->page = (struct berval){0, NULL};
    page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
    if (done && page && page->ldctl_value.bv_len)
        ldap_parse_pageresponse_control(ld, page, &estimate, &poll->page);
    ldap_controls_free(controls);
    if (poll->step == POLL_SERVICE && error && error->code == LDAP_NO_SUCH_OBJECT)
        end_step(w);
    else if (!done)
        watch_lose(w, error);
    else if (poll->page.bv_len)
        send_step(w);
    else
        end_step(w);
}

static void
take(struct directory_connection *c, const struct arrival *arrival, void *data)
{
    struct watch *w = data;

    (void)c;
    w->n_messages++;
    if (!arrival->message) {
        w->poll->part->id = 0;
        watch_lose(w, arrival->error);
    } else if (arrival->type == LDAP_RES_SEARCH_RESULT) {
        w->poll->part->id = 0;
        take_result(w, arrival->message);
    } else {
        if (arrival->type == LDAP_RES_SEARCH_ENTRY)
            take_entry(w, arrival->message);
        ldap_msgfree(arrival->message);
    }
}

static void
send_step(struct watch *w)
{
    g_autoptr(GError) error = NULL;
    struct part *p = w->poll->part;

    p->id = dispatch_send(w->connection, w->options->timeout, send_page, take, w, &error);
    if (!p->id)
        watch_lose(w, error);
}

static void
add_step(struct poll *poll, struct part *p, enum poll_step step)
{
    struct poll_task task = {p, step};

    g_array_append_val(poll->steps, task);
}

/* Fills in what a round does, the last first. */
static void
plan_round(struct watch *w)
{
    static const enum part_kind order[] = {PART_VMS, PART_NODES};
    struct poll *poll = w->poll;
    bool list = deadline_now() >= poll->list_at;

    add_step(poll, &w->parts[PART_SERVICE], POLL_SERVICE);
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        struct part *p = &w->parts[order[i]];
        g_autofree char *filter = p->live ? changes_filter(p) : NULL;

        if (filter && list)
            add_step(poll, p, POLL_LIST);
        add_step(poll, p, filter ? POLL_CHANGES : POLL_ALL);
    }
    if (list)
        poll->list_at = deadline_in(w->complete_ms);
}

static void
round_timer(struct directory_connection *c, const struct arrival *arrival, void *data)
{
    struct watch *w = data;

    (void)c;
    w->poll->timer = 0;
    if (arrival->error) {
        watch_lose(w, arrival->error);
        return;
    }
    plan_round(w);
    watch_poll_next(w);
}

void
watch_poll_next(struct watch *w)
{
    struct poll *poll = w->poll;
    struct poll_task *task;

    if (poll->steps->len == 0) {
        if (!poll->timer)
            poll->timer = dispatch_timer(w->connection, w->poll_ms, round_timer, w);
        return;
    }
    task = &g_array_index(poll->steps, struct poll_task, poll->steps->len - 1);
    poll->part = task->part;
    poll->step = task->step;
    g_array_set_size(poll->steps, poll->steps->len - 1);
    g_free(poll->filter);
    poll->filter = poll->step == POLL_CHANGES ? changes_filter(poll->part)
                                              : g_strdup(poll->part->filter);
    poll->part->stranger = false;
    poll->part->seen = false;
    poll->part->full = true;
    if (poll->step == POLL_ALL || poll->step == POLL_LIST)
        poll->part->generation++;
    send_step(w);
}

void
watch_poll_full(struct part *p)
{
    add_step(p->watch->poll, p, POLL_ALL);
}

bool
watch_poll_start(struct watch *w, GError **error)
{
    struct poll *poll = g_new0(struct poll, 1);

    poll->steps = g_array_new(FALSE, FALSE, sizeof(struct poll_task));
    poll->list_at = deadline_in(w->complete_ms);
    w->poll = poll;
    if (dispatch_failure(w->connection)) {
        g_propagate_error(error, g_error_copy(dispatch_failure(w->connection)));
        return false;
    }
    for (int i = 0; i < N_PARTS; i++) {
        struct part *p = &w->parts[i];
        g_autoptr(GPtrArray) attributes = g_ptr_array_new();

        p->live = false;
        if (p->kind == PART_SERVICE || g_strv_contains((const char *const *)p->attributes,
                                                       "entryUUID"))
            continue;
        for (char **a = p->attributes; *a; a++)
            g_ptr_array_add(attributes, *a);
        g_ptr_array_add(attributes, g_strdup("entryUUID"));
        g_ptr_array_add(attributes, NULL);
        g_free(p->attributes);
        p->attributes = (char **)g_ptr_array_free(g_steal_pointer(&attributes), FALSE);
    }
    plan_round(w);
    poll->list_at = deadline_in(w->complete_ms);
    /* Never from within watch_start(): listeners are called from the source only. */
    watch_poll_next(w);
    return w->connection != NULL;
}

void
watch_poll_stop(struct watch *w)
{
    struct poll *poll = w->poll;

    if (!poll)
        return;
    dispatch_forget(w->connection, poll->timer);
    g_array_unref(poll->steps);
    g_free(poll->filter);
    ber_memfree(poll->page.bv_val);
    g_free(poll);
    w->poll = NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events are hints: they name a domain, a targeted read tells its state, a
 * closer look what the state does not, and only then the engine is asked.
 */
#include "config.h"

#include "daemon/inside.h"

#include "hypervisor/merge.h"
#include "log/log.h"

#include <string.h>

#define PATCHED_MAX 1000 /* single words are kept until a complete answer: so many, then it is asked for */
#define ASK_MAX 128 /* more domains than this are read completely: that is quicker */

/* --- closer looks ---------------------------------------------------------------- */

struct looking {
    struct daemon *d;
    char *node;
    struct observation *base; /* what is known if the look fails; NULL = as it was */
    GArray *uuids;            /* of struct uuid */
};

static void
looking_free(struct looking *l)
{
    observation_unref(l->base);
    g_array_unref(l->uuids);
    g_free(l->node);
    g_free(l);
}

/* Block jobs that ended since the last look are part of what this one tells. */
static void
add_ended_jobs(struct body_node *n, struct observation *o)
{
    for (guint i = 0; i < n->jobs->len;) {
        const struct ended_job *job = &g_array_index(n->jobs, struct ended_job, i);
        struct domain *d = observation_find(o, &job->uuid);
        if (d == NULL || d->unreadable) {
            i++;
            continue;
        }
        look_add_event(domain_look(d), job->disk, job->type, job->end);
        g_array_remove_index_fast(n->jobs, i);
    }
}

static void
forget_jobs(struct body_node *n, const struct uuid *uuid)
{
    for (guint i = n->jobs->len; i > 0; i--) {
        if (uuid_equal(&g_array_index(n->jobs, struct ended_job, i - 1).uuid, uuid))
            g_array_remove_index_fast(n->jobs, i - 1);
    }
}

static void
on_looked(struct observation *look, void *data)
{
    struct looking *l = data;
    struct daemon *d = l->d;
    struct body_node *n = nodes_find(d, l->node);
    struct observation *o = look;

    if (n != NULL)
        n->n_looks--;
    if (n != NULL && d->phase == PHASE_RUNNING) {
        if (l->base != NULL) {
            o = l->base;
            if (look->result != RESULT_ERROR) {
                o->query = MAX(o->query, look->query);
                observation_merge(o, look);
            }
        }
        hints_ask_overtaken(n, o);
        add_ended_jobs(n, o);
        if (o->result != RESULT_ERROR)
            (void)engine_patch(d->engine, o);
        for (guint i = 0; i < l->uuids->len; i++)
            engine_touch(d->engine, &g_array_index(l->uuids, struct uuid, i));
        decide_soon(d);
    }
    observation_unref(look);
    looking_free(l);
}

static void
look_at_node(struct daemon *d, const struct look_request *wishes, guint n_wishes,
             struct observation *base, bool again)
{
    struct body_node *n = nodes_find(d, wishes->node);

    if (n == NULL || (again && n->n_looks > 0))
        return;
    struct looking *l = g_new0(struct looking, 1);
    l->d = d;
    l->node = g_strdup(n->name);
    l->base = base != NULL && g_ascii_strcasecmp(base->node, n->name) == 0 ? observation_ref(base)
                                                                           : NULL;
    l->uuids = g_array_sized_new(FALSE, FALSE, sizeof(struct uuid), n_wishes);
    for (guint i = 0; i < n_wishes; i++)
        g_array_append_val(l->uuids, wishes[i].uuid);
    n->n_looks++;
    hypervisor_look(d->hypervisor, n->name, wishes, n_wishes, on_looked, l);
}

static void
look_at_all(struct daemon *d, GArray *wishes, struct observation *base, bool again)
{
    for (guint i = 0; i < wishes->len;) {
        const struct look_request *first = &g_array_index(wishes, struct look_request, i);
        guint n = 1;
        while (i + n < wishes->len && strcmp((first + n)->node, first->node) == 0)
            n++;
        look_at_node(d, first, n, base, again);
        i += n;
    }
    g_array_unref(wishes);
}

void
hints_look(struct daemon *d, GArray *wishes, struct observation *base)
{
    look_at_all(d, wishes, base, false);
}

void
hints_look_again(struct daemon *d, unsigned part, unsigned parts)
{
    look_at_all(d, engine_looks_again(d->engine, part, parts), NULL, true);
}

/* --- targeted reads ----------------------------------------------------------------- */

struct asking {
    struct daemon *d;
    GArray *uuids;
};

static bool
is_wished(const GArray *wishes, const char *node, const struct uuid *uuid)
{
    for (guint i = 0; i < wishes->len; i++) {
        const struct look_request *wish = &g_array_index(wishes, struct look_request, i);
        if (uuid_equal(&wish->uuid, uuid) && g_ascii_strcasecmp(wish->node, node) == 0)
            return true;
    }
    return false;
}

/* Bulk answers hold no looks. */
static void
copy_domain(struct observation *to, const struct domain *from)
{
    struct domain *d = observation_add(to, &from->uuid, from->name);

    d->state = from->state;
    d->reason = from->reason;
    d->managed_save = from->managed_save;
    d->persistent = from->persistent;
    d->unreadable = from->unreadable;
    d->state_word = g_strdup(from->state_word);
}

/* Those that are to be looked at closer wait for that, if they need to; the others are told at
 * once. */
static void
tell(struct daemon *d, struct body_node *n, struct observation *o)
{
    GArray *wishes = engine_looks_at(d->engine, o);
    struct observation *plain = observation_new(o->node, o->result);
    struct observation *base = observation_new(o->node, o->result);

    plain->query = base->query = o->query;
    plain->epoch = base->epoch = o->epoch;
    for (guint i = 0; i < o->domains->len; i++) {
        const struct domain *dom = &g_array_index(o->domains, struct domain, i);
        bool wished = is_wished(wishes, o->node, &dom->uuid);
        if (wished)
            copy_domain(base, dom);
        else if (!dom->unreadable)
            forget_jobs(n, &dom->uuid);
        if (!wished || !engine_waits_for_look(d->engine, dom))
            copy_domain(plain, dom);
    }
    n->n_patched += o->domains->len;
    if (n->n_patched > PATCHED_MAX)
        nodes_read(n);
    const struct observation *answer = engine_answer_of(d->engine, n->name);
    if (plain->domains->len > 0 && engine_patch(d->engine, plain))
        decide_soon(d);
    else if (answer == NULL || answer->result == RESULT_ERROR)
        nodes_read(n); /* there is nothing for these words to stand over */
    hints_look(d, wishes, base);
    observation_unref(plain);
    observation_unref(base);
}

/* One that is not there (any more): only a complete answer may say so.  The same for one that could
 * not be read, or its event would be lost.  What jobs of one that is gone did is nothing to a later
 * life of it. */
static bool
is_any_missing(struct body_node *n, const struct observation *o, const GArray *uuids)
{
    bool any = false;

    for (guint i = 0; i < uuids->len; i++) {
        const struct uuid *uuid = &g_array_index(uuids, struct uuid, i);
        const struct domain *dom = observation_find(o, uuid);
        if (dom == NULL && o->result != RESULT_ERROR)
            forget_jobs(n, uuid);
        any |= dom == NULL || dom->unreadable;
    }
    return any;
}

/* Notes when word of the VM came; what is noted already stands, it is older. */
static void
note_time(GHashTable *times, const struct uuid *uuid, gint64 us)
{
    if (!g_hash_table_contains(times, uuid))
        g_hash_table_insert(times, g_memdup2(uuid, sizeof(*uuid)), g_memdup2(&us, sizeof(us)));
}

/* The question is put again when that may be. */
static void
ask_later(struct body_node *n, const GArray *uuids)
{
    gint64 now = g_get_monotonic_time();

    for (guint i = 0; i < uuids->len; i++)
        note_time(n->dirty, &g_array_index(uuids, struct uuid, i), now);
}

void
hints_ask_overtaken(struct body_node *n, struct observation *o)
{
    g_autoptr(GArray) overtaken = engine_overtaken(n->d->engine, o);

    ask_later(n, overtaken);
    hints_ask(n);
}

static void
on_asked(struct observation *o, void *data)
{
    struct asking *a = data;
    struct daemon *d = a->d;
    struct body_node *n = nodes_find(d, o->node);

    if (n != NULL)
        n->asking = false;
    if (n != NULL && d->phase == PHASE_RUNNING) {
        if (is_any_missing(n, o, a->uuids))
            nodes_read(n);
        if (o->result != RESULT_ERROR)
            tell(d, n, o);
        hints_ask(n);
        decide_now(d); /* a turn of the loop costs as much as the decision */
    } else if (n != NULL) {
        ask_later(n, a->uuids); /* the directory is being read: the answer would be lost */
    }
    observation_unref(o);
    g_array_unref(a->uuids);
    g_free(a);
}

void
hints_ask(struct body_node *n)
{
    struct daemon *d = n->d;
    GHashTableIter iter;
    gpointer uuid;
    gpointer us;

    if (n->asking || d->phase != PHASE_RUNNING || g_hash_table_size(n->dirty) == 0)
        return;
    bool all = g_hash_table_size(n->dirty) > ASK_MAX;
    struct asking *a = g_new0(struct asking, 1);
    a->d = d;
    a->uuids = g_array_new(FALSE, FALSE, sizeof(struct uuid));
    g_hash_table_iter_init(&iter, n->dirty);
    while (g_hash_table_iter_next(&iter, &uuid, &us)) {
        g_array_append_vals(a->uuids, uuid, 1);
        hints_arrived(d, uuid, *(gint64 *)us);
    }
    g_hash_table_remove_all(n->dirty);
    if (all) {
        g_array_unref(a->uuids);
        g_free(a);
        nodes_read(n);
        return;
    }
    n->asking = true;
    hypervisor_read_some(d->hypervisor, n->name, (const struct uuid *)(gconstpointer)a->uuids->data,
                         a->uuids->len, on_asked, a);
}

/* --- events -------------------------------------------------------------------------- */

void
hints_arrived(struct daemon *d, const struct uuid *uuid, gint64 us)
{
    note_time(d->arrivals, uuid, us);
}

static void
on_up(struct body_node *n, const struct hypervisor_event *event)
{
    bool again = n->down_told || n->down_since != 0;
    gint64 down_s = n->down_since != 0 ? (now_ms() - n->down_since) / 1000 : 0;

    log_event(again ? LOG_LEVEL_NOTICE : LOG_LEVEL_INFO, "node connected", "node", n->name, "epoch",
              LOG_INT((gint64)event->epoch), "down_s", again ? LOG_INT(down_s) : NULL, "without",
              event->missing, NULL);
    n->up = true;
    n->down_told = false;
    n->down_since = 0;
    nodes_read(n);
}

static void
on_down(struct body_node *n, const struct hypervisor_event *event)
{
    char retry[32];

    g_snprintf(retry, sizeof(retry), "%.1f s", (double)MAX(event->retry_ms, 0) / 1000);
    bool news = n->up || n->down_since == 0 || event->error != n->down_class;
    const char *excuse = engine_node_excuse(n->d->engine, n->name);
    log_event(!news ? LOG_LEVEL_DEBUG : excuse != NULL ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARNING,
              "node is not reachable, its statuses become stale", "node", n->name, "node_state",
              excuse, "class", error_class_name(event->error), "error", event->text, "again_in",
              retry, NULL);
    n->up = false;
    n->down_class = event->error;
    if (n->down_since == 0)
        n->down_since = now_ms();
}

static void
on_domain(struct body_node *n, const struct hypervisor_event *event)
{
    log_event(LOG_LEVEL_DEBUG, "event", "node", n->name, "what", event->what, NULL);
    if (event->kind == HYPERVISOR_EVENT_JOB) {
        struct ended_job job = {
            .uuid = event->uuid,
            .disk = g_strdup(event->disk),
            .type = event->type,
            .end = event->end,
        };
        g_array_append_val(n->jobs, job);
    }
    note_time(n->dirty, &event->uuid, event->received_us);
    hints_ask(n);
}

void
hints_event(const struct hypervisor_event *event, void *data)
{
    struct daemon *d = data;
    struct body_node *n = nodes_find(d, event->node);

    if (n == NULL || d->phase == PHASE_STOPPING)
        return;
    switch (event->kind) {
    case HYPERVISOR_EVENT_UP:
        on_up(n, event);
        return;
    case HYPERVISOR_EVENT_DOWN:
        on_down(n, event);
        return;
    case HYPERVISOR_EVENT_OVERFLOW:
        log_event(LOG_LEVEL_WARNING, "too many events at once, the node is read completely",
                  "node", n->name, NULL);
        metrics_event(d->metrics, "overflow");
        nodes_read(n);
        return;
    case HYPERVISOR_EVENT_DOMAIN:
    case HYPERVISOR_EVENT_JOB:
        metrics_event(d->metrics, event->what);
        d->event_at = now_ms();
        on_domain(n, event);
        return;
    }
}

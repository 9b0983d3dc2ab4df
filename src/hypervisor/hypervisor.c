/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/hypervisor.h"

#include "hypervisor/error.h"
#include "hypervisor/mainloop.h"
#include "hypervisor/node.h"
#include "log/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#define CLOSE_LIMIT_MS 1000
#define MAX_EVENTS     4096
#define HANG_S         300

uint64_t
node_next_query(void)
{
    static atomic_uint_fast64_t last;

    return atomic_fetch_add(&last, 1) + 1;
}

static void
deliver(void *item, void *data)
{
    struct hypervisor *h = data;
    struct worker *ended = worker_deliver(item);

    if (ended != NULL)
        g_hash_table_remove(h->ending, ended);
}

static void
node_free(struct node *n)
{
    node_watch(n, false);
    node_forget_reads(n, false);
    node_forget_looks(n, false);
    node_end_worker(n, &n->read);
    node_end_worker(n, &n->fallback);
    for (size_t i = 0; i < NODE_LANES; i++)
        node_end_worker(n, &n->lanes[i].worker);
    g_free(n->name);
    g_free(n->uri);
    g_free(n->problem);
    g_free(n);
}

static void
free_node(gpointer node)
{
    node_free(node);
}

static void
free_source(gpointer source)
{
    g_source_destroy(source);
    g_source_unref(source);
}

static void
lend(void)
{
    if (!mainloop_lend())
        log_event(LOG_LEVEL_WARNING, "libvirt has no main loop, changes are seen by complete reads alone",
                  "error", g_strerror(errno), NULL);
}

struct hypervisor *
hypervisor_new(const struct hypervisor_options *options)
{
    struct hypervisor *h = g_new0(struct hypervisor, 1);

    if (options != NULL)
        h->options = *options;
    if (h->options.deadline_ms == 0)
        h->options.deadline_ms = 10000;
    if (h->options.look_deadline_ms == 0)
        h->options.look_deadline_ms = 5000;
    if (h->options.probe_deadline_ms == 0)
        h->options.probe_deadline_ms = 5000;
    if (h->options.max_events == 0)
        h->options.max_events = MAX_EVENTS;
    if (h->options.hang_s == 0)
        h->options.hang_s = HANG_S;
    h->context = g_main_context_ref(h->options.context != NULL ? h->options.context
                                                               : g_main_context_default());
    error_prepare();
    if (h->options.keepalive_s > 0)
        lend();
    virInitialize();
    h->queue = queue_new(h->context, deliver, h, worker_drop_task);
    h->notices = queue_new(h->context, node_deliver_notice, h, sink_drop_notice);
    h->nodes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_node);
    h->ending = g_hash_table_new(NULL, NULL);
    h->replies = g_ptr_array_new_with_free_func(free_source);
    return h;
}

/* Until when a thread that was asked to end is waited for.  One that has been in the same call for
 * that long already has had its chance. */
static gint64
close_limit(struct hypervisor *h, gint64 began)
{
    GHashTableIter iter;
    gpointer worker;
    gint64 limit = 0;

    g_hash_table_iter_init(&iter, h->ending);
    while (g_hash_table_iter_next(&iter, &worker, NULL)) {
        gint64 since = worker_busy_since(worker);
        gint64 from = since == 0 ? began : MIN(since, began);
        limit = MAX(limit, from + CLOSE_LIMIT_MS * 1000);
    }
    return limit;
}

/* Waits for the threads that were asked to end; those in a call have their chance too, but only
 * one second all together. */
static void
wait_for_threads(struct hypervisor *h)
{
    const gint64 began = g_get_monotonic_time();
    gint64 left;

    while (g_hash_table_size(h->ending) > 0) {
        left = (close_limit(h, began) - g_get_monotonic_time()) / 1000;
        if (left <= 0 || !queue_wait(h->queue, (unsigned)left))
            break;
        queue_drain(h->queue);
    }
}

void
hypervisor_end(struct hypervisor *h)
{
    g_ptr_array_set_size(h->replies, 0);
    g_hash_table_remove_all(h->nodes);
    h->n_pending = 0;
}

void
hypervisor_free(struct hypervisor *h)
{
    GHashTableIter iter;
    gpointer worker;

    if (h == NULL)
        return;
    hypervisor_end(h);
    g_ptr_array_unref(h->replies);
    g_hash_table_unref(h->nodes);
    wait_for_threads(h);
    queue_close(h->queue);
    queue_close(h->notices);
    g_hash_table_iter_init(&iter, h->ending);
    while (g_hash_table_iter_next(&iter, &worker, NULL))
        worker_abandon(worker);
    g_hash_table_unref(h->ending);
    queue_unref(h->queue);
    queue_unref(h->notices);
    g_main_context_unref(h->context);
    g_free(h);
}

static struct node *
find_node(struct hypervisor *h, const char *name)
{
    g_autofree char *key = g_ascii_strdown(name, -1);

    return g_hash_table_lookup(h->nodes, key);
}

static void
set_uri(struct node *n, const char *uri)
{
    if (g_strcmp0(n->uri, uri) == 0)
        return;
    n->h->changing = true; /* who is answered now may ask again, of workers that are about to end */
    node_forget_reads(n, true);
    node_forget_looks(n, true);
    n->h->changing = false;
    node_end_worker(n, &n->read);
    node_end_worker(n, &n->fallback);
    for (size_t i = 0; i < NODE_LANES; i++) {
        node_end_worker(n, &n->lanes[i].worker);
        memset(&n->lanes[i], 0, sizeof(n->lanes[i]));
    }
    n->epoch += n->uri != NULL ? 1 : 0;
    g_free(n->uri);
    n->uri = g_strdup(uri);
    node_watch_changed(n);
}

void
hypervisor_set_node(struct hypervisor *h, const struct hypervisor_node *node)
{
    struct node *n = find_node(h, node->name);

    if (n == NULL) {
        n = g_new0(struct node, 1);
        n->h = h;
        n->name = g_strdup(node->name);
        n->epoch = node->epoch;
        g_queue_init(&n->reads);
        g_queue_init(&n->wishes);
        g_queue_init(&n->batches);
        g_hash_table_insert(h->nodes, g_ascii_strdown(node->name, -1), n);
    }
    set_uri(n, node->uri);
    g_free(n->problem);
    n->problem = g_strdup(node->problem);
    n->deadline_ms = node->deadline_ms != 0 ? node->deadline_ms : h->options.deadline_ms;
}

void
hypervisor_remove_node(struct hypervisor *h, const char *name)
{
    g_autofree char *key = g_ascii_strdown(name, -1);
    gpointer kept_key = NULL;
    gpointer node = NULL;

    if (!g_hash_table_steal_extended(h->nodes, key, &kept_key, &node))
        return;
    g_free(kept_key);
    node_watch(node, false);
    node_forget_reads(node, true);
    node_forget_looks(node, true);
    node_free(node);
}

struct worker *
node_worker(struct node *n, bool look)
{
    const struct link_options options = {
        .uri = n->uri,
        .read_write = look && n->h->options.agent,
        .keepalive_s = n->h->options.keepalive_s,
        .epoch = n->epoch,
    };

    return worker_new(n->h->queue, &options);
}

void
node_end_worker(struct node *n, struct worker **w)
{
    if (*w != NULL && worker_end(*w))
        g_hash_table_add(n->h->ending, *w);
    *w = NULL;
}

struct timer {
    struct hypervisor *h;
    node_expired expired;
    void *data;
};

static gboolean
timer_fires(gpointer data)
{
    struct timer *t = data;
    GSource *self = g_main_current_source();

    queue_drain(t->h->queue);
    if (!g_source_is_destroyed(self))
        t->expired(t->data);
    return G_SOURCE_REMOVE;
}

GSource *
node_timer(struct node *n, unsigned ms, node_expired expired, void *data)
{
    struct timer *t = g_new0(struct timer, 1);
    GSource *source = g_timeout_source_new(ms);

    t->h = n->h;
    t->expired = expired;
    t->data = data;
    g_source_set_callback(source, timer_fires, t, g_free);
    g_source_attach(source, n->h->context);
    return source;
}

void
node_stop_timer(GSource **timer)
{
    if (*timer == NULL)
        return;
    g_source_destroy(*timer);
    g_clear_pointer(timer, g_source_unref);
}

/* An answer that is known at once, but must not be given from within the question. */
struct reply {
    struct hypervisor *h;
    struct observation *o;
    hypervisor_done done;
    void *data;
};

static gboolean
reply_now(gpointer data)
{
    struct reply *r = data;

    g_ptr_array_remove_fast(r->h->replies, g_main_current_source());
    r->h->n_pending--;
    r->done(g_steal_pointer(&r->o), r->data);
    return G_SOURCE_REMOVE;
}

static void
reply_free(gpointer data)
{
    struct reply *r = data;

    observation_unref(r->o);
    g_free(r);
}

static void
reply_later(struct hypervisor *h, struct observation *o, hypervisor_done done, void *data)
{
    struct reply *r = g_new0(struct reply, 1);
    GSource *idle = g_idle_source_new();

    r->h = h;
    r->o = o;
    r->done = done;
    r->data = data;
    g_source_set_priority(idle, G_PRIORITY_DEFAULT);
    g_source_set_callback(idle, reply_now, r, reply_free);
    g_source_attach(idle, h->context);
    g_ptr_array_add(h->replies, idle);
}

void
node_answer(struct hypervisor *h, struct observation *o, hypervisor_done done, void *data)
{
    if (h->changing) {
        reply_later(h, o, done, data);
        return;
    }
    h->n_pending--;
    done(o, data);
}

/* Why a request to n, which may be NULL, is an error already; NULL when it is none. */
static struct observation *
known_error(const struct node *n, const char *name)
{
    struct observation *o;

    if (n == NULL)
        return observation_new_error(name, ERROR_UNKNOWN_NODE, "there is no such node");
    if (n->uri == NULL)
        return observation_new_error(name, ERROR_NO_URI,
                                     n->problem != NULL ? n->problem : "the node has no URI");
    if (n->watch == NULL || !n->watch->down)
        return NULL;
    o = observation_new_error(name, n->watch->error, n->watch->text);
    o->epoch = n->epoch;
    o->query = node_next_query();
    return o;
}

/* The node to ask, or NULL when the answer is an error already. */
static struct node *
node_to_ask(struct hypervisor *h, const char *name, hypervisor_done done, void *data)
{
    struct node *n = find_node(h, name);
    struct observation *error = known_error(n, name);

    h->n_pending++;
    if (error == NULL)
        return n;
    reply_later(h, error, done, data);
    return NULL;
}

void
hypervisor_read(struct hypervisor *h, const char *node, hypervisor_done done, void *data)
{
    struct node *n = node_to_ask(h, node, done, data);

    h->counts.reads++;
    if (n != NULL)
        node_read(n, done, data);
}

void
hypervisor_read_some(struct hypervisor *h, const char *node, const struct uuid *uuids, size_t n,
                     hypervisor_done done, void *data)
{
    struct node *asked = node_to_ask(h, node, done, data);

    h->counts.reads++;
    if (asked != NULL)
        node_read_some(asked, uuids, n, done, data);
}

void
hypervisor_look(struct hypervisor *h, const char *node, const struct look_request *wishes,
                size_t n_wishes, hypervisor_done done, void *data)
{
    struct node *n = node_to_ask(h, node, done, data);

    h->counts.looks++;
    if (n != NULL)
        node_look(n, wishes, n_wishes, done, data);
}

void
hypervisor_probe(struct hypervisor *h, const char *node, hypervisor_done done, void *data)
{
    struct node *n = node_to_ask(h, node, done, data);

    h->counts.probes++;
    if (n != NULL)
        node_probe(n, done, data);
}

void
hypervisor_set_listener(struct hypervisor *h, hypervisor_event_func func, void *data)
{
    lend();
    h->listener = func;
    h->listener_data = data;
}

void
hypervisor_watch(struct hypervisor *h, const char *node, bool on)
{
    struct node *n = find_node(h, node);

    if (n != NULL)
        node_watch(n, on);
}

void
hypervisor_retry(struct hypervisor *h, const char *node)
{
    struct node *n = find_node(h, node);

    if (n != NULL)
        node_retry(n);
}

bool
hypervisor_node_state(struct hypervisor *h, const char *node, struct hypervisor_node_state *out)
{
    const struct node *n = find_node(h, node);

    if (n == NULL)
        return false;
    *out = n->state;
    out->look_blocked = node_look_blocked(n);
    return true;
}

unsigned
hypervisor_pending(const struct hypervisor *h)
{
    return h->n_pending;
}

void
hypervisor_wait(struct hypervisor *h)
{
    while (h->n_pending > 0)
        g_main_context_iteration(h->context, TRUE);
}

const struct hypervisor_counts *
hypervisor_counts(const struct hypervisor *h)
{
    return &h->counts;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "opennebula/opennebula.h"

#include "config/conf.h"
#include "hypervisor/queue.h"
#include "opennebula/subscriber.h"
#include "opennebula/walk.h"
#include "opennebula/wire.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

/* One read: asked on the main side, done on the thread, answered on the main side. */
struct question {
    GArray *ids; /* of gint64 */
    bool only;   /* nothing else */
    opennebula_done done;
    void *data;
    struct frontend_answer *answer;
};

struct opennebula {
    struct opennebula_options options; /* texts are in `texts` */
    char *texts[6];
    struct queue *answers;   /* of struct question */
    struct queue *bulletins; /* of struct bulletin */
    struct subscriber *subscriber;
    opennebula_event_func listener;
    void *listener_data;
    unsigned n_pending;
    struct opennebula_counts counts;

    pthread_t thread;
    bool started;
    struct wire *wire; /* the thread's, but for wire_cancel() */
    char *problem;     /* why there is no wire */

    pthread_mutex_t lock;
    pthread_cond_t wake;
    GQueue waiting; /* under the lock: of struct question */
    bool quit;      /* under the lock */
};

static void
question_free(void *data)
{
    struct question *r = data;

    g_array_unref(r->ids);
    frontend_answer_unref(r->answer);
    g_free(r);
}

static void
drop_bulletin(void *data)
{
    bulletin_free(data);
}

struct opennebula_options
opennebula_options_of(const struct config_opennebula *section)
{
    return (struct opennebula_options){
        .name = section->name,
        .endpoint = section->endpoint,
        .credential_file = section->credential_file,
        .events = section->events,
        .ca_file = section->tls_ca,
        .link_attribute = section->link_attribute,
        .linked = section->vms == CONFIG_VMS_LINKED,
        .connect_timeout_ms = (unsigned)section->connect_timeout_s * 1000,
        .timeout_ms = (unsigned)section->timeout_s * 1000,
        .answer_limit = (unsigned)section->answer_limit,
        .first_range = (unsigned)section->range,
    };
}

static struct question *
next_question(struct opennebula *o)
{
    struct question *r;

    pthread_mutex_lock(&o->lock);
    while (g_queue_is_empty(&o->waiting) && !o->quit)
        pthread_cond_wait(&o->wake, &o->lock);
    r = o->quit ? NULL : g_queue_pop_head(&o->waiting);
    pthread_mutex_unlock(&o->lock);
    return r;
}

static struct frontend_answer *
answer_to(struct opennebula *o, const struct question *r)
{
    const gint64 *ids = (const gint64 *)(void *)r->ids->data;

    if (o->wire == NULL)
        return frontend_answer_new_error(o->options.name, ERROR_NO_URI, o->problem);
    return r->only ? opennebula_read_some_over(o->wire, &o->options, ids, r->ids->len)
                   : opennebula_read_over(o->wire, &o->options, ids, r->ids->len, NULL);
}

static void *
thread_main(void *data)
{
    struct opennebula *o = data;
    struct question *r;

    while ((r = next_question(o)) != NULL) {
        r->answer = answer_to(o, r);
        queue_push(o->answers, r);
    }
    return NULL;
}

static void
start_thread(struct opennebula *o)
{
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    o->started = pthread_create(&o->thread, NULL, thread_main, o) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void
deliver_answer(void *item, void *data)
{
    struct opennebula *o = data;
    struct question *r = item;
    struct frontend_answer *a = g_steal_pointer(&r->answer);

    o->n_pending--;
    o->counts.n_reads++;
    if (a->result == RESULT_ERROR)
        o->counts.n_failed++;
    r->done(a, r->data);
    question_free(r);
}

static void
deliver_bulletin(void *item, void *data)
{
    struct opennebula *o = data;
    struct bulletin *b = item;
    struct opennebula_event event = b->event;

    event.frontend = o->options.name;
    if (event.answer != NULL)
        frontend_answer_ref(event.answer);
    bulletin_free(b); /* what comes from now on finds the room it took */
    o->listener(&event, o->listener_data);
    frontend_answer_unref(event.answer);
}

static void
copy_options(struct opennebula *o, const struct opennebula_options *options)
{
    o->options = *options;
    o->options.name = o->texts[0] = g_strdup(options->name);
    o->options.endpoint = o->texts[1] = g_strdup(options->endpoint);
    o->options.credential_file = o->texts[2] = g_strdup(options->credential_file);
    o->options.events = o->texts[3] = g_strdup(options->events);
    o->options.ca_file = o->texts[4] = g_strdup(options->ca_file);
    o->options.link_attribute = o->texts[5] = g_strdup(options->link_attribute);
}

struct opennebula *
opennebula_new(GMainContext *context, const struct opennebula_options *options)
{
    const struct wire_options to = {
        .endpoint = options->endpoint,
        .ca_file = options->ca_file,
        .connect_timeout_ms = options->connect_timeout_ms,
        .answer_limit = options->answer_limit,
    };
    struct opennebula *o = g_new0(struct opennebula, 1);
    g_autoptr(GError) error = NULL;

    walk_prepare();
    copy_options(o, options);
    o->wire = wire_new(&to, &error);
    if (o->wire == NULL)
        o->problem = g_strdup(error->message);
    o->answers = queue_new(context, deliver_answer, o, question_free);
    o->bulletins = queue_new(context, deliver_bulletin, o, drop_bulletin);
    pthread_mutex_init(&o->lock, NULL);
    pthread_cond_init(&o->wake, NULL);
    g_queue_init(&o->waiting);
    return o;
}

void
opennebula_free(struct opennebula *o)
{
    if (o == NULL)
        return;
    pthread_mutex_lock(&o->lock);
    o->quit = true;
    pthread_cond_signal(&o->wake);
    pthread_mutex_unlock(&o->lock);
    if (o->wire != NULL)
        wire_cancel(o->wire);
    if (o->started)
        pthread_join(o->thread, NULL);
    queue_close(o->answers);
    queue_close(o->bulletins);
    subscriber_free(o->subscriber);
    queue_unref(o->answers);
    queue_unref(o->bulletins);
    g_queue_clear_full(&o->waiting, question_free);
    pthread_cond_destroy(&o->wake);
    pthread_mutex_destroy(&o->lock);
    wire_free(o->wire);
    g_free(o->problem);
    for (gsize i = 0; i < G_N_ELEMENTS(o->texts); i++)
        g_free(o->texts[i]);
    g_free(o);
}

static void
ask(struct opennebula *o, bool only, const gint64 *ids, size_t n_ids, opennebula_done done,
    void *data)
{
    struct question *r = g_new0(struct question, 1);

    r->only = only;
    r->ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    if (n_ids > 0)
        g_array_append_vals(r->ids, ids, (guint)n_ids);
    r->done = done;
    r->data = data;
    o->n_pending++;
    if (!o->started)
        start_thread(o);
    if (!o->started) {
        r->answer = frontend_answer_new_error(o->options.name, ERROR_OTHER,
                                              "no thread can be started");
        queue_push(o->answers, r);
        return;
    }
    pthread_mutex_lock(&o->lock);
    g_queue_push_tail(&o->waiting, r);
    pthread_cond_signal(&o->wake);
    pthread_mutex_unlock(&o->lock);
}

void
opennebula_ask(struct opennebula *o, const gint64 *ids, size_t n_ids, opennebula_done done,
               void *data)
{
    ask(o, false, ids, n_ids, done, data);
}

void
opennebula_ask_some(struct opennebula *o, const gint64 *ids, size_t n_ids, opennebula_done done,
                    void *data)
{
    ask(o, true, ids, n_ids, done, data);
}

unsigned
opennebula_pending(const struct opennebula *o)
{
    return o->n_pending;
}

bool
opennebula_listen(struct opennebula *o, opennebula_event_func func, void *data, GError **error)
{
    if (o->options.events == NULL)
        return opennebula_fail(error, ERROR_NO_URI, "no address of events is configured");
    o->listener = func;
    o->listener_data = data;
    o->subscriber = subscriber_new(o->bulletins, &o->options, error);
    return o->subscriber != NULL;
}

struct opennebula_counts
opennebula_counts(const struct opennebula *o)
{
    struct opennebula_counts counts = o->counts;

    subscriber_count(o->subscriber, &counts);
    return counts;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/dispatch.h"

#include "directory/connection.h"
#include "directory/deadline.h"
#include "directory/result.h"

enum { CLOCK_EVERY = 4 }; /* messages between two looks at the clock */

static const char notice_of_disconnection[] = "1.3.6.1.4.1.1466.20036";

/* Somebody who waits. */
struct waiter {
    int id;    /* message id, or negative: a timer, or not sent yet */
    int msgid; /* 0 = not sent */
    int limit; /* ms; 0 = none; of a timer: until it fires */
    bool timer;
    int64_t deadline;
    dispatch_send_func send; /* not NULL: still to be sent */
    dispatch_func func;
    void *data;
};

struct hook {
    dispatch_func func;
    void *data;
};

struct dispatch {
    GHashTable *by_id;    /* id -> struct waiter * */
    GHashTable *by_msgid; /* message id -> the same, for those whose id is another */
    GQueue unsent;        /* of ids, in order */
    GArray *hooks;
    GError *failure;
    int64_t first; /* no deadline is before this */
    int last_id;   /* counts down */
    unsigned depth;
    bool unread;
    bool closing;
};

struct dispatch *
dispatch_new(void)
{
    struct dispatch *d = g_new0(struct dispatch, 1);

    d->by_id = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    d->by_msgid = g_hash_table_new(NULL, NULL);
    d->hooks = g_array_new(FALSE, FALSE, sizeof(struct hook));
    d->first = G_MAXINT64;
    return d;
}

void
dispatch_free(struct dispatch *d)
{
    g_hash_table_unref(d->by_id);
    g_hash_table_unref(d->by_msgid);
    g_queue_clear(&d->unsent);
    g_array_unref(d->hooks);
    g_clear_error(&d->failure);
    g_free(d);
}

static struct dispatch *
of(const struct directory_connection *c)
{
    return directory_connection_dispatch(c);
}

static struct waiter *
find(const struct dispatch *d, int id)
{
    return g_hash_table_lookup(d->by_id, GINT_TO_POINTER(id));
}

static struct waiter *
find_msgid(const struct dispatch *d, int msgid)
{
    struct waiter *w = find(d, msgid);

    return w ? w : g_hash_table_lookup(d->by_msgid, GINT_TO_POINTER(msgid));
}

static void
start_clock(struct dispatch *d, struct waiter *w)
{
    w->deadline = w->limit > 0 || w->timer ? deadline_in(w->limit) : G_MAXINT64;
    d->first = MIN(d->first, w->deadline);
}

static struct waiter *
add(struct dispatch *d, int id, int msgid, int limit, dispatch_func func, void *data)
{
    struct waiter *w = g_new0(struct waiter, 1);

    *w = (struct waiter){.id = id, .msgid = msgid, .limit = limit, .func = func, .data = data};
    g_hash_table_replace(d->by_id, GINT_TO_POINTER(id), w);
    start_clock(d, w);
    return w;
}

void
dispatch_expect(struct directory_connection *c, int msgid, int limit, dispatch_func func,
                void *data)
{
    add(of(c), msgid, msgid, limit, func, data);
    of(c)->unread = true;
}

/* Sends now.  LDAP_BUSY: there is no room yet. */
static int
send_now(struct directory_connection *c, dispatch_send_func send, void *data, int *msgid)
{
    LDAP *ld = directory_connection_handle(c);
    int rc = send(ld, msgid, data);
    GError *error = NULL;

    if (rc == LDAP_SUCCESS) {
        of(c)->unread = true;
    } else if (directory_class_of(rc) == DIRECTORY_UNREACHABLE) {
        directory_error_set_from(&error, ld, rc, "%s: the connection is lost",
                                 directory_connection_uri(c));
        dispatch_fail(c, error);
    }
    return rc;
}

static void
set_send_error(struct directory_connection *c, int rc, GError **error)
{
    directory_error_set_from(error, directory_connection_handle(c), rc, "%s: sending",
                             directory_connection_uri(c));
}

int
dispatch_send(struct directory_connection *c, int limit, dispatch_send_func send,
              dispatch_func func, void *data, GError **error)
{
    struct dispatch *d = of(c);
    struct waiter *w;
    int msgid = 0;
    int rc = LDAP_BUSY;

    if (d->failure) {
        g_propagate_error(error, g_error_copy(d->failure));
        return 0;
    }
    if (g_queue_is_empty(&d->unsent))
        rc = send_now(c, send, data, &msgid);
    if (rc == LDAP_SUCCESS) {
        dispatch_expect(c, msgid, limit, func, data);
        return msgid;
    }
    if (rc != LDAP_BUSY) {
        set_send_error(c, rc, error);
        return 0;
    }
    w = add(d, --d->last_id, 0, limit ? limit : directory_connection_timeout(c), func, data);
    w->limit = limit;
    w->send = send;
    g_queue_push_tail(&d->unsent, GINT_TO_POINTER(w->id));
    return w->id;
}

int
dispatch_timer(struct directory_connection *c, int64_t ms, dispatch_func func, void *data)
{
    struct dispatch *d = of(c);
    struct waiter *w = add(d, --d->last_id, 0, 0, func, data);

    w->timer = true;
    w->limit = (int)CLAMP(ms, 0, G_MAXINT);
    start_clock(d, w);
    return w->id;
}

/* Takes the waiter out of the tables; free it with g_free(). */
static struct waiter *
take_out(struct dispatch *d, int id)
{
    struct waiter *w = NULL;

    if (!g_hash_table_steal_extended(d->by_id, GINT_TO_POINTER(id), NULL, (gpointer *)&w))
        return NULL;
    if (w->msgid != w->id)
        g_hash_table_remove(d->by_msgid, GINT_TO_POINTER(w->msgid));
    if (w->send)
        g_queue_remove(&d->unsent, GINT_TO_POINTER(id));
    return w;
}

void
dispatch_forget(struct directory_connection *c, int id)
{
    g_free(take_out(of(c), id));
}

void
dispatch_abandon(struct directory_connection *c, int id)
{
    struct waiter *w = take_out(of(c), id);

    if (w && w->msgid && !of(c)->failure)
        ldap_abandon_ext(directory_connection_handle(c), w->msgid, NULL, NULL);
    g_free(w);
}

void
dispatch_set_limit(struct directory_connection *c, int id, int limit)
{
    struct waiter *w = find(of(c), id);

    if (!w)
        return;
    w->limit = limit;
    if (w->msgid)
        start_clock(of(c), w);
}

void
dispatch_add_hook(struct directory_connection *c, dispatch_func func, void *data)
{
    struct hook hook = {func, data};

    g_array_append_val(of(c)->hooks, hook);
}

void
dispatch_remove_hook(struct directory_connection *c, dispatch_func func, void *data)
{
    GArray *hooks = of(c)->hooks;

    for (guint i = hooks->len; i-- > 0;) {
        const struct hook *h = &g_array_index(hooks, struct hook, i);

        if (h->func == func && h->data == data)
            g_array_remove_index(hooks, i);
    }
}

void
dispatch_fail(struct directory_connection *c, GError *error)
{
    struct dispatch *d = of(c);

    if (d->failure)
        g_error_free(error);
    else
        d->failure = error;
}

const GError *
dispatch_failure(const struct directory_connection *c)
{
    return of(c)->failure;
}

static void
tell_end(struct directory_connection *c, int id, const GError *error)
{
    struct waiter *w = take_out(of(c), id);
    struct arrival arrival = {.type = 0, .error = error};

    if (w)
        w->func(c, &arrival, w->data);
    g_free(w);
}

/* Those who wait now; a taker that sends anew has to look at dispatch_failure() by itself. */
static void
tell_all(struct directory_connection *c, const GError *error)
{
    g_autoptr(GList) ids = g_hash_table_get_keys(of(c)->by_id);

    for (GList *l = ids; l; l = l->next)
        tell_end(c, GPOINTER_TO_INT(l->data), error);
}

static void
run_hooks(struct directory_connection *c)
{
    struct dispatch *d = of(c);
    struct arrival nothing = {.type = 0};

    for (guint i = d->hooks->len; i-- > 0;)
        if (i < d->hooks->len) {
            struct hook h = g_array_index(d->hooks, struct hook, i);

            h.func(c, &nothing, h.data);
        }
}

void
dispatch_end(struct directory_connection *c)
{
    struct dispatch *d = of(c);
    GError *error = NULL;

    directory_error_set(&error, LDAP_SERVER_DOWN, NULL, NULL, "%s: the connection was closed",
                        directory_connection_uri(c));
    dispatch_fail(c, error);
    run_hooks(c);
    /* Who asks again in spite of it is told again, but not for ever. */
    for (int i = 0; i < 10 && g_hash_table_size(d->by_id); i++)
        tell_all(c, d->failure);
}

static bool
is_last(int type)
{
    return type != LDAP_RES_SEARCH_ENTRY && type != LDAP_RES_SEARCH_REFERENCE &&
           type != LDAP_RES_INTERMEDIATE;
}

/* A server that closes the connection may say why before (RFC 4511 4.4.1). */
static void
take_notice(struct directory_connection *c, LDAPMessage *message)
{
    LDAP *ld = directory_connection_handle(c);
    char *oid = NULL;
    GError *error = NULL;

    if (ldap_parse_extended_result(ld, message, &oid, NULL, 0) == LDAP_SUCCESS && oid &&
        g_str_equal(oid, notice_of_disconnection)) {
        if (directory_result_parse(ld, message, NULL, directory_connection_uri(c), &error))
            directory_error_set(&error, LDAP_SERVER_DOWN, NULL, NULL,
                                "%s: the server closes the connection",
                                directory_connection_uri(c));
        message = NULL;
        dispatch_fail(c, error);
    }
    ldap_memfree(oid);
    ldap_msgfree(message);
}

void
dispatch_hand_out(struct directory_connection *c, int type, LDAPMessage *message)
{
    struct dispatch *d = of(c);
    int msgid = ldap_msgid(message);
    struct waiter *w = msgid > 0 ? find_msgid(d, msgid) : NULL;
    struct arrival arrival = {.type = type, .message = message};

    if (msgid == LDAP_RES_UNSOLICITED) {
        take_notice(c, message);
    } else if (!w) {
        ldap_msgfree(message); /* late, of something abandoned */
    } else if (is_last(type)) {
        w = take_out(d, w->id);
        w->func(c, &arrival, w->data);
        g_free(w);
    } else {
        start_clock(d, w);
        w->func(c, &arrival, w->data); /* may free w */
    }
}

/* Sends what had no room. */
static void
send_waiting(struct directory_connection *c)
{
    struct dispatch *d = of(c);

    while (!g_queue_is_empty(&d->unsent) && !d->failure) {
        int id = GPOINTER_TO_INT(g_queue_peek_head(&d->unsent));
        struct waiter *w = find(d, id);
        int msgid = 0;
        int rc = send_now(c, w->send, w->data, &msgid);

        if (rc == LDAP_BUSY)
            return;
        if (rc == LDAP_SUCCESS) {
            g_queue_pop_head(&d->unsent);
            w->send = NULL;
            w->msgid = msgid;
            g_hash_table_insert(d->by_msgid, GINT_TO_POINTER(msgid), w);
            start_clock(d, w);
        } else if (!d->failure) {
            GError *error = NULL;

            set_send_error(c, rc, &error);
            tell_end(c, id, error);
            g_error_free(error);
        }
    }
}

/* Timers fire; operations that are late are abandoned and told so. */
static void
run_clock(struct directory_connection *c)
{
    struct dispatch *d = of(c);
    g_autoptr(GArray) due = NULL;
    GHashTableIter iter;
    gpointer value;
    int64_t now = deadline_now();

    if (d->first > now)
        return;
    due = g_array_new(FALSE, FALSE, sizeof(int));
    d->first = G_MAXINT64;
    g_hash_table_iter_init(&iter, d->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct waiter *w = value;

        if (w->deadline <= now)
            g_array_append_val(due, w->id);
        else
            d->first = MIN(d->first, w->deadline);
    }
    for (guint i = 0; i < due->len; i++) {
        int id = g_array_index(due, int, i);
        const struct waiter *w = find(d, id);
        g_autoptr(GError) error = NULL;

        if (!w)
            continue;
        if (!w->timer) {
            if (w->msgid && !d->failure)
                ldap_abandon_ext(directory_connection_handle(c), w->msgid, NULL, NULL);
            directory_error_set(&error, LDAP_TIMEOUT, NULL, NULL, "%s: no answer in time",
                                directory_connection_uri(c));
        }
        tell_end(c, id, error);
    }
}

/* One message.  False: none is there. */
static bool
take_one(struct directory_connection *c)
{
    LDAP *ld = directory_connection_handle(c);
    struct timeval zero = {0, 0};
    LDAPMessage *message = NULL;
    int type = ldap_result(ld, LDAP_RES_ANY, LDAP_MSG_ONE, &zero, &message);
    GError *error = NULL;

    if (type > 0) {
        dispatch_hand_out(c, type, message);
        return true;
    }
    if (type < 0) {
        directory_connection_lost(c, "reading", &error);
        dispatch_fail(c, error);
    }
    return false;
}

bool
dispatch_drain(struct directory_connection *c, int64_t budget)
{
    struct dispatch *d = of(c);
    int64_t end = g_get_monotonic_time() + budget;
    bool more = false;

    dispatch_begin(c);
    d->unread = false;
    for (unsigned n = 1; !d->failure && !d->closing && take_one(c); n++)
        if (n % CLOCK_EVERY == 0 && g_get_monotonic_time() >= end) {
            more = d->unread = true;
            break;
        }
    send_waiting(c);
    run_clock(c);
    run_hooks(c); /* a writer reports what it has before the others give up */
    if (d->failure)
        tell_all(c, d->failure);
    more = more && !d->failure;
    dispatch_done(c);
    return more;
}

void
dispatch_note_unread(struct directory_connection *c)
{
    of(c)->unread = true;
}

void
dispatch_begin(struct directory_connection *c)
{
    of(c)->depth++;
}

void
dispatch_done(struct directory_connection *c)
{
    struct dispatch *d = of(c);

    if (--d->depth == 0 && d->closing)
        directory_connection_close(c);
}

bool
dispatch_put_off_close(struct directory_connection *c)
{
    struct dispatch *d = of(c);

    d->closing = d->depth > 0;
    return d->closing;
}

void
dispatch_ask(struct directory_connection *c, struct dispatch_need *need)
{
    struct dispatch *d = of(c);
    LDAP *ld = directory_connection_handle(c);
    Sockbuf *sb = NULL;

    *need = (struct dispatch_need){.fd = -1, .now = d->unread || d->failure, .timeout = -1};
    if (d->first != G_MAXINT64) {
        need->timeout = deadline_left(d->first);
        need->now = need->now || need->timeout == 0;
    }
    if (d->failure)
        return;
    ldap_get_option(ld, LDAP_OPT_DESC, &need->fd);
    if (ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sb) == LDAP_OPT_SUCCESS && sb)
        need->writing = ber_sockbuf_ctrl(sb, LBER_SB_OPT_NEEDS_WRITE, NULL) > 0;
}

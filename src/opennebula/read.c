/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "opennebula/read.h"

#include "opennebula/credential.h"
#include "opennebula/pool.h"
#include "opennebula/rpc.h"
#include "opennebula/wire.h"

#include <stdatomic.h>
#include <string.h>

#define RANGE_MAX (1 << 30)
#define SET_SIZE 500 /* numbers in one one.vmpool.infoset */
#define LONG_MAX_IN_A_ROW 16 /* single VMs that are too long, before we stop believing it */
#define FILTER_ALL (-2)
#define STATE_NOT_DONE (-1)

/* One read. */
struct reading {
    const struct opennebula_options *options;
    struct wire *wire;
    struct credential credential;
    gint64 deadline;
    struct frontend_answer *answer;
    struct opennebula_work work;
    guint n_seen;
    guint n_bad;
    char *bad; /* the first */
};

/* One call on its way. */
struct call {
    struct rpc_answer *rpc;
    struct pool *pool;
    GString *text; /* where no pool is expected */
    bool spoiled;  /* it failed for what a VM holds: others may be read without it */
};

guint64
opennebula_next_query(void)
{
    static atomic_uint_fast64_t last;

    return atomic_fetch_add(&last, 1) + 1;
}

static bool
take_bytes(void *data, const char *bytes, size_t len, GError **error)
{
    struct call *c = data;

    return rpc_answer_push(c->rpc, bytes, len, error);
}

static bool
take_text(void *data, const char *text, size_t len, GError **error)
{
    struct call *c = data;

    if (c->pool != NULL)
        return pool_push(c->pool, text, len, error);
    if (c->text->len + len > 256)
        return opennebula_fail(error, ERROR_RPC, "the answer is longer than it should be");
    g_string_append_len(c->text, text, (gssize)len);
    return true;
}

/* One call, its string into the pool or the text. */
static enum wire_result
call(struct reading *r, const char *method, const struct rpc_param *params, size_t n_params,
     struct call *c, size_t *n_bytes, GError **error)
{
    char *question = rpc_question(method, r->credential.text, params, n_params);
    CLEANUP(rpc_answer_free) struct rpc_answer *rpc = rpc_answer_new(take_text, c);
    enum wire_result result;
    size_t got = 0;

    c->rpc = rpc;
    result = wire_ask(r->wire, question, r->deadline, take_bytes, c, &got, error);
    rpc_wipe(question);
    r->work.n_calls++;
    r->work.n_bytes += got;
    if (n_bytes != NULL)
        *n_bytes = got;
    if (result == WIRE_DONE && !rpc_answer_end(rpc, error))
        result = WIRE_FAILED;
    if (result == WIRE_DONE && c->pool != NULL && !pool_end(c->pool, error))
        result = WIRE_FAILED;
    if (result == WIRE_FAILED)
        g_prefix_error(error, "%s: ", method);
    c->spoiled = result == WIRE_FAILED && c->pool != NULL
                 && (pool_is_spoiled(c->pool) || rpc_answer_is_spoiled(rpc));
    return result;
}

static struct pool *
new_pool(struct reading *r, enum pool_form form, gint64 first, gint64 last)
{
    const struct pool_options options = {
        .form = form,
        .link_attribute = r->options->link_attribute,
        .linked = r->options->linked,
        .first = first,
        .last = last,
    };

    return pool_new(&options, r->answer);
}

/* Counts what a good answer had. */
static void
count(struct reading *r, const struct pool_seen *seen)
{
    r->n_seen += seen->n_vms;
    r->n_bad += seen->n_bad;
    r->work.n_left_out += seen->n_left_out;
    if (r->bad == NULL)
        r->bad = g_strdup(seen->bad);
}

/* What one range was like. */
struct range {
    guint n_vms;
    gint64 first_id; /* seen also where the answer was too long; -1 = none */
    gint64 max_id;
    size_t n_bytes;
    bool spoiled;
};

/* Numbers from first to last (-1: to the end).  Nothing stays in the answer unless it is DONE. */
static enum wire_result
read_range(struct reading *r, gint64 first, gint64 last, struct range *range, GError **error)
{
    const struct rpc_param params[] = {
        {.kind = RPC_INT, .number = FILTER_ALL},
        {.kind = RPC_INT, .number = first},
        {.kind = RPC_INT, .number = last},
        {.kind = RPC_INT, .number = STATE_NOT_DONE},
    };
    CLEANUP(pool_free) struct pool *pool = new_pool(r, POOL_FORM_POOL, first, last);
    struct call c = {.pool = pool};
    guint before = r->answer->vms->len;
    const struct pool_seen *seen = pool_seen(pool);
    enum wire_result result;

    *range = (struct range){0};
    result = call(r, "one.vmpool.infoextended", params, G_N_ELEMENTS(params), &c, &range->n_bytes,
                  error);
    range->n_vms = seen->n_vms;
    range->first_id = seen->first_id;
    range->max_id = seen->max_id;
    range->spoiled = c.spoiled;
    if (result == WIRE_DONE)
        count(r, seen);
    else
        g_array_set_size(r->answer->vms, before);
    return result;
}

/* How far a walk over all numbers is. */
struct walk_over {
    gint64 next;
    gint64 size;
    gint64 known_max; /* some VM has this number; -1 = not known */
    guint n_long;     /* single VMs in a row that were too long */
    bool done;
};

static void
note_bad(struct reading *r, gint64 id, const GError *why)
{
    r->n_bad++;
    r->n_seen++;
    if (r->bad == NULL)
        r->bad = g_strdup_printf("VM %" G_GINT64_FORMAT ": %s", id,
                                 why != NULL ? why->message
                                             : "it alone is longer than answer_limit");
}

/* Half of what was too long (why is NULL) or cannot be parsed; a single VM that is so is a bad
 * one.  Takes why over. */
static bool
halve(struct reading *r, struct walk_over *o, GError *why, GError **error)
{
    g_autoptr(GError) reason = why;

    r->work.n_halved++;
    if (o->size > 1) {
        o->size /= 2;
        return true;
    }
    if (++o->n_long > LONG_MAX_IN_A_ROW && why != NULL) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    if (o->n_long > LONG_MAX_IN_A_ROW)
        return opennebula_fail(error, ERROR_RPC,
                               "answers are longer than answer_limit (%u bytes) whatever is asked",
                               r->options->answer_limit);
    note_bad(r, o->next++, why);
    return true;
}

/* A range was empty: is there anything behind it? */
static bool
look_behind(struct reading *r, struct walk_over *o, GError **error)
{
    struct range range;
    GError *failed = NULL;
    enum wire_result result = read_range(r, o->next, -1, &range, &failed);

    if (result == WIRE_DONE) {
        o->done = true;
        return true;
    }
    if (result == WIRE_FAILED && !range.spoiled) {
        g_propagate_error(error, failed);
        return false;
    }
    g_clear_error(&failed);
    r->work.n_halved++;
    /* not even one VM may have come before the limit */
    o->known_max = MAX(o->known_max, range.max_id < 0 ? o->next : range.max_id);
    return true;
}

/* The next size: about half of the limit. */
static void
resize(const struct reading *r, struct walk_over *o, const struct range *range)
{
    if (range->n_bytes < r->options->answer_limit / 4)
        o->size = MIN(2 * o->size, RANGE_MAX);
    else if (range->n_bytes > r->options->answer_limit / 4 * 3)
        o->size = MAX(o->size / 2, 1);
}

/* OpenNebula's numbers are 32 bits. */
static gint64
last_of(const struct walk_over *o)
{
    return MIN(o->next + o->size - 1, G_MAXINT32);
}

static bool
read_pool(struct reading *r, GError **error)
{
    struct walk_over o = {.size = MAX(r->options->first_range, 1), .known_max = -1};
    struct range range;

    while (!o.done && o.next < G_MAXINT32) {
        GError *failed = NULL;
        enum wire_result result = read_range(r, o.next, last_of(&o), &range, &failed);

        if (result == WIRE_TOO_LONG || range.spoiled) {
            if (!halve(r, &o, failed, error))
                return false;
        } else if (result == WIRE_FAILED) {
            g_propagate_error(error, failed);
            return false;
        } else {
            o.next = last_of(&o) + 1;
            o.n_long = 0;
            resize(r, &o, &range);
            if (range.n_vms == 0 && o.next > o.known_max && !look_behind(r, &o, error))
                return false;
        }
    }
    return true;
}

static bool
read_version(struct reading *r, GError **error)
{
    g_autoptr(GString) text = g_string_new("");
    struct call c = {.text = text};

    switch (call(r, "one.system.version", NULL, 0, &c, NULL, error)) {
    case WIRE_DONE:
        r->answer->version = g_utf8_make_valid(text->str, -1);
        return true;
    case WIRE_TOO_LONG:
        return opennebula_fail(error, ERROR_RPC, "one.system.version: the answer is far too long");
    case WIRE_FAILED:
        break;
    }
    return false;
}

/* VMs by number, DONE or not. */
static bool
read_set(struct reading *r, const gint64 *ids, size_t n, GError **error)
{
    g_autoptr(GString) list = g_string_new("");
    struct rpc_param params[] = {{.kind = RPC_STRING}, {.kind = RPC_BOOL, .number = 1}};
    CLEANUP(pool_free) struct pool *pool = new_pool(r, POOL_FORM_POOL, 0, -1);
    struct call c = {.pool = pool};
    guint before = r->answer->vms->len;
    g_autoptr(GError) failed = NULL;
    enum wire_result result;

    for (size_t i = 0; i < n; i++)
        g_string_append_printf(list, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "", ids[i]);
    params[0].text = list->str;
    result = call(r, "one.vmpool.infoset", params, G_N_ELEMENTS(params), &c, NULL, &failed);
    if (result == WIRE_DONE) {
        count(r, pool_seen(pool));
        return true;
    }
    g_array_set_size(r->answer->vms, before);
    if (result == WIRE_FAILED && !c.spoiled) {
        g_propagate_error(error, g_steal_pointer(&failed));
        return false;
    }
    r->work.n_halved++;
    if (n > 1)
        return read_set(r, ids, n / 2, error) && read_set(r, ids + n / 2, n - n / 2, error);
    note_bad(r, ids[0], failed);
    return true;
}

/* Those of ids that the pool had not. */
static bool
read_missing(struct reading *r, const gint64 *ids, size_t n_ids, GError **error)
{
    g_autoptr(GHashTable) there = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autoptr(GArray) missing = g_array_new(FALSE, FALSE, sizeof(gint64));
    GArray *vms = r->answer->vms;

    for (guint i = 0; n_ids > 0 && i < vms->len; i++)
        g_hash_table_add(there, &g_array_index(vms, struct frontend_vm, i).id);
    for (size_t i = 0; i < n_ids; i++)
        if (ids[i] >= 0 && !g_hash_table_contains(there, &ids[i]))
            g_array_append_val(missing, ids[i]);
    g_hash_table_remove_all(there); /* its keys are in what grows now */
    for (guint at = 0; at < missing->len; at += SET_SIZE) {
        const gint64 *some = &g_array_index(missing, gint64, at);

        if (!read_set(r, some, MIN(missing->len - at, SET_SIZE), error))
            return false;
    }
    return true;
}

/* The source of a VM that moves; its newer state as well. */
static void
read_moving(struct reading *r, guint at)
{
    struct frontend_vm *vm = &g_array_index(r->answer->vms, struct frontend_vm, at);
    const struct rpc_param params[] = {{.kind = RPC_INT, .number = vm->id}};
    CLEANUP(pool_free) struct pool *pool = new_pool(r, POOL_FORM_VM, vm->id, vm->id);
    struct call c = {.pool = pool};
    guint before = r->answer->vms->len;
    enum wire_result result = call(r, "one.vm.info", params, G_N_ELEMENTS(params), &c, NULL, NULL);

    if (result == WIRE_DONE && r->answer->vms->len == before + 1) {
        struct frontend_vm *all = &g_array_index(r->answer->vms, struct frontend_vm, 0);
        struct frontend_vm newer = all[before];

        all[before] = all[at];
        all[at] = newer;
    }
    g_array_set_size(r->answer->vms, before);
}

static void
read_all_moving(struct reading *r)
{
    for (guint i = 0; i < r->answer->vms->len; i++) {
        const struct frontend_vm *vm = &g_array_index(r->answer->vms, struct frontend_vm, i);

        if (pool_is_moving(vm->state, vm->lcm) && vm->source == NULL
            && g_get_monotonic_time() < r->deadline)
            read_moving(r, i);
    }
}

/* What failed, without secrets. */
static void
set_failure(struct reading *r, const GError *error)
{
    struct frontend_answer *a = r->answer;
    g_autofree char *text = credential_redact(&r->credential, error->message);

    if (a->vms->len > 0) {
        a->result = RESULT_PARTIAL;
        a->text = g_strdup_printf("only %u VMs were read: %s", a->vms->len, text);
    } else {
        a->result = RESULT_ERROR;
        a->error = opennebula_error_class(error);
        a->text = g_steal_pointer(&text);
    }
}

static bool
check_seen(const struct reading *r, GError **error)
{
    return r->n_seen > 0
           || opennebula_fail(error, ERROR_AUTH,
                              "the pool is empty: the account sees no VM (give it the right to use "
                              "them; where there are none, take the section away)");
}

static bool
read_whole_pool(struct reading *r, GError **error)
{
    return read_version(r, error) && read_pool(r, error) && check_seen(r, error);
}

/* The pool, unless only ids are asked for, and then those of ids that it had not. */
static void
read_everything(struct reading *r, bool only, const gint64 *ids, size_t n_ids)
{
    g_autoptr(GError) error = NULL;
    bool ok = credential_read(&r->credential, r->options->credential_file, &error)
              && (only || read_whole_pool(r, &error)) && read_missing(r, ids, n_ids, &error);

    if (r->answer->vms->len > 0)
        read_all_moving(r);
    if (!ok) {
        set_failure(r, error);
    } else if (r->n_bad > 0) {
        g_autofree char *bad = credential_redact(&r->credential, r->bad);

        r->answer->result = RESULT_PARTIAL;
        r->answer->text = g_strdup_printf("%u of %u VMs could not be read: %s", r->n_bad,
                                          r->n_seen, bad);
    }
    credential_clear(&r->credential);
}

static struct frontend_answer *
read_over(struct wire *w, const struct opennebula_options *options, bool only, const gint64 *ids,
          size_t n_ids, struct opennebula_work *work)
{
    const gint64 began = g_get_monotonic_time();
    struct reading r = {
        .options = options,
        .wire = w,
        .deadline = began + (gint64)options->timeout_ms * 1000,
        .answer = frontend_answer_new(options->name, RESULT_COMPLETE),
    };

    r.answer->query = opennebula_next_query();
    r.answer->event = only;
    read_everything(&r, only, ids, n_ids);
    g_free(r.bad);
    r.answer->took_us = MAX(g_get_monotonic_time() - began, 1);
    if (work != NULL)
        *work = r.work;
    return r.answer;
}

struct frontend_answer *
opennebula_read_over(struct wire *w, const struct opennebula_options *options, const gint64 *ids,
                     size_t n_ids, struct opennebula_work *work)
{
    return read_over(w, options, false, ids, n_ids, work);
}

struct frontend_answer *
opennebula_read_some_over(struct wire *w, const struct opennebula_options *options,
                          const gint64 *ids, size_t n_ids)
{
    return read_over(w, options, true, ids, n_ids, NULL);
}

struct frontend_answer *
opennebula_read(const struct opennebula_options *options, const gint64 *ids, size_t n_ids)
{
    const struct wire_options to = {
        .endpoint = options->endpoint,
        .ca_file = options->ca_file,
        .connect_timeout_ms = options->connect_timeout_ms,
        .answer_limit = options->answer_limit,
    };
    g_autoptr(GError) error = NULL;
    CLEANUP(wire_free) struct wire *w = NULL;

    walk_prepare();
    w = wire_new(&to, &error);
    if (w == NULL)
        return frontend_answer_new_error(options->name, opennebula_error_class(error),
                                         error->message);
    return opennebula_read_over(w, options, ids, n_ids, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "opennebula/event.h"

#include <string.h>

#define PIECE 4096 /* of base64 that is decoded at a time: a multiple of four */

/* The number in the topic; -1 where it has none. */
static gint64
topic_id(const char *topic, size_t len)
{
    size_t prefix = strlen(EVENT_PREFIX);
    gint64 id = 0;
    size_t i = prefix;

    if (len <= prefix || memcmp(topic, EVENT_PREFIX, prefix) != 0)
        return -1;
    for (; i < len && g_ascii_isdigit(topic[i]) && i < prefix + 18; i++)
        id = 10 * id + (topic[i] - '0');
    return i > prefix && i < len && topic[i] == '/' ? id : -1;
}

/* GLib's decoder drops what is no base64 without a word. */
static bool
is_base64(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!g_ascii_isalnum(text[i]) && strchr("+/=\r\n", text[i]) == NULL)
            return false;
    return memchr(text, '\0', len) == NULL;
}

static bool
check_frames(gint64 id, const char *body, size_t len, GError **error)
{
    if (id < 0)
        return opennebula_fail(error, ERROR_RPC, "the event's topic names no VM");
    if (len > EVENT_MAX)
        return opennebula_fail(error, ERROR_RPC, "the event has more than %d bytes", EVENT_MAX);
    return is_base64(body, len) || opennebula_fail(error, ERROR_RPC, "the event is not base64");
}

static bool
push_body(struct pool *p, const char *body, size_t len, GError **error)
{
    guchar bytes[PIECE / 4 * 3 + 3];
    int state = 0;
    guint save = 0;

    for (size_t at = 0; at < len; at += PIECE) {
        gsize n = g_base64_decode_step(body + at, MIN(len - at, PIECE), bytes, &state, &save);

        if (!pool_push(p, (const char *)bytes, n, error))
            return false;
    }
    return pool_end(p, error);
}

struct frontend_answer *
event_decode(const char *frontend, const char *topic, size_t topic_len, const char *body,
             size_t body_len, const struct pool_options *options, GError **error)
{
    CLEANUP(frontend_answer_unref)
    struct frontend_answer *a = frontend_answer_new(frontend, RESULT_COMPLETE);
    struct pool_options form = *options;
    CLEANUP(pool_free) struct pool *p = NULL;
    gint64 id = topic_id(topic, topic_len);

    if (!check_frames(id, body, body_len, error))
        return NULL;
    form.form = POOL_FORM_EVENT;
    form.first = 0;
    form.last = -1;
    a->event = true;
    p = pool_new(&form, a);
    if (!push_body(p, body, body_len, error))
        return NULL;
    if (pool_seen(p)->n_bad > 0)
        opennebula_fail(error, ERROR_RPC, "the event cannot be used: %s", pool_seen(p)->bad);
    else if (pool_seen(p)->n_vms != 1)
        opennebula_fail(error, ERROR_RPC, "the event has %u VMs", pool_seen(p)->n_vms);
    else if (pool_seen(p)->first_id != id)
        opennebula_fail(error, ERROR_RPC, "the event's topic is about another VM than its text");
    else
        return g_steal_pointer(&a);
    return NULL;
}

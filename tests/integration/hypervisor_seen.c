/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor_seen.h"

#include "harness.h"

static GArray *seen;      /* of struct seen */
static unsigned n_domain; /* events of domains, also those not kept */
static bool keep_events = true;

static void
clear_seen(gpointer data)
{
    struct seen *s = data;

    g_free(s->node);
    g_free(s->disk);
    g_free(s->text);
    g_free(s->missing);
}

void
seen_record(const struct hypervisor_event *event, void *data)
{
    struct seen s = {.kind = event->kind,
                     .epoch = event->epoch,
                     .what = event->what,
                     .type = event->type,
                     .end = event->end,
                     .error = event->error,
                     .retry_ms = event->retry_ms};

    (void)data;
    assert_non_null(event->what);
    assert_true(event->received_us <= g_get_monotonic_time());
    n_domain += event->kind == HYPERVISOR_EVENT_DOMAIN ? 1 : 0;
    if (!keep_events)
        return;
    s.node = g_strdup(event->node);
    s.disk = g_strdup(event->disk);
    s.text = g_strdup(event->text);
    s.missing = g_strdup(event->missing);
    uuid_format(&event->uuid, s.uuid);
    g_array_append_val(seen, s);
}

void
seen_forget(void)
{
    if (seen == NULL) {
        seen = g_array_new(FALSE, TRUE, sizeof(struct seen));
        g_array_set_clear_func(seen, clear_seen);
    }
    g_array_set_size(seen, 0);
    n_domain = 0;
}

struct hypervisor *
seen_listen(const struct hypervisor_options *options)
{
    struct hypervisor *h = hypervisor_new(options);

    seen_forget();
    hypervisor_set_listener(h, seen_record, NULL);
    return h;
}

static gboolean
time_is_over(gpointer data)
{
    *(bool *)data = true;
    return G_SOURCE_REMOVE;
}

bool
seen_until(guint n, unsigned limit_ms)
{
    bool over = false;
    const guint timer = g_timeout_add(limit_ms, time_is_over, &over);

    while (seen->len < n && !over)
        g_main_context_iteration(NULL, TRUE);
    if (!over)
        g_source_remove(timer);
    return !over;
}

const struct seen *
seen_at(guint i)
{
    if (!seen_until(i + 1, (unsigned)harness_patience(20000)))
        fail_msg("only %u events, not %u", seen->len, i + 1);
    return &g_array_index(seen, struct seen, i);
}

const struct seen *
seen_next(enum hypervisor_event_kind kind, guint *i)
{
    for (;;) {
        const struct seen *s = seen_at((*i)++);

        if (s->kind == kind)
            return s;
    }
}

void
seen_expect(guint i, const char *uuid, const char *what)
{
    const struct seen *s = seen_at(i);

    assert_int_equal(s->kind, HYPERVISOR_EVENT_DOMAIN);
    assert_string_equal(s->uuid, uuid);
    assert_string_equal(s->what, what);
    assert_string_equal(s->node, "N1");
}

guint
seen_count(void)
{
    return seen->len;
}

unsigned
seen_n_domains(void)
{
    return n_domain;
}

void
seen_keep(bool on)
{
    keep_events = on;
}

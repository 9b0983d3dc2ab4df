/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/lease.h"

#include <string.h>
#include <unistd.h>

static bool
is_free(const struct lease_view *view)
{
    return !view->holder || !*view->holder;
}

void
lease_watch_clear(struct lease_watch *watch)
{
    g_free(watch->holder);
    *watch = (struct lease_watch){.holder = NULL};
}

/* Starts counting anew when holder or serial are not what they were. */
static void
watch_update(struct lease_watch *watch, const struct lease_view *view, int64_t now)
{
    if (watch->holder && strcmp(watch->holder, view->holder) == 0 && watch->serial == view->serial)
        return;
    g_free(watch->holder);
    watch->holder = g_strdup(view->holder);
    watch->serial = view->serial;
    watch->since = now;
}

enum lease_move
lease_decide(struct lease_watch *watch, const struct lease_view *view, const char *me,
             int64_t duration, int64_t now, int64_t *wait)
{
    int64_t left;

    if (wait)
        *wait = 0;
    if (is_free(view)) {
        lease_watch_clear(watch);
        return LEASE_TAKE;
    }
    if (strcmp(view->holder, me) == 0) {
        lease_watch_clear(watch);
        return LEASE_MINE;
    }
    watch_update(watch, view, now);
    left = watch->since + MAX(duration, view->duration) - now;
    if (left <= 0)
        return LEASE_TAKE_OVER;
    if (wait)
        *wait = left;
    return LEASE_WAIT;
}

bool
lease_may_send(int64_t sent, int64_t duration, int64_t now)
{
    int64_t margin = MIN((int64_t)LEASE_MARGIN, (duration + 1) / 2);

    return now - sent <= duration - margin;
}

bool
lease_renewal_due(int64_t sent, int64_t duration, int64_t now)
{
    return now - sent >= duration / 3;
}

char *
lease_holder_format(const char *host, int64_t pid, uint32_t random)
{
    GString *name = g_string_new(NULL);

    for (const char *p = host; *p && name->len < 64; p++)
        g_string_append_c(name, g_ascii_isgraph(*p) && *p != ':' ? *p : '-');
    g_string_append_printf(name, ":%" G_GINT64_FORMAT ":%08x", (gint64)pid, random);
    return g_string_free(name, FALSE);
}

char *
lease_holder_new(void)
{
    return lease_holder_format(g_get_host_name(), getpid(), g_random_int());
}

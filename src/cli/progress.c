/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/progress.h"
#include "text/text.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REDRAW_MS 100

void
progress_init(struct progress *p, bool quiet)
{
    memset(p, 0, sizeof(*p));
    p->enabled = !quiet && isatty(STDERR_FILENO);
}

void
progress_draw(struct progress *p, bool force)
{
    long now = (long)(g_get_monotonic_time() / 1000);

    if (!p->enabled || (!force && now - p->last_ms < REDRAW_MS))
        return;
    p->last_ms = now;
    p->shown = true;
    fputs("\r\033[K", stderr);
    fprintf(stderr, _("entries read %u"), p->entries);
    if (p->nodes_all > 0)
        fprintf(stderr, _(", nodes read %u of %u"), p->nodes, p->nodes_all);
    if (p->frontends_all > 0)
        fprintf(stderr, _(", front-ends read %u of %u"), p->frontends, p->frontends_all);
    if (p->writes_all > 0)
        fprintf(stderr, _(", written %u of %u"), p->writes, p->writes_all);
    fflush(stderr);
}

void
progress_clear(struct progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    fflush(stderr);
    p->shown = false;
}

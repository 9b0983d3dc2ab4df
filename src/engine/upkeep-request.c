/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a provisioning tool said it is about to do: how long it counts, and
 * when it has happened.
 */
#include "config.h"

#include "engine/engine-internal.h"

gint64
engine_request_limit(const struct limits *l, enum request request)
{
    switch (request) {
    case REQUEST_START:
        return l->request_limit_start;
    case REQUEST_SHUTDOWN:
        return l->request_limit_shutdown;
    case REQUEST_POWER_OFF:
        return l->request_limit_power_off;
    case REQUEST_MIGRATE:
        return l->request_limit_migrate;
    case REQUEST_DELETE:
        return l->request_limit_delete;
    case REQUEST_NONE:
    case REQUEST_UNKNOWN:
    case REQUEST_COUNT:
        break;
    }
    return 0;
}

void
upkeep_request_cleared(struct record *r)
{
    r->request = REQUEST_NONE;
    ref_replace(&r->request_stamp, NULL);
    r->request_since = NEVER;
    r->request_expired = 0;
    r->request_done = 0;
    r->request_marker = 0;
    ref_replace(&r->request_home, NULL);
}

/* Its own timestamp is used once: age = clamp(now - own, 0, limit). */
static void
note_request(struct engine *e, struct vm_entry *vm, struct record *r, enum request request,
             const char *stamp)
{
    gint64 limit = engine_request_limit(&e->options.limits, request) * 1000;
    gint64 age = 0;

    if (vm->pub.request_since >= 0)
        age = CLAMP(e->now.wall - vm->pub.request_since * 1000, 0, limit);
    upkeep_request_cleared(r);
    r->request = request;
    ref_replace(&r->request_stamp, stamp);
    r->request_since = e->now.mono - age;
    ref_replace(&r->request_home, vm->home);
}

bool
upkeep_same_host(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && g_ascii_strcasecmp(a, b) == 0);
}

/* True when what was asked for has happened. */
static bool
request_fulfilled(struct engine *e, const struct vm_entry *vm, const struct sight *s,
                  struct record *r, bool down)
{
    switch ((enum request)r->request) {
    case REQUEST_START:
        return s->active && !upkeep_waits_for_stream(e, vm, s, r);
    case REQUEST_SHUTDOWN:
    case REQUEST_POWER_OFF:
        return down;
    case REQUEST_MIGRATE:
        if (s->target != NULL)
            r->request_marker = 1;
        else if (r->request_marker)
            return true;
        return !upkeep_same_host(r->request_home, vm->home)
               || (s->target != NULL && s->there != NULL && domain_is_active(s->there)
                   && s->n_living == 1 && s->it == s->there);
    case REQUEST_DELETE:
    case REQUEST_NONE:
    case REQUEST_UNKNOWN:
    case REQUEST_COUNT:
        break;
    }
    return false;
}

void
upkeep_request(struct engine *e, struct vm_entry *vm, const struct sight *s, struct underway *u,
               bool down)
{
    enum request request = REQUEST_NONE;

    if (vm->pub.request != NULL && !request_parse(vm->pub.request, &request)) {
        u->request_unknown = true;
        request = REQUEST_NONE;
    }
    if (request == REQUEST_NONE) {
        if (u->record != NULL && u->record->request != REQUEST_NONE)
            upkeep_request_cleared(u->record);
        return;
    }
    char stamp[32];
    g_snprintf(stamp, sizeof(stamp), "%" G_GINT64_FORMAT, vm->pub.request_since);
    struct record *r = upkeep_record(e, vm, u);
    if (r->request != (gint64)request || g_strcmp0(r->request_stamp, stamp) != 0) {
        note_request(e, vm, r, request, stamp);
        r->request_pass = r->noted_pass = e->pass;
    }
    u->request_new = r->request_pass == e->pass;
    gint64 limit = engine_request_limit(&e->options.limits, request);
    if (e->now.mono - r->request_since >= limit * 1000)
        r->request_expired = 1;
    else
        upkeep_deadline(e, r->request_since, limit);
    if (!r->request_expired && request_fulfilled(e, vm, s, r, down))
        r->request_done = 1; /* and stays so until it is cleared or replaced */
    u->request_done = r->request_done || r->request_expired;
    if (!u->request_done)
        u->request = request;
}

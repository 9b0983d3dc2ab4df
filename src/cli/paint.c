/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/paint.h"

bool
paint_is_busy(const struct published *p)
{
    if (!p->known)
        return false;
    switch ((enum activity)p->activity) {
    case ACTIVITY_STREAMING:
    case ACTIVITY_BACKING_UP:
    case ACTIVITY_MIGRATING:
        return true;
    case ACTIVITY_NONE:
    case ACTIVITY_MAINTENANCE:
    case ACTIVITY_FIRST_INSTALLATION:
    case ACTIVITY_COUNT:
        break;
    }
    return p->state == STATE_STARTING || p->state == STATE_SHUTTING_DOWN
           || p->state == STATE_POWERING_OFF || p->state == STATE_DELETING;
}

enum paint
paint_of(const struct published *p)
{
    if (!p->known)
        return PAINT_PLAIN;
    if (p->state == STATE_CRASHED || p->state == STATE_FROZEN)
        return PAINT_BAD;
    if (p->has_stale_since)
        return PAINT_WARN;
    if (paint_is_busy(p))
        return PAINT_BUSY;
    switch ((enum state)p->state) {
    case STATE_RUNNING:
        return PAINT_GOOD;
    case STATE_STOPPED:
        return PAINT_DIM;
    case STATE_NONE:
    case STATE_STARTING:
    case STATE_PAUSED:
    case STATE_SHUTTING_DOWN:
    case STATE_POWERING_OFF:
    case STATE_DELETING:
    case STATE_CRASHED:
    case STATE_FROZEN:
    case STATE_DO_NOT_USE:
    case STATE_COUNT:
        break;
    }
    return PAINT_PLAIN;
}

const char *
paint_begin(enum paint paint)
{
    static const char *const codes[PAINT_COUNT] = {
        [PAINT_PLAIN] = "",        [PAINT_GOOD] = "\033[32m",  [PAINT_BUSY] = "\033[36m",
        [PAINT_WARN] = "\033[33m", [PAINT_BAD] = "\033[1;31m", [PAINT_DIM] = "\033[2m",
        [PAINT_HEAD] = "\033[1m",
    };

    return codes[paint];
}

const char *
paint_end(enum paint paint)
{
    return paint == PAINT_PLAIN ? "" : "\033[0m";
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/meaning.h - what words mean, for people who meet them: tool-tips.
 *
 * English, static, never NULL, and the keys for translations.  What statuses
 * mean is status.h's, what OpenNebula's words mean one.h's.
 */
#ifndef STATESYNC_CORE_MEANING_H
#define STATESYNC_CORE_MEANING_H

#include "core/actions.h"
#include "core/derive.h"
#include "core/words.h"

/* What raised the alarm, and what to do about it. */
const char *alarm_meaning(enum alarm_id a);
const char *alarm_remedy(enum alarm_id a);

/* How bad it is: the worst first. */
enum gravity {
    GRAVITY_DATA,  /* disks may be damaged */
    GRAVITY_DOWN,  /* something does not work, or nobody looks */
    GRAVITY_STUCK, /* something goes no further, or is not where it should be */
    GRAVITY_ENTRY, /* an entry or a copy wants to be tidied up */
};
enum gravity alarm_gravity(enum alarm_id a);

/* When a rule gives a status. */
const char *rule_meaning(enum rule r);

/* Why an action is denied. */
const char *denial_meaning(enum denial d);

/* "Power off", as a button has it, and what it says when pointed at: "Power off VM". */
const char *action_label(enum action a);
const char *action_hint(enum action a, bool template);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opennebula/event.h - one message of a front-end's event publisher: a topic
 * such as "EVENT VM 12/ACTIVE/RUNNING ", and a base64 text that holds the VM.
 */
#ifndef STATESYNC_OPENNEBULA_EVENT_H
#define STATESYNC_OPENNEBULA_EVENT_H

#include "engine/frontend.h"
#include "opennebula/pool.h"

#define EVENT_PREFIX "EVENT VM "

/* Longest message that is taken, in bytes. */
enum { EVENT_MAX = 4 * 1024 * 1024 };

/*
 * Decodes both frames.  The answer has `event` set and one VM; its query is
 * the caller's to set.  NULL with *error when it is none.  With linked in
 * options (form and range are not used) a VM without any UUID gives an answer
 * without a VM.
 */
struct frontend_answer *event_decode(const char *frontend, const char *topic, size_t topic_len,
                                     const char *body, size_t body_len,
                                     const struct pool_options *options, GError **error);

#endif

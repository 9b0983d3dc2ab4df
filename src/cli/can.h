/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/can.h - may a tool do this to a virtual machine now?
 */
#ifndef STATESYNC_CLI_CAN_H
#define STATESYNC_CLI_CAN_H

#include "core/actions.h"
#include "engine/engine.h"

enum answer { ANSWER_YES, ANSWER_NO, ANSWER_STALE };

/*
 * What nobody saw lately is not known.  *outdated is what finder_outdated() says; it is taken back where
 * it does not matter.  *why: for people, NULL with ANSWER_YES; free it with g_free().
 */
enum answer can_answer(const struct verdict *v, enum action action, char **outdated, char **why);

/* Prints the answer as one line; the exit code. */
int can_tell(enum action action, enum answer answer, const char *why);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/findings.h - what a person may want to mend, found by a pass.
 */
#ifndef STATESYNC_ENGINE_FINDINGS_H
#define STATESYNC_ENGINE_FINDINGS_H

#include "engine/engine.h"

/* X("kind"): findings that are no alarms */
#define FINDING_LIST(X)                                                                            \
    X(FINDING_DANGLING_STREAM, "dangling-stream")                                                  \
    X(FINDING_FINISHED_STREAM, "finished-stream")                                                  \
    X(FINDING_MODE_MISSING, "mode-missing")                                                        \
    X(FINDING_OPENNEBULA_TEMPLATE, "opennebula-template")
enum finding_kind { FINDING_LIST(WORDS_ENUM) FINDING_COUNT };

/* Static; "?" for what is none. */
const char *finding_name(enum finding_kind kind);

/* Is this a kind of finding, be it an alarm that a person has to do something about? */
bool finding_is_kind(const char *word);

/* All of them, with commas between; the caller frees. */
char *finding_kinds(void);

/*
 * All findings of a pass, sorted by kind and DN: those that stand in its
 * output, which loses them, alarms that a person has to do something about, and
 * domains without an entry.  With a repair only where nothing else can be
 * meant, and every node that could say otherwise answered.  To be called
 * before anything is written or read anew.  Array of struct finding; free with
 * g_array_unref().
 */
GArray *engine_findings(struct engine *e, struct engine_output *o);

#endif

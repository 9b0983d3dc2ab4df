/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/record.h - the complete input of a pass as a case file.
 */
#ifndef STATESYNC_CLI_RECORD_H
#define STATESYNC_CLI_RECORD_H

#include "core/cleanup.h"
#include "engine/engine.h"

struct recording;

/* memory: the state file's text as loaded, NULL = none. */
struct recording *recording_new(const struct engine_options *options, const char *memory);
void recording_free(struct recording *r); /* NULL is ignored */
DEFINE_CLEANUP(struct recording, recording_free)

/* One value of an entry as it arrived. */
void recording_value(struct recording *r, const char *dn, const char *attribute, const char *value,
                     size_t len);

/* A step: the entries noted since the last one (if any), these observations, and what OpenNebula's
 * front-ends answered (of struct frontend_answer *; NULL: there are none). */
void recording_step(struct recording *r, struct engine_time now, const GPtrArray *observations,
                    const GPtrArray *frontends, bool complete);

/* Why no record may be written there (it is a device, a link ...); NULL = it may.  Free with
 * g_free(). */
char *recording_refuse(const char *path);

/* Writes the file (mode 0600: it holds a directory).  False with error. */
bool recording_write(struct recording *r, const char *path, GError **error);

#endif

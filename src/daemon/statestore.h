/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/statestore.h - the state file on disk: what engine_save_*() and
 * engine_load() say, moved atomically.
 *
 * A pass that remembers the same as the one before renews only the header, in
 * place.  Anything else is written beside the file, synced and renamed over
 * it.  A file that cannot be read as a state file is set aside with a warning,
 * and the run begins cold.
 */
#ifndef STATESYNC_DAEMON_STATESTORE_H
#define STATESYNC_DAEMON_STATESTORE_H

#include "engine/engine.h"

#include <stdbool.h>

struct statestore;

/* path is copied. */
struct statestore *statestore_new(const char *path);
void statestore_free(struct statestore *s); /* NULL is ignored */
DEFINE_CLEANUP(struct statestore, statestore_free)

/*
 * Loads the file into the engine, after telling it the boot id.  A file that
 * does not exist is a first run.  False with error only when a file that is
 * there cannot be opened; a broken one is set aside as PATH.broken, unless
 * look_only, and logged.
 */
bool statestore_load(struct statestore *s, struct engine *e, struct engine_time now, bool look_only,
                     GError **error);

/*
 * Saves what the engine remembers.  False with error when it could not.
 *
 * ahead: before anything is written to the directory.  What is published there
 * is read together with this memory: if a pass is killed between the two, the
 * memory must be the one that is newer.  Nothing is saved when it is the same.
 */
bool statestore_save(struct statestore *s, struct engine *e, bool ahead, GError **error);

/* The state as loaded or saved last (header and body), NULL = none.  Owned by the store. */
const char *statestore_text(const struct statestore *s);

/* Now, by both clocks. */
struct engine_time statestore_now(void);

#endif

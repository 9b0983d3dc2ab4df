/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/languages.h - the languages statuses are published in, with their catalogs.
 */
#ifndef STATESYNC_DAEMON_LANGUAGES_H
#define STATESYNC_DAEMON_LANGUAGES_H

#include "core/cleanup.h"
#include "config/conf.h"
#include "engine/engine.h"

struct languages;

/*
 * Reads the catalog of each tag (NULL-terminated list, or NULL); the tags are
 * copied.  One that cannot be read leaves what is published in its language as it
 * is: the check of the configuration has said so.
 */
struct languages *languages_new(const char *const *tags);
/* The same of those the configuration names. */
struct languages *languages_for(const struct config *config);
void languages_free(struct languages *l); /* NULL is ignored */
DEFINE_CLEANUP(struct languages, languages_free)

/* For the engine's options; they live as long as l. */
const struct engine_language *languages_list(const struct languages *l, unsigned *n);

#endif

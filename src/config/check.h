/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config/check.h - settings that are fine each for itself and wrong together,
 * and the files they name.  Private to this room.
 */
#ifndef STATESYNC_CONFIG_CHECK_H
#define STATESYNC_CONFIG_CHECK_H

#include "config/conf.h"
#include "config/source.h"

/* Adds what is wrong to the source's problems. */
void check_settings(const struct config *config, const struct source *source);

/* What the value of `key` names (NULL: nothing) is a regular file that can be read; a secret is
 * its owner's alone. */
void check_file(const struct source *source, const char *section, const char *key, const char *path,
                bool secret);

/* What is wrong with host[:port] or [address][:port] of len characters; NULL: nothing.  Static. */
const char *check_server(const char *text, gsize len);

/* The [opennebula NAME] sections (check-opennebula.c). */
void check_frontends(const struct config *config, const struct source *source);

#endif

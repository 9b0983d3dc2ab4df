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

#endif

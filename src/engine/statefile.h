/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/statefile.h - the state file on disk.
 *
 * Text and format belong to the engine (engine_save_header(), engine_load());
 * these two functions move it.  A pass that remembers the same as the one
 * before renews only the header, in place; anything else is written beside the
 * file, synced and renamed over it.
 */
#ifndef STATESYNC_ENGINE_STATEFILE_H
#define STATESYNC_ENGINE_STATEFILE_H

#include "engine/engine.h"

#define STATEFILE_MAGIC "statesync-state 1"
#define STATEFILE_HEADER_SIZE 256 /* newline included */
#define STATEFILE_BOOT_MAX 64

#endif

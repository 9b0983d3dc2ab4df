/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/from_config.h - section [directory] of the configuration as options.
 */
#ifndef STATESYNC_DIRECTORY_FROM_CONFIG_H
#define STATESYNC_DIRECTORY_FROM_CONFIG_H

#include "config/conf.h"
#include "directory/options.h"

/* A copy: the configuration may go away.  Free with directory_options_free(). */
struct directory_options *directory_options_from_config(const struct config *config);

#endif

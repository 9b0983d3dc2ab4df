/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/one-table.h - the rows behind core/one.h.  For core/one.c only.
 */
#ifndef STATESYNC_CORE_ONE_TABLE_H
#define STATESYNC_CORE_ONE_TABLE_H

#include "core/one.h"

extern const struct one_word one_state_words[];
extern const size_t n_one_state_words;
extern const struct one_word one_lcm_words[];
extern const size_t n_one_lcm_words;

#endif

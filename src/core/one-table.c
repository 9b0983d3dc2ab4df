/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/one-table.h"

#define STATE_ROW(number, name, ...) {ONE_STATE, number, #name, __VA_ARGS__},
#define LCM_ROW(number, name, ...) {ONE_LCM, number, #name, __VA_ARGS__},

const struct one_word one_state_words[] = {ONE_STATE_LIST(STATE_ROW)};
const size_t n_one_state_words = sizeof(one_state_words) / sizeof(one_state_words[0]);

const struct one_word one_lcm_words[] = {ONE_LCM_LIST(LCM_ROW)};
const size_t n_one_lcm_words = sizeof(one_lcm_words) / sizeof(one_lcm_words[0]);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config/suggest.h - "did you mean".
 */
#ifndef STATESYNC_CONFIG_SUGGEST_H
#define STATESYNC_CONFIG_SUGGEST_H

#include <glib.h>

/*
 * The word most like `typed`, without case, or NULL where none is near: at most
 * a third of the longer word's letters differ.  Returns one of `words`.
 */
const char *suggest_word(const char *typed, const char *const *words, gsize n_words);

#endif

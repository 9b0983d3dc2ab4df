/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/property/sound.h - what must be true of any output of the engine, and
 * outputs as text, so that two can be compared.
 */
#ifndef STATESYNC_TESTS_SOUND_H
#define STATESYNC_TESTS_SOUND_H

#include "engine/engine.h"

#include <glib.h>

/* NULL when the output is sound, else what is wrong with it (the caller frees). */
char *sound_problem(const struct engine_output *o, const struct engine_options *options);

/* One verdict as text, without the times that are written; the caller frees. */
char *sound_verdict(const struct verdict *v);
/* One modify as LDIF, its times replaced; "" for NULL. */
char *sound_change(const struct change *c);

/* What is different between two outputs about one directory, NULL when nothing is. */
char *sound_difference(const struct engine_output *a, const struct engine_output *b);

#endif

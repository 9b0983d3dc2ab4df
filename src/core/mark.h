/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/mark.h - marks a text that is translated where it is shown.
 *
 * The text itself is the key: nothing here knows languages.
 */
#ifndef STATESYNC_CORE_MARK_H
#define STATESYNC_CORE_MARK_H

#define N_(text) text
#define NP_(one, many) one, many /* the same of one and of several */

/* A message that the code around it makes of pieces. */
#define MADE_(text) ((void)0)

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text/format.h - what a printf format asks for.
 *
 * A translation that asks for other arguments than the text it stands for
 * would read what is not there: it is not used.
 */
#ifndef STATESYNC_TEXT_FORMAT_H
#define STATESYNC_TEXT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#define FORMAT_ARGUMENTS_MAX 16

/* One conversion: where it stands in the format, and which argument it prints. */
struct format_part {
    const char *at; /* the % */
    size_t len;
    unsigned argument; /* from 1; 0: "%%", which prints none */
    char type[4];      /* length and conversion: "s", "d", "lu" */
};

/* The next conversion at or behind `p`; n counts those without a number ("%2$s") and begins with
 * 0.  False: there is none, or it cannot be read (then part->at is not NULL). */
bool format_next(const char *p, unsigned *n, struct format_part *part);

/* Do both ask for the same arguments, whatever their order? */
bool format_same(const char *a, const char *b);

#endif

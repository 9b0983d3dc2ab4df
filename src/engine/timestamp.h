/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/timestamp.h - times as the directory spells them.  Seconds since the
 * epoch, UTC; -1 stands for "not a time".
 */
#ifndef STATESYNC_ENGINE_TIMESTAMP_H
#define STATESYNC_ENGINE_TIMESTAMP_H

#include <glib.h>

#define TIMESTAMP_SIZE 16 /* YYYYMMDDHHMMSSZ and its NUL */

/* Generalized Time (RFC 4517 section 3.3.13): YYYYMMDDHH[MM[SS]][.frac](Z|+hhmm), and the
 * "YYYYMMDDThhmmssZ" stamps of stoney backups.  -1 when malformed or text is NULL. */
gint64 timestamp_parse(const char *text);

/* Writes YYYYMMDDHHMMSSZ; times outside year 0..9999 are clamped. */
void timestamp_format(gint64 seconds, char out[TIMESTAMP_SIZE]);

/* YYYYMMDD of a time as a number, e.g. 20260601. */
int timestamp_day(gint64 seconds);

/* RFC 3339 (case files): "2026-01-01T00:00:00Z", offsets accepted; -1 when malformed. */
gint64 timestamp_parse_rfc3339(const char *text);

#endif

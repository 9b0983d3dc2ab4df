/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log/format.h - how a value looks in a log line.  Used by log.c and its tests.
 */
#ifndef STATESYNC_LOG_FORMAT_H
#define STATESYNC_LOG_FORMAT_H

#include <glib.h>

/*
 * Appends `value` to `line`: bare where it is one printable word, else between
 * double quotes with \" \\ \n \r \t and \xHH (bytes that are not UTF-8) or
 * \uHHHH (other control and format characters).  At most `max` bytes of the
 * value are used, never half a character; a cut value ends in "...".
 */
void log_format_value(GString *line, const char *value, gsize max);

#endif

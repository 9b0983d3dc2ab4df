/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log/log.h - one event, one line.
 *
 * A line is a fixed message followed by key=value pairs:
 *
 *     log_event(LOG_LEVEL_WARNING, "node does not answer", "node", name,
 *               "class", "timeout", "waited_s", LOG_INT(30), NULL);
 *
 * The message never contains data: it is what an operator searches for.  Values
 * come from outside and are quoted and escaped here, so no value can forge a
 * second line or a terminal sequence.
 *
 * Never a secret: no password, no key material, no credential, no bind
 * request, and never a whole directory entry or domain XML.  Name the file a
 * secret stands in, the DN, the UUID instead.
 *
 * Levels: error (an operator must act), warning (the program goes on: the line
 * says how), notice (start, stop, reload, connected, lost, changes in bulk),
 * info (one line per change written), debug.
 *
 * In the journal, MESSAGE is the whole line, PRIORITY its level, and each pair a
 * field of its own with the value as it is: STATESYNC_NODE for node.  Where
 * nobody listens to journal or syslog, lines go to stderr, one by one, so that
 * a listener that comes later is found.
 *
 * Only wiring logs (cli, daemon) and what calls the engine; core and engine
 * return what happened instead.  Every function may be called from any thread.
 * A write to stderr or the journal may block for as long as its reader does.
 */
#ifndef STATESYNC_LOG_LOG_H
#define STATESYNC_LOG_LOG_H

#include <glib.h>
#include <stdbool.h>

/* X(ENUM, word in the configuration, syslog priority) */
#define LOG_LEVELS_LIST(X)                                                                         \
    X(LOG_LEVEL_ERROR, "error", 3)                                                                 \
    X(LOG_LEVEL_WARNING, "warning", 4)                                                             \
    X(LOG_LEVEL_NOTICE, "notice", 5)                                                               \
    X(LOG_LEVEL_INFO, "info", 6)                                                                   \
    X(LOG_LEVEL_DEBUG, "debug", 7)

enum log_level {
#define LOG_LEVEL_MEMBER(id, word, priority) id,
    LOG_LEVELS_LIST(LOG_LEVEL_MEMBER)
#undef LOG_LEVEL_MEMBER
};

/* auto: the journal where stderr is connected to it, else stderr. */
#define LOG_TARGETS_LIST(X)                                                                        \
    X(LOG_TARGET_AUTO, "auto")                                                                     \
    X(LOG_TARGET_STDERR, "stderr")                                                                 \
    X(LOG_TARGET_SYSLOG, "syslog")                                                                 \
    X(LOG_TARGET_JOURNAL, "journal")

enum log_target {
#define LOG_TARGET_MEMBER(id, word) id,
    LOG_TARGETS_LIST(LOG_TARGET_MEMBER)
#undef LOG_TARGET_MEMBER
};

/* The word of a level or a target; never NULL for a valid value. */
const char *log_level_word(enum log_level level);
const char *log_target_word(enum log_target target);

/*
 * Chooses where lines go and which levels are written.  Before the first call:
 * stderr, warnings and errors.  May be called again (reload).  Returns false
 * where the target is not available (journal in a build without libsystemd);
 * lines then go to stderr.
 */
bool log_open(enum log_target target, enum log_level level);

/*
 * Writes how often the remembered lines were dropped, and forgets them: what somebody asks for is
 * answered in the log the second time, too.
 */
void log_forget(void);

/* log_forget(), and closes what log_open() opened. */
void log_close(void);

/* True where a line of this level would be written: guards costly values. */
bool log_enabled(enum log_level level);

/*
 * Writes one line.  Pairs of const char * follow, ended by NULL; a NULL value
 * leaves its pair out.  A value longer than LOG_VALUE_MAX bytes is cut and ends
 * in "...".
 *
 * Errors, warnings and notices that repeat word by word within
 * LOG_REPEAT_WINDOW_S are dropped and counted; the next one that is written
 * says dropped=N; where none comes that is told later, with last_ago_s.  Info and debug lines are never dropped: they are the record
 * of what was written.
 */
void log_event(enum log_level level, const char *message, ...) G_GNUC_NULL_TERMINATED;

#define LOG_VALUE_MAX 1024
#define LOG_REPEAT_WINDOW_S 60

/* A number as a value: LOG_INT(n) lives until the end of the enclosing block. */
#define LOG_INT(number) log_int_text((char[24]){0}, (number))
const char *log_int_text(char buffer[24], gint64 number);

/*
 * Sends lines to a function instead of the target; NULL ends that.  `line` has
 * no newline.  For tests and for a terminal that also shows progress.
 */
typedef void (*log_sink_func)(enum log_level level, const char *line, void *data);
void log_set_sink(log_sink_func sink, void *data);

/* Replaces the monotonic clock (microseconds); NULL restores it.  For tests. */
typedef gint64 (*log_clock_func)(void);
void log_set_clock(log_clock_func clock);

#endif

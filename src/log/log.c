/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "log/log.h"
#include "log/format.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#ifdef HAVE_SYSTEMD
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#endif

#define PROGRAM "statesync"
#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define SYSLOG_SOCKET "/dev/log"
#define MAX_PAIRS 32
/* Distinct lines remembered for dropping repeats. */
#define MAX_REMEMBERED 1024

/* One remembered line: when it was last written, how often it was dropped since. */
struct repeat {
    gint64 written_us;
    gint64 last_us; /* when it was dropped last */
    guint dropped;
    enum log_level level;
};

struct pair {
    const char *key;
    const char *value;
};

/*
 * A pthread mutex, not a GMutex: ThreadSanitizer sees it although GLib itself
 * is not built for it.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum log_target target = LOG_TARGET_STDERR;
static enum log_level threshold = LOG_LEVEL_WARNING;
static GHashTable *repeats; /* line -> struct repeat */
static log_sink_func sink;
static void *sink_data;
static log_clock_func clock_now;

static const struct {
    const char *word;
    int priority;
} levels[] = {
#define LEVEL_ROW(id, word, priority) [id] = {word, priority},
    LOG_LEVELS_LIST(LEVEL_ROW)
#undef LEVEL_ROW
};

static const char *const targets[] = {
#define TARGET_ROW(id, word) [id] = word,
    LOG_TARGETS_LIST(TARGET_ROW)
#undef TARGET_ROW
};

const char *
log_level_word(enum log_level level)
{
    return levels[level].word;
}

const char *
log_target_word(enum log_target which)
{
    return targets[which];
}

const char *
log_int_text(char buffer[24], gint64 number)
{
    g_snprintf(buffer, 24, "%" G_GINT64_FORMAT, number);
    return buffer;
}

/* The manager sets JOURNAL_STREAM to device:inode of the journal's socket. */
static bool
stderr_is_journal(void)
{
    const char *text = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat info;

    return text != NULL && sscanf(text, "%llu:%llu", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &info) == 0 && info.st_dev == (dev_t)device &&
           info.st_ino == (ino_t)inode;
}

bool
log_open(enum log_target wanted, enum log_level level)
{
    bool available = true;

    pthread_mutex_lock(&lock);
    target = wanted;
#ifdef HAVE_SYSTEMD
    if (wanted == LOG_TARGET_AUTO)
        target = stderr_is_journal() ? LOG_TARGET_JOURNAL : LOG_TARGET_STDERR;
#else
    if (wanted == LOG_TARGET_AUTO || wanted == LOG_TARGET_JOURNAL)
        target = LOG_TARGET_STDERR;
    available = wanted != LOG_TARGET_JOURNAL;
    (void)stderr_is_journal;
#endif
    if (target == LOG_TARGET_SYSLOG)
        openlog(PROGRAM, LOG_PID | LOG_NDELAY, LOG_DAEMON);
    threshold = level;
    pthread_mutex_unlock(&lock);
    return available;
}

bool
log_enabled(enum log_level level)
{
    bool enabled;

    pthread_mutex_lock(&lock);
    enabled = level <= threshold;
    pthread_mutex_unlock(&lock);
    return enabled;
}

/* One write, so that lines of several processes do not mix. */
static void
write_stderr(enum log_level level, const char *line)
{
    g_autofree char *text = g_strdup_printf(PROGRAM ": %s: %s\n", levels[level].word, line);
    gsize left = strlen(text);
    const char *p = text;

    while (left > 0) {
        ssize_t n = write(STDERR_FILENO, p, left);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* nobody is left to be told */
        p += n;
        left -= (gsize)n;
    }
}

#ifdef HAVE_SYSTEMD
/* Journal field names are upper case letters, digits and underscores. */
static char *
journal_field(const struct pair *pair)
{
    g_autofree char *name = g_ascii_strup(pair->key, -1);

    g_strcanon(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", '_');
    return g_strdup_printf("STATESYNC_%s=%.*s", name, LOG_VALUE_MAX, pair->value);
}

static void
write_journal(enum log_level level, const char *line, const struct pair *pairs, guint n_pairs)
{
    struct iovec fields[MAX_PAIRS + 3];
    char *texts[MAX_PAIRS + 3];
    int n = 0;

    texts[n++] = g_strdup_printf("MESSAGE=%s", line);
    texts[n++] = g_strdup_printf("PRIORITY=%d", levels[level].priority);
    texts[n++] = g_strdup("SYSLOG_IDENTIFIER=" PROGRAM);
    for (guint i = 0; i < n_pairs; i++)
        texts[n++] = journal_field(&pairs[i]);
    for (int i = 0; i < n; i++)
        fields[i] = (struct iovec){.iov_base = texts[i], .iov_len = strlen(texts[i])};
    /* without a journal libsystemd says that all went well */
    if (access(JOURNAL_SOCKET, F_OK) != 0 || sd_journal_sendv(fields, n) < 0)
        write_stderr(level, line);
    for (int i = 0; i < n; i++)
        g_free(texts[i]);
}
#endif

/* syslog() itself drops a line nobody takes. */
static void
write_syslog(enum log_level level, const char *line)
{
    if (access(SYSLOG_SOCKET, F_OK) == 0)
        syslog(levels[level].priority, "%s", line);
    else
        write_stderr(level, line);
}

/* Writes a finished line to wherever lines go.  Called with the lock held. */
static void
emit(enum log_level level, const char *line, const struct pair *pairs, guint n_pairs)
{
    if (sink != NULL) {
        sink(level, line, sink_data);
        return;
    }
    switch (target) {
    case LOG_TARGET_SYSLOG:
        write_syslog(level, line);
        break;
    case LOG_TARGET_JOURNAL:
#ifdef HAVE_SYSTEMD
        write_journal(level, line, pairs, n_pairs);
        break;
#endif
    case LOG_TARGET_AUTO:
    case LOG_TARGET_STDERR:
        (void)pairs;
        (void)n_pairs;
        write_stderr(level, line);
        break;
    }
}

static gint64
clock_us(void)
{
    return clock_now != NULL ? clock_now() : g_get_monotonic_time();
}

/* Writes what is still owed of one remembered line: it may have been over for long, so it says
 * since when. */
static void
settle(const char *line, const struct repeat *repeat)
{
    if (repeat->dropped > 0) {
        gint64 ago = (clock_us() - repeat->last_us) / G_USEC_PER_SEC;
        g_autofree char *text = g_strdup_printf("%s dropped=%u last_ago_s=%" G_GINT64_FORMAT, line,
                                                repeat->dropped, ago);

        emit(repeat->level, text, NULL, 0);
    }
}

/* Forgets lines whose window is over, or all of them. */
static void
forget(gint64 now_us, bool all)
{
    GHashTableIter iter;
    gpointer line, repeat;

    g_hash_table_iter_init(&iter, repeats);
    while (g_hash_table_iter_next(&iter, &line, &repeat)) {
        struct repeat *r = repeat;

        if (all || now_us - r->written_us >= LOG_REPEAT_WINDOW_S * G_USEC_PER_SEC) {
            settle(line, r);
            g_hash_table_iter_remove(&iter);
        }
    }
}

/*
 * Decides whether a line is written now.  `*dropped` becomes the number of
 * equal lines that were not written since it was last written.
 */
static bool
is_due(enum log_level level, const char *line, guint *dropped)
{
    gint64 now_us = clock_us();
    struct repeat *repeat;

    *dropped = 0;
    if (level > LOG_LEVEL_NOTICE)
        return true;
    if (repeats == NULL)
        repeats = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    repeat = g_hash_table_lookup(repeats, line);
    if (repeat != NULL && now_us - repeat->written_us < LOG_REPEAT_WINDOW_S * G_USEC_PER_SEC) {
        repeat->dropped++;
        repeat->last_us = now_us;
        return false;
    }
    if (repeat != NULL) {
        *dropped = repeat->dropped;
        repeat->dropped = 0;
        repeat->written_us = now_us;
        return true;
    }
    if (g_hash_table_size(repeats) >= MAX_REMEMBERED) {
        forget(now_us, false);
        if (g_hash_table_size(repeats) >= MAX_REMEMBERED)
            forget(now_us, true);
    }
    repeat = g_new0(struct repeat, 1);
    repeat->written_us = now_us;
    repeat->level = level;
    g_hash_table_insert(repeats, g_strdup(line), repeat);
    return true;
}

void
log_event(enum log_level level, const char *message, ...)
{
    struct pair pairs[MAX_PAIRS];
    g_autoptr(GString) line = NULL;
    guint n_pairs = 0, dropped;
    char number[24];
    const char *key;
    va_list args;

    if (!log_enabled(level))
        return;
    line = g_string_new(message);
    va_start(args, message);
    while ((key = va_arg(args, const char *)) != NULL) {
        const char *value = va_arg(args, const char *);

        if (value == NULL || n_pairs == MAX_PAIRS)
            continue;
        pairs[n_pairs++] = (struct pair){.key = key, .value = value};
        g_string_append_printf(line, " %s=", key);
        log_format_value(line, value, LOG_VALUE_MAX);
    }
    va_end(args);
    pthread_mutex_lock(&lock);
    if (is_due(level, line->str, &dropped)) {
        if (dropped > 0)
            g_string_append_printf(line, " dropped=%u", dropped);
        if (dropped > 0 && n_pairs < MAX_PAIRS)
            pairs[n_pairs++] = (struct pair){"dropped", log_int_text(number, dropped)};
        emit(level, line->str, pairs, n_pairs);
    }
    pthread_mutex_unlock(&lock);
}

void
log_forget(void)
{
    pthread_mutex_lock(&lock);
    if (repeats != NULL) {
        forget(0, true);
        g_clear_pointer(&repeats, g_hash_table_unref);
    }
    pthread_mutex_unlock(&lock);
}

void
log_close(void)
{
    log_forget();
    pthread_mutex_lock(&lock);
    if (target == LOG_TARGET_SYSLOG)
        closelog();
    pthread_mutex_unlock(&lock);
}

void
log_set_sink(log_sink_func function, void *data)
{
    pthread_mutex_lock(&lock);
    sink = function;
    sink_data = data;
    pthread_mutex_unlock(&lock);
}

void
log_set_clock(log_clock_func function)
{
    pthread_mutex_lock(&lock);
    clock_now = function;
    pthread_mutex_unlock(&lock);
}

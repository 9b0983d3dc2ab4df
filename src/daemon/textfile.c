/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of figures for node_exporter: written, and read again by the next
 * run, whose counters go on from it.
 */
#include "config.h"

#include "daemon/metrics-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXTFILE_MAX = 16 * 1024 * 1024 };

static void
set_error(GError **error, const char *path)
{
    int code = errno;

    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code), "%s cannot be written: %s",
                path, g_strerror(code));
}

static bool
write_all(int fd, const char *text, gsize size)
{
    while (size > 0) {
        ssize_t n = write(fd, text, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        text += n;
        size -= (gsize)n;
    }
    return true;
}

bool
metrics_write_textfile(struct metrics *m, const char *path, GError **error)
{
    /* node_exporter reads *.prom: not this one */
    g_autofree char *temporary = g_strconcat(path, ".XXXXXX", NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    int fd = g_mkstemp_full(temporary, O_WRONLY | O_CLOEXEC, 0600);
    bool done;

    if (fd < 0) {
        set_error(error, path);
        return false;
    }
    pthread_mutex_lock(&m->lock);
    metrics_render_own(m, g_get_monotonic_time(), text);
    pthread_mutex_unlock(&m->lock);
    done = write_all(fd, text->str, text->len) && fchmod(fd, 0644) == 0;
    done = close(fd) == 0 && done;
    if (done && g_rename(temporary, path) == 0)
        return true;
    set_error(error, path);
    g_unlink(temporary);
    return false;
}

/* "name{labels} value" of a counter: the two apart, or false.  Cuts the line. */
static bool
take_counter(char *line, const char **name, double *value)
{
    char *gap = strrchr(line, ' ');
    char *end;
    gsize length;

    if (*line == '#' || gap == NULL)
        return false;
    *gap = '\0';
    *value = g_ascii_strtod(gap + 1, &end);
    if (end == gap + 1 || *end != '\0' || !isfinite(*value) || *value < 0)
        return false;
    *name = line;
    length = strcspn(line, "{");
    return (length > 6 && strncmp(line + length - 6, "_total", 6) == 0)
           || g_str_has_prefix(line, "statesync_event_to_write_seconds_");
}

void
metrics_continue_text(struct metrics *m, char *text)
{
    GHashTable *before = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    char *next;

    for (char *line = text; line != NULL; line = next) {
        const char *name;
        double value;

        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        if (take_counter(line, &name, &value))
            g_hash_table_insert(before, g_strdup(name), g_memdup2(&value, sizeof(value)));
    }
    pthread_mutex_lock(&m->lock);
    g_clear_pointer(&m->before, g_hash_table_unref);
    m->before = before;
    pthread_mutex_unlock(&m->lock);
}

void
metrics_continue(struct metrics *m, const char *path)
{
    g_autofree char *text = NULL;
    struct stat info;

    if (stat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_size <= TEXTFILE_MAX
        && g_file_get_contents(path, &text, NULL, NULL))
        metrics_continue_text(m, text);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/statestore.h"

#include "engine/statefile.h"
#include "log/log.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE_SIZE_MAX (1024L * 1024 * 1024)

struct statestore {
    char *path;
    char *text;     /* as loaded or saved last */
    bool on_disk;   /* text is what the file holds */
};

struct statestore *
statestore_new(const char *path)
{
    struct statestore *s = g_new0(struct statestore, 1);

    s->path = g_strdup(path);
    return s;
}

void
statestore_free(struct statestore *s)
{
    if (s == NULL)
        return;
    g_free(s->path);
    g_free(s->text);
    g_free(s);
}

const char *
statestore_text(const struct statestore *s)
{
    return s->text;
}

struct engine_time
statestore_now(void)
{
    return (struct engine_time){
        .mono = g_get_monotonic_time() / 1000,
        .wall = g_get_real_time() / 1000,
    };
}

static void
set_boot(struct engine *e)
{
    g_autofree char *id = NULL;

    if (g_file_get_contents("/proc/sys/kernel/random/boot_id", &id, NULL, NULL))
        engine_set_boot(e, g_strstrip(id));
}

static bool
set_io_error(GError **error, const char *what, const char *path)
{
    int number = errno;

    g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(number), "%s %s: %s", what, path,
                g_strerror(number));
    return false;
}

/* A broken file is kept for whoever wants to know what broke it. */
static void
set_aside(struct statestore *s, const char *problem, bool look_only)
{
    g_autofree char *aside = g_strconcat(s->path, ".broken", NULL);
    bool moved = !look_only && g_rename(s->path, aside) == 0;

    log_event(LOG_LEVEL_WARNING, "the state file is broken, beginning without memory", "file",
              s->path, "problem", problem, "kept_as", moved ? aside : "-", NULL);
}

bool
statestore_load(struct statestore *s, struct engine *e, struct engine_time now, bool look_only,
                GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *problem = NULL;
    struct stat st;
    gsize size;

    set_boot(e);
    if (g_stat(s->path, &st) == 0 && (!S_ISREG(st.st_mode) || st.st_size > STATE_SIZE_MAX)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "the state file %s is not a regular file of a usable size", s->path);
        return false;
    }
    if (!g_file_get_contents(s->path, &s->text, &size, &failure)) {
        if (g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            return true;
        g_propagate_prefixed_error(error, g_steal_pointer(&failure), "the state file: ");
        return false;
    }
    if (strlen(s->text) != size)
        problem = g_strdup("it holds NUL bytes");
    else if (engine_load(e, s->text, now, &problem)) {
        s->on_disk = true;
        return true;
    }
    set_aside(s, problem, look_only);
    g_clear_pointer(&s->text, g_free);
    return true;
}

static bool
write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

/* The file the state is written to before it takes its place, empty, and ours alone: two runs may
 * save at the same time.  Whoever was first may have renamed away what we waited for. */
static int
open_fresh(const char *path)
{
    for (;;) {
        struct stat opened, named;
        int fd = g_open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return -1;
        while (flock(fd, LOCK_EX) != 0 && errno == EINTR)
            ;
        if (fstat(fd, &opened) == 0 && g_lstat(path, &named) == 0 && opened.st_ino == named.st_ino
            && opened.st_dev == named.st_dev)
            return ftruncate(fd, 0) == 0 ? fd : (close(fd), -1);
        (void)close(fd);
    }
}

/* Beside the file, synced, then over it. */
static bool
replace_file(struct statestore *s, const char *header, const GString *body, GError **error)
{
    g_autofree char *fresh = g_strconcat(s->path, ".new", NULL);
    int fd = open_fresh(fresh);

    if (fd < 0)
        return set_io_error(error, "cannot write the state file", fresh);
    bool done = write_all(fd, header, strlen(header)) && write_all(fd, body->str, body->len)
                && fsync(fd) == 0;
    if (!done)
        set_io_error(error, "cannot write the state file", fresh);
    else if (g_rename(fresh, s->path) != 0)
        done = set_io_error(error, "cannot replace the state file", s->path);
    if (!done)
        (void)g_unlink(fresh);
    if (close(fd) != 0 && done)
        done = set_io_error(error, "cannot write the state file", s->path);
    return done;
}

/* The header has a fixed size: one write in place. */
static bool
renew_header(struct statestore *s, const char *header)
{
    int fd = g_open(s->path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0);

    if (fd < 0)
        return false;
    bool done = pwrite(fd, header, STATEFILE_HEADER_SIZE, 0) == STATEFILE_HEADER_SIZE;
    return close(fd) == 0 && done;
}

static void
note_saved(struct statestore *s, const char *header, const GString *body)
{
    g_free(s->text);
    s->text = g_strconcat(header, body->str, NULL);
    s->on_disk = true;
}

bool
statestore_save(struct statestore *s, struct engine *e, bool ahead, GError **error)
{
    g_autoptr(GString) body = g_string_new(NULL);
    g_autofree char *header = engine_save_header(e);

    engine_save_body(e, body);
    bool same = s->on_disk && strlen(header) == STATEFILE_HEADER_SIZE
                && strlen(s->text) == STATEFILE_HEADER_SIZE + body->len
                && strcmp(s->text + STATEFILE_HEADER_SIZE, body->str) == 0;
    if (same && (ahead || renew_header(s, header)))
        return true;
    if (!replace_file(s, header, body, error))
        return false;
    note_saved(s, header, body);
    return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ATTEMPTS = 10 };

struct pidfile {
    char *path;
    int fd;
};

static void
set_error(GError **error, const char *path, int code)
{
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code), "pid file %s: %s", path,
                g_strerror(code));
}

/* Somebody else holds the lock: who? */
static void
set_held(GError **error, const char *path, int fd)
{
    char text[24] = "";
    ssize_t size = pread(fd, text, sizeof(text) - 1, 0);

    text[size > 0 ? strspn(text, "0123456789") : 0] = '\0';
    if (*text != '\0')
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
                    "statesync is running already as process %s: it holds the pid file %s", text,
                    path);
    else
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
                    "statesync is running already: it holds the pid file %s", path);
}

/* Is what we opened still what the path names?  Whoever held it before may have removed it. */
static bool
is_named(int fd, const char *path)
{
    struct stat ours, named;

    return fstat(fd, &ours) == 0 && lstat(path, &named) == 0 && ours.st_dev == named.st_dev
           && ours.st_ino == named.st_ino;
}

/* The descriptor of the locked file; -1 and error. */
static int
open_locked(const char *path, GError **error)
{
    for (int i = 0; i < ATTEMPTS; i++) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

        if (fd < 0) {
            set_error(error, path, errno);
            return -1;
        }
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK)
                set_held(error, path, fd);
            else
                set_error(error, path, errno);
            close(fd);
            return -1;
        }
        if (is_named(fd, path))
            return fd;
        close(fd);
    }
    set_error(error, path, EAGAIN);
    return -1;
}

struct pidfile *
pidfile_take(const char *path, GError **error)
{
    g_autofree char *text = g_strdup_printf("%ld\n", (long)getpid());
    int fd = open_locked(path, error);
    struct pidfile *p;

    if (fd < 0)
        return NULL;
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, strlen(text), 0) != (ssize_t)strlen(text)) {
        set_error(error, path, errno);
        close(fd);
        return NULL;
    }
    p = g_new0(struct pidfile, 1);
    p->path = g_strdup(path);
    p->fd = fd;
    return p;
}

void
pidfile_release(struct pidfile *p)
{
    if (p == NULL)
        return;
    if (is_named(p->fd, p->path))
        unlink(p->path);
    close(p->fd);
    g_free(p->path);
    g_free(p);
}

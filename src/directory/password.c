/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/password.h"

#include "directory/result.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
fail(GError **error, const char *file, const char *why)
{
    directory_error_set(error, DIRECTORY_CODE_SETUP, NULL, NULL, "password file %s: %s", file, why);
    return false;
}

static bool
check_file(int fd, const char *file, GError **error)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return fail(error, file, g_strerror(errno));
    if (!S_ISREG(st.st_mode))
        return fail(error, file, "is not a regular file");
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return fail(error, file, "others than its owner may read or write it (chmod 0600 it)");
    if (st.st_uid != 0 && st.st_uid != geteuid())
        return fail(error, file, "belongs neither to root nor to the user running this");
    return true;
}

/* One byte more than a password may have is read, to see what is too long. */
static bool
read_all(struct password *p, int fd, const char *file, GError **error)
{
    char rest[3];
    ssize_t got;

    while (p->len < sizeof(p->bytes)) {
        got = read(fd, p->bytes + p->len, sizeof(p->bytes) - p->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(error, file, g_strerror(errno));
        if (got == 0)
            return true;
        p->len += (size_t)got;
    }
    got = read(fd, rest, sizeof(rest));
    explicit_bzero(rest, sizeof(rest));
    return got == 0 || fail(error, file, "is too long for a password");
}

bool
password_read(struct password *p, const char *file, GError **error)
{
    bool done;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    p->len = 0;
    if (fd < 0)
        return fail(error, file, g_strerror(errno));
    done = check_file(fd, file, error) && read_all(p, fd, file, error);
    close(fd);
    if (done && p->len && p->bytes[p->len - 1] == '\n')
        p->len--;
    if (done && p->len && p->bytes[p->len - 1] == '\r')
        p->len--;
    if (done && p->len == 0)
        done = fail(error, file, "is empty");
    if (!done)
        password_clear(p);
    return done;
}

void
password_clear(struct password *p)
{
    explicit_bzero(p, sizeof(*p));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "config/secret.h"

#include "core/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
check_file(int fd)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return g_strerror(errno);
    if (!S_ISREG(st.st_mode))
        return N_("is not a regular file");
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return N_("others than its owner may read or write it (chmod 0600 it)");
    if (st.st_uid != 0 && st.st_uid != geteuid())
        return N_("belongs neither to root nor to the user running this");
    return NULL;
}

/* A bit more than a secret may have is read, to see what is too long. */
static const char *
read_all(int fd, char *bytes, size_t size, size_t *len)
{
    char rest[3];
    ssize_t got;

    *len = 0;
    while (*len < size) {
        got = read(fd, bytes + *len, size - *len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return g_strerror(errno);
        if (got == 0)
            return NULL;
        *len += (size_t)got;
    }
    got = read(fd, rest, sizeof(rest));
    explicit_bzero(rest, sizeof(rest));
    return got == 0 ? NULL : "is too long for a password";
}

const char *
secret_read(const char *file, char *bytes, size_t size, size_t *len)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const char *wrong;

    if (fd < 0)
        return g_strerror(errno);
    wrong = check_file(fd);
    if (wrong == NULL)
        wrong = read_all(fd, bytes, size, len);
    close(fd);
    if (wrong == NULL && *len > 0 && bytes[*len - 1] == '\n')
        --*len;
    if (wrong == NULL && *len > 0 && bytes[*len - 1] == '\r')
        --*len;
    if (wrong == NULL && *len == 0)
        wrong = "is empty";
    if (wrong != NULL)
        explicit_bzero(bytes, size);
    return wrong;
}

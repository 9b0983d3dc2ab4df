/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/notify.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

struct notify {
    int fd; /* -1: nobody listens */
    struct sockaddr_un to;
    socklen_t to_size;
    int64_t watchdog; /* ms, 0 = none */
    char *status;     /* sent last */
};

/* A path, or with @ an abstract name. */
static const char *
set_address(struct notify *n, const char *path)
{
    gsize size = strlen(path);

    if (*path != '/' && *path != '@')
        return "it is neither a path nor an abstract name";
    if (size < 2 || size >= sizeof(n->to.sun_path))
        return "its length is not one of a socket's name";
    n->to.sun_family = AF_UNIX;
    memcpy(n->to.sun_path, path, size);
    n->to_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
    if (*path == '@')
        n->to.sun_path[0] = '\0';
    else
        n->to_size++;
    return NULL;
}

static const char *
open_socket(struct notify *n, const char *path)
{
    const struct timeval limit = {.tv_sec = NOTIFY_SEND_LIMIT / 1000,
                                  .tv_usec = NOTIFY_SEND_LIMIT % 1000 * 1000L};
    const char *why = set_address(n, path);

    if (why != NULL)
        return why;
    n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (n->fd < 0 || setsockopt(n->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0)
        return g_strerror(errno);
    return NULL;
}

/* The watchdog's time in ms; 0 where there is none or it is meant for another process. */
static int64_t
read_watchdog(void)
{
    const char *usec = g_getenv("WATCHDOG_USEC");
    const char *pid = g_getenv("WATCHDOG_PID");
    gint64 value;

    if (usec == NULL || !g_ascii_string_to_signed(usec, 10, 1, G_MAXINT64, &value, NULL))
        return 0;
    if (pid != NULL) {
        gint64 whose;

        if (!g_ascii_string_to_signed(pid, 10, 1, G_MAXINT64, &whose, NULL)
            || whose != (gint64)getpid())
            return 0;
    }
    return MAX(value / 1000, 1);
}

struct notify *
notify_new(char **problem)
{
    struct notify *n = g_new0(struct notify, 1);
    const char *path = g_getenv("NOTIFY_SOCKET");
    const char *why = NULL;

    n->fd = -1;
    if (problem != NULL)
        *problem = NULL;
    if (path != NULL && *path != '\0')
        why = open_socket(n, path);
    if (why != NULL && problem != NULL)
        *problem = g_strdup_printf("NOTIFY_SOCKET=%s cannot be used: %s", path, why);
    if (n->fd >= 0)
        n->watchdog = read_watchdog();
    g_unsetenv("NOTIFY_SOCKET");
    g_unsetenv("WATCHDOG_USEC");
    g_unsetenv("WATCHDOG_PID");
    return n;
}

void
notify_free(struct notify *n)
{
    if (n == NULL)
        return;
    if (n->fd >= 0)
        close(n->fd);
    g_free(n->status);
    g_free(n);
}

bool
notify_active(const struct notify *n)
{
    return n->fd >= 0;
}

int64_t
notify_watchdog_interval(const struct notify *n)
{
    return n->watchdog > 0 ? MAX(n->watchdog / 3, 1) : 0;
}

static bool
send_text(struct notify *n, const char *text)
{
    ssize_t sent;

    if (n->fd < 0)
        return true;
    do {
        sent = sendto(n->fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&n->to,
                      n->to_size);
    } while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

/* Remembers a status, made one line; false where it is what was sent last. */
static bool
take_status(struct notify *n, const char *status)
{
    g_autofree char *line = g_utf8_make_valid(status, -1);

    for (char *p = line; *p != '\0'; p++) {
        if (g_ascii_iscntrl(*p))
            *p = ' ';
    }
    if (g_strcmp0(line, n->status) == 0)
        return false;
    g_free(n->status);
    n->status = g_steal_pointer(&line);
    return true;
}

static bool
send_with_status(struct notify *n, const char *what, const char *status)
{
    g_autofree char *text = NULL;

    (void)take_status(n, status);
    text = g_strdup_printf("%s\nSTATUS=%s", what, n->status);
    return send_text(n, text);
}

bool
notify_ready(struct notify *n, const char *status)
{
    return send_with_status(n, "READY=1", status);
}

bool
notify_status(struct notify *n, const char *status)
{
    g_autofree char *text = NULL;

    if (!take_status(n, status))
        return true;
    text = g_strdup_printf("STATUS=%s", n->status);
    return send_text(n, text);
}

bool
notify_watchdog(struct notify *n)
{
    return n->watchdog == 0 || send_text(n, "WATCHDOG=1");
}

bool
notify_reloading(struct notify *n)
{
    g_autofree char *text = g_strdup_printf(
        "RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time());

    return send_text(n, text);
}

bool
notify_stopping(struct notify *n, const char *status)
{
    return send_with_status(n, "STOPPING=1", status);
}

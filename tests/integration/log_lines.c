/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logs a few lines to the target it is given, and prints what arrived at the
 * sockets of journal and syslog, which it is itself ("none": nobody listens).
 * To be run where these two paths are its own: tests/integration/log.sh.
 */
#include "config.h"

#include "log/log.h"

#include <endian.h>
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
listen_at(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    g_strlcpy(at.sun_path, path, sizeof(at.sun_path));
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0)
        g_error("cannot listen at %s", path);
    return fd;
}

/* One field of the journal's native protocol: NAME=value, or NAME, a length and bytes. */
static const char *
print_field(const char *p, const char *end)
{
    const char *line_end = memchr(p, '\n', (size_t)(end - p));
    uint64_t size;

    if (line_end == NULL || memchr(p, '=', (size_t)(line_end - p)) != NULL) {
        line_end = line_end != NULL ? line_end : end;
        printf("%.*s\n", (int)(line_end - p), p);
        return line_end + 1;
    }
    memcpy(&size, line_end + 1, sizeof(size));
    size = le64toh(size);
    g_autofree char *value = g_strndup(line_end + 1 + sizeof(size), size);
    g_autofree char *shown = g_strescape(value, NULL);
    printf("%.*s=[%s]\n", (int)(line_end - p), p, shown);
    return line_end + 1 + sizeof(size) + size + 1;
}

static void
print_arrived(int fd, bool journal)
{
    static char text[65536];
    ssize_t size;

    while (fd >= 0 && (size = recv(fd, text, sizeof(text) - 1, 0)) > 0) {
        const char *end = text + size;

        text[size] = '\0';
        puts("--");
        if (!journal)
            puts(text);
        for (const char *p = text; journal && p < end;)
            p = print_field(p, end);
    }
}

static gint64 now_us;

static gint64
fake_clock(void)
{
    return now_us;
}

int
main(int argc, char **argv)
{
    bool heard = argc < 3;
    int journal = heard ? listen_at("/run/systemd/journal/socket") : -1;
    int syslog_fd = heard ? listen_at("/dev/log") : -1;

    log_set_clock(fake_clock);
    log_open(strcmp(argv[1], "journal") == 0 ? LOG_TARGET_JOURNAL : LOG_TARGET_SYSLOG,
             LOG_LEVEL_INFO);
    log_event(LOG_LEVEL_ERROR, "node does not answer", "node", "vm-node-01", "waited_s", LOG_INT(30),
              "odd-key.x", "a\nPRIORITY=0", NULL);
    log_event(LOG_LEVEL_INFO, "written", "dn", "cn=a b", "status", "100 %s", NULL);
    log_event(LOG_LEVEL_DEBUG, "not to be seen", NULL);
    log_event(LOG_LEVEL_WARNING, "again", NULL);
    log_event(LOG_LEVEL_WARNING, "again", NULL);
    now_us += (LOG_REPEAT_WINDOW_S + 1) * G_USEC_PER_SEC;
    log_event(LOG_LEVEL_WARNING, "again", NULL);
    log_close();
    print_arrived(journal, true);
    print_arrived(syslog_fd, false);
    return 0;
}

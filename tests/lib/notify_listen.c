/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notify_listen PATH: stands for a service manager.  Prints what is sent to the socket, each line
 * followed by a newline and each message by "--", until the end of stdin.
 */
#include "config.h"

#include <glib.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct pollfd fds[] = {{.fd = 0, .events = POLLIN}, {.events = POLLIN}};
    char text[4096];

    if (argc != 2 || strlen(argv[1]) >= sizeof(at.sun_path))
        return 2;
    g_strlcpy(at.sun_path, argv[1], sizeof(at.sun_path));
    fds[1].fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (fds[1].fd < 0 || bind(fds[1].fd, (const struct sockaddr *)&at, sizeof(at)) != 0)
        return 1;
    while (poll(fds, G_N_ELEMENTS(fds), -1) > 0 && fds[0].revents == 0) {
        ssize_t n = recv(fds[1].fd, text, sizeof(text) - 1, 0);
        if (n < 0)
            return 1;
        text[n] = '\0';
        printf("%s\n--\n", text);
        if (fflush(stdout) != 0)
            return 1;
    }
    (void)close(fds[1].fd);
    return 0;
}

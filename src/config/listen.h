/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config/listen.h - "address:port" of [metrics] listen.
 */
#ifndef STATESYNC_CONFIG_LISTEN_H
#define STATESYNC_CONFIG_LISTEN_H

#include <stdbool.h>
#include <sys/socket.h>

struct listen_address {
    struct sockaddr_storage address;
    socklen_t size;
    bool loopback; /* only this machine reaches it */
};

/*
 * Takes an IPv4 address, or an IPv6 address between [ and ], then a colon and
 * a port (0: any free one).  Names are not looked up.  Returns NULL, or what
 * is wrong (static); then *out is untouched.
 */
const char *listen_parse(const char *text, struct listen_address *out);

#endif

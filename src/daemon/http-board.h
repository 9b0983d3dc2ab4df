/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/http-board.h - the status board over HTTP.
 *
 *   GET /              the page; it asks for itself anew every HTTP_BOARD_REFRESH s
 *   GET /?refresh=N    every N seconds; 0: it stays as it is
 *   GET /?lang=de      in this language; else in the one the browser asks for
 *
 * There is no login, so it is for this machine alone: other addresses are
 * refused, and so is a request that names another host, which is how a page of
 * somebody else's would read this one through a browser (DNS rebinding).
 */
#ifndef STATESYNC_DAEMON_HTTP_BOARD_H
#define STATESYNC_DAEMON_HTTP_BOARD_H

#include "board/languages.h"
#include "daemon/live.h"

#include <glib.h>
#include <stdbool.h>
#include <sys/socket.h>

enum { HTTP_BOARD_REFRESH = 10, HTTP_BOARD_REFRESH_MIN = 2, HTTP_BOARD_REFRESH_MAX = 86400 };

struct http_board_request {
    const struct sockaddr *client;
    const char *host;    /* as the request names us; NULL = it does not */
    const char *refresh; /* NULL = not said */
    const char *language;  /* the same */
};

/* Appends the page, or why there is none as plain text; returns the status. */
unsigned http_board(struct live *live, const struct board_languages *languages,
                    const struct http_board_request *request, GString *out);

/* Is this a name of this machine that only means itself?  "localhost:9834", "[::1]". */
bool http_board_is_own_name(const char *host);

#endif

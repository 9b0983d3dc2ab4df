/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/http-board.h"

#include "board/page.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>

static bool
is_loopback(const struct sockaddr *address)
{
    if (address == NULL)
        return false;
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof(in));
        return (ntohl(in.sin_addr.s_addr) >> 24) == 127;
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof(in6));
        return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr)
               || (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr) && in6.sin6_addr.s6_addr[12] == 127);
    }
    return address->sa_family == AF_UNIX;
}

bool
http_board_is_own_name(const char *host)
{
    if (host == NULL)
        return false;
    size_t len = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    if (len > strlen(host) || (host[len] != '\0' && host[len] != ':'))
        return false;
    g_autofree char *name = g_ascii_strdown(host, (gssize)len);
    if (strcmp(name, "localhost") == 0 || strcmp(name, "[::1]") == 0
        || g_str_has_suffix(name, ".localhost"))
        return true;
    return g_str_has_prefix(name, "127.") && g_hostname_is_ip_address(name);
}

static unsigned
refresh_of(const char *text)
{
    guint64 seconds;

    if (text == NULL || !g_ascii_string_to_unsigned(text, 10, 0, HTTP_BOARD_REFRESH_MAX, &seconds, NULL))
        return HTTP_BOARD_REFRESH;
    return seconds == 0 ? 0 : (unsigned)MAX(seconds, HTTP_BOARD_REFRESH_MIN);
}

unsigned
http_board(struct live *live, const struct board_languages *languages,
           const struct http_board_request *request, GString *out)
{
    if (!is_loopback(request->client) || !http_board_is_own_name(request->host)) {
        g_string_append(out, "the board is for this machine alone: ask at 127.0.0.1 or localhost\n");
        return MHD_HTTP_FORBIDDEN;
    }
    CLEANUP(board_unref) struct board *b = live_get(live);
    if (b == NULL) {
        g_string_append(out, "there is no board yet: the program is busy, ask again\n");
        return MHD_HTTP_SERVICE_UNAVAILABLE;
    }
    struct board_page page = {
        .language = board_languages_find(languages, request->language),
        .live = true,
        .refresh = refresh_of(request->refresh),
        .late = MAX(g_get_real_time() / G_USEC_PER_SEC - b->taken, 0),
    };
    page.languages = board_languages_list(languages, &page.n_languages);
    board_render(b, &page, out);
    return MHD_HTTP_OK;
}

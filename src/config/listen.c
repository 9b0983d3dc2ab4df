/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "config/listen.h"

#include "core/mark.h"

#include <gio/gio.h>
#include <string.h>

/* The address between [ and ], or before the colon; NULL where it has not that form. */
static GInetAddress *
parse_address(const char *text, const char *colon)
{
    bool bracketed = *text == '[' && colon > text && colon[-1] == ']';
    g_autofree char *address = bracketed ? g_strndup(text + 1, (gsize)(colon - text) - 2)
                                         : g_strndup(text, (gsize)(colon - text));
    GInetAddress *inet = g_inet_address_new_from_string(address);

    if (inet != NULL && bracketed != (g_inet_address_get_family(inet) == G_SOCKET_FAMILY_IPV6))
        g_clear_object(&inet);
    return inet;
}

const char *
listen_parse(const char *text, struct listen_address *out)
{
    const char *colon = strrchr(text, ':');
    struct listen_address at = {0};
    g_autoptr(GInetAddress) inet = NULL;
    g_autoptr(GSocketAddress) socket = NULL;
    guint64 port;

    if (colon == NULL || !g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &port, NULL))
        return N_("does not end in a colon and a port from 0 to 65535");
    inet = parse_address(text, colon);
    if (inet == NULL)
        return N_("is not an address such as 127.0.0.1 or [::1] before the port");
    socket = g_inet_socket_address_new(inet, (guint16)port);
    at.size = (socklen_t)g_socket_address_get_native_size(socket);
    if (!g_socket_address_to_native(socket, &at.address, sizeof(at.address), NULL))
        return N_("is not an address of this machine's kind");
    at.loopback = g_inet_address_get_is_loopback(inet);
    *out = at;
    return NULL;
}

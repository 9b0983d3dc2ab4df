/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/uri.h"

#include "hypervisor/error.h"

#include <arpa/inet.h>
#include <string.h>

static bool
host_is_valid(const char *host)
{
    if (host[0] == '\0' || host[0] == '-' || host[0] == '.' || strlen(host) > 255)
        return false;
    for (const char *c = host; *c != '\0'; c++)
        if (!g_ascii_isalnum(*c) && *c != '-' && *c != '_' && *c != '.')
            return false;
    return true;
}

static bool
append_host(GString *uri, const char *host, bool label, GError **error)
{
    if (!host_is_valid(host)) {
        g_autofree char *shown = g_strescape(host, NULL);

        g_set_error(error, HYPERVISOR_ERROR, ERROR_NO_URI,
                    "\"%.100s\" is not a host name, so it cannot be put into a URI", shown);
        return false;
    }
    g_string_append_len(uri, host, (gssize)(label ? strcspn(host, ".") : strlen(host)));
    return true;
}

static bool
append_address(GString *uri, const char *host, const char *address, GError **error)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    char text[INET6_ADDRSTRLEN];
    int family = AF_INET;

    if (address == NULL || address[0] == '\0') {
        g_set_error(error, HYPERVISOR_ERROR, ERROR_NO_URI,
                    "the URI template asks for the internal address (%%i) of %.100s, which the "
                    "directory does not have",
                    host);
        return false;
    }
    if (inet_pton(AF_INET, address, bytes) != 1)
        family = AF_INET6;
    if (family == AF_INET6 && inet_pton(AF_INET6, address, bytes) != 1) {
        g_autofree char *shown = g_strescape(address, NULL);

        g_set_error(error, HYPERVISOR_ERROR, ERROR_NO_URI,
                    "\"%.100s\", the internal address of %.100s, is not an IP address", shown,
                    host);
        return false;
    }
    inet_ntop(family, bytes, text, sizeof(text));
    g_string_append_printf(uri, family == AF_INET6 ? "[%s]" : "%s", text);
    return true;
}

static bool
append_field(GString *uri, char field, const char *host, const char *address, GError **error)
{
    switch (field) {
    case 'h':
        return append_host(uri, host, false, error);
    case 's':
        return append_host(uri, host, true, error);
    case 'i':
        return append_address(uri, host, address, error);
    case '%':
        g_string_append_c(uri, '%');
        return true;
    case '\0':
        g_set_error_literal(error, HYPERVISOR_ERROR, ERROR_NO_URI,
                            "the URI template ends with a single percent sign: one is written twice");
        return false;
    default:
        g_set_error(error, HYPERVISOR_ERROR, ERROR_NO_URI,
                    "the URI template holds %%%c, which is none of %%h, %%s, %%i and %%%%", field);
        return false;
    }
}

char *
uri_expand(const char *template, const char *host, const char *address, GError **error)
{
    g_autoptr(GString) uri = g_string_new(NULL);

    for (const char *c = template; c != NULL && *c != '\0'; c++) {
        if (*c != '%')
            g_string_append_c(uri, *c);
        else if (!append_field(uri, *++c, host, address, error))
            return NULL;
    }
    if (uri->len == 0) { /* libvirt would take "" for the local default */
        g_set_error_literal(error, HYPERVISOR_ERROR, ERROR_NO_URI, "the URI is empty");
        return NULL;
    }
    return g_string_free(g_steal_pointer(&uri), FALSE);
}

bool
uri_template_check(const char *template, GError **error)
{
    g_autofree char *uri = uri_expand(template, "node.example.org", "192.0.2.1", error);

    return uri != NULL;
}

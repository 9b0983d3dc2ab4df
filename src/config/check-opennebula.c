/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "config/check.h"
#include "core/mark.h"
#include "config/secret.h"

#include <string.h>

/* A name or an address, as it stands in a URI: check_server() looks at brackets and ports. */
static bool
is_host(const char *text, gsize len)
{
    for (gsize i = 0; i < len; i++)
        if (!g_ascii_isalnum(text[i]) && strchr(".-_:[]%", text[i]) == NULL)
            return false;
    return true;
}

/* What is wrong with host[:port] of len characters; NULL: nothing.  Static. */
static const char *
wrong_server(const char *text, gsize len)
{
    if (memchr(text, '@', len) != NULL)
        return N_("user and password belong into the credential_file");
    if (len == 0 || text[0] == ':')
        return N_("the server is missing");
    if (!is_host(text, len))
        return N_("that is not the name or address of a server");
    return check_server(text, len);
}

static void
check_endpoint(const struct config_opennebula *f, const char *section, const struct source *source)
{
    const char *server, *wrong;

    if (f->endpoint == NULL) {
        source_error(source, section, "endpoint",
                     "an address is needed, such as http://one.example.org:2633/RPC2");
        return;
    }
    if (!g_str_has_prefix(f->endpoint, "http://") && !g_str_has_prefix(f->endpoint, "https://")) {
        source_error(source, section, "endpoint",
                     "\"%s\": it does not begin with http:// or https://", f->endpoint);
        return;
    }
    server = strstr(f->endpoint, "://") + 3;
    wrong = wrong_server(server, strcspn(server, "/?#"));
    if (wrong != NULL) /* may hold a password */
        source_error(source, section, "endpoint", "%s", wrong);
    else if (server[strcspn(server, "/")] == '\0')
        source_warning(source, section, "endpoint", "\"%s\" has no path; OpenNebula's is /RPC2",
                       f->endpoint);
    if (wrong == NULL && g_str_has_prefix(f->endpoint, "http://")
        && !g_str_has_prefix(server, "127.") && !g_str_has_prefix(server, "localhost")
        && !g_str_has_prefix(server, "[::1]"))
        source_warning(source, section, "endpoint",
                       "the token crosses the network in the clear; use https:// where there is "
                       "a proxy for it");
    if (wrong == NULL && g_str_has_prefix(f->endpoint, "http://") && f->tls_ca != NULL)
        source_warning(source, section, "tls_ca", "is not used unless endpoint is https://");
}

static void
check_events(const struct config_opennebula *f, const char *section, const struct source *source)
{
    const char *server, *wrong;

    if (f->events == NULL)
        return;
    if (!g_str_has_prefix(f->events, "tcp://")) {
        source_error(source, section, "events",
                     "\"%s\" is not an address such as tcp://one.example.org:2101", f->events);
        return;
    }
    server = f->events + strlen("tcp://");
    wrong = wrong_server(server, strlen(server));
    if (wrong == NULL && strchr(server[0] == '[' ? strchr(server, ']') : server, ':') == NULL)
        wrong = "a port is needed; OpenNebula's is 2101";
    if (wrong != NULL)
        source_error(source, section, "events", "\"%s\": %s", f->events, wrong);
}

/* Who may not read it now finds no fault with what is in it.  Tokens are renewed now and then: a
 * wrong one is no reason to begin nothing. */
static void
check_credential(const struct config_opennebula *f, const char *section,
                 const struct source *source)
{
    char text[4096];
    size_t len;
    const char *colon;

    if (f->credential_file == NULL || secret_read(f->credential_file, text, sizeof(text), &len) != NULL)
        return;
    colon = memchr(text, ':', len);
    if (colon == NULL || colon == text || colon == text + len - 1 || memchr(text, '\n', len) != NULL)
        source_warning(source, section, "credential_file", "%s is not the one line user:token",
                       f->credential_file);
    explicit_bzero(text, sizeof(text));
}

/* A section that was copied: both would claim the same VMs. */
static void
check_twice(const struct config *config, guint at, const char *section, const struct source *source)
{
    const struct config_opennebula *f = config->frontends->pdata[at];

    for (guint i = 0; i < at; i++) {
        const struct config_opennebula *other = config->frontends->pdata[i];

        if (f->endpoint == NULL || g_strcmp0(f->endpoint, other->endpoint) != 0)
            continue;
        source_warning(source, section, "endpoint",
                       "is that of [opennebula %s] as well; where both see a VM it is in conflict "
                       "with itself", other->name);
        return;
    }
}

static void
check_frontend(const struct config *config, guint at, const struct source *source)
{
    const struct config_opennebula *f = config->frontends->pdata[at];
    g_autofree char *section = g_strconcat("opennebula ", f->name, NULL);

    if (!g_regex_match_simple("^[a-z0-9][a-z0-9._-]{0,63}$", f->name, 0, 0))
        config_problem_add(source->problems, CONFIG_PROBLEM_ERROR, source->file,
                           source_line(source, section, ""),
                           "[%s]: the name of a front-end is at most 64 letters, digits, dots, "
                           "dashes and underscores", section);
    check_endpoint(f, section, source);
    check_twice(config, at, section, source);
    if (f->credential_file == NULL)
        source_error(source, section, "credential_file",
                     "a file with the line user:token is needed");
    check_file(source, section, "credential_file", f->credential_file, true);
    check_credential(f, section, source);
    check_file(source, section, "tls_ca", f->tls_ca, false);
    check_events(f, section, source);
    if (f->link_attribute == NULL
        || !g_regex_match_simple("^[A-Za-z_][A-Za-z0-9_.-]{0,127}$", f->link_attribute, 0, 0))
        source_error(source, section, "link_attribute",
                     "\"%s\" cannot be the name of an attribute",
                     f->link_attribute != NULL ? f->link_attribute : "");
    if (f->connect_timeout_s > f->timeout_s)
        source_warning(source, section, "connect_timeout",
                       "%d s is longer than the whole read's timeout of %d s",
                       f->connect_timeout_s, f->timeout_s);
}

void
check_frontends(const struct config *config, const struct source *source)
{
    for (guint i = 0; i < config->frontends->len; i++)
        check_frontend(config, i, source);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/connection.h"

#include "directory/deadline.h"
#include "directory/dial.h"
#include "directory/dispatch.h"
#include "directory/result.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#define READ_AHEAD (64 * 1024)

struct directory_connection {
    LDAP *ld;
    char *uri;
    int timeout;
    struct dispatch *dispatch;
    bool capability_known;
    struct capability capability;
};

static void
ignore_sigpipe(void)
{
    struct sigaction now;

    if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL) {
        now.sa_handler = SIG_IGN;
        sigaction(SIGPIPE, &now, NULL);
    }
}

/*
 * libldap reads every message in two calls and polls before each.  With a
 * buffer above the transport (also above TLS) most come out of memory;
 * ldap_result() knows about it.
 */
static void
read_ahead(LDAP *ld)
{
    int size = READ_AHEAD;
    Sockbuf *sb = NULL;

    if (ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sb) == LDAP_OPT_SUCCESS && sb != NULL)
        ber_sockbuf_add_io(sb, &ber_sockbuf_io_readahead, LBER_SBIOD_LEVEL_APPLICATION, &size);
}

static struct directory_connection *
connection_new(LDAP *ld, const char *uri, int timeout)
{
    struct directory_connection *c = g_new0(struct directory_connection, 1);

    c->ld = ld;
    c->uri = g_strdup(uri);
    c->timeout = timeout;
    c->dispatch = dispatch_new();
    read_ahead(ld);
    return c;
}

/* True when another server would fail in the same way. */
static bool
ends_the_search(const GError *error)
{
    enum directory_class class = directory_error_class(error);

    return class == DIRECTORY_CREDENTIALS || class == DIRECTORY_SETUP;
}

/* Keeps the newest error as *last and its text among those of the servers before. */
static void
remember_failure(GString *texts, GError **last, GError *error)
{
    if (texts->len)
        g_string_append(texts, "; ");
    g_string_append(texts, error->message);
    g_clear_error(last);
    *last = error;
}

struct directory_connection *
directory_connection_open_uri(const struct directory_options *o, const char *uri, GError **error)
{
    LDAP *ld;

    ignore_sigpipe();
    ld = directory_dial(o, uri, error);
    return ld ? connection_new(ld, uri, o->timeout) : NULL;
}

static LDAP *
open_first(const struct directory_options *o, struct server_memory *memory, guint *chosen,
           GError **error)
{
    guint n = server_memory_count(memory);
    g_autofree guint *order = g_new0(guint, n + 1);
    g_autoptr(GString) texts = g_string_new(NULL);
    GError *last = NULL;

    server_memory_order(memory, deadline_now(), order);
    for (guint i = 0; i < n; i++) {
        GError *failure = NULL;
        LDAP *ld = directory_dial(o, server_memory_uri(memory, order[i]), &failure);

        if (ld) {
            server_memory_succeeded(memory, order[i]);
            g_clear_error(&last);
            *chosen = order[i];
            return ld;
        }
        server_memory_failed(memory, order[i], deadline_now(), g_random_int());
        remember_failure(texts, &last, failure);
        if (ends_the_search(failure))
            break;
    }
    g_free(last->message);
    last->message = g_strdup(texts->str);
    g_propagate_error(error, last);
    return NULL;
}

struct directory_connection *
directory_connection_open(const struct directory_options *o, struct server_memory *memory,
                          GError **error)
{
    CLEANUP(server_memory_free) struct server_memory *own = NULL;
    guint chosen = 0;
    LDAP *ld;

    if (!o->uris || !o->uris[0]) {
        directory_error_set(error, DIRECTORY_CODE_SETUP, NULL, NULL,
                            "no directory server is configured: [directory] uri is empty");
        return NULL;
    }
    ignore_sigpipe();
    if (!memory)
        memory = own = server_memory_new(o->uris);
    ld = open_first(o, memory, &chosen, error);
    return ld ? connection_new(ld, server_memory_uri(memory, chosen), o->timeout) : NULL;
}

void
directory_connection_close(struct directory_connection *c)
{
    if (!c || dispatch_put_off_close(c))
        return;
    dispatch_end(c);
    ldap_unbind_ext(c->ld, NULL, NULL);
    dispatch_free(c->dispatch);
    g_free(c->uri);
    g_free(c);
}

LDAP *
directory_connection_handle(struct directory_connection *c)
{
    return c->ld;
}

struct dispatch *
directory_connection_dispatch(const struct directory_connection *c)
{
    return c->dispatch;
}

const char *
directory_connection_uri(const struct directory_connection *c)
{
    return c->uri;
}

bool
directory_connection_has_tls(struct directory_connection *c)
{
    return ldap_tls_inplace(c->ld) != 0;
}

int
directory_connection_timeout(const struct directory_connection *c)
{
    return c->timeout;
}

const struct capability *
directory_connection_capability(struct directory_connection *c, GError **error)
{
    if (!c->capability_known && !capability_probe(c, &c->capability, error))
        return NULL;
    c->capability_known = true;
    return &c->capability;
}

void
directory_connection_set_capability(struct directory_connection *c,
                                    const struct capability *capability)
{
    c->capability = *capability;
    c->capability_known = true;
}

int
directory_connection_result(struct directory_connection *c, int msgid, int64_t deadline,
                            LDAPMessage **message)
{
    struct timeval left = deadline_timeval(deadline_left(deadline));
    int type;

    *message = NULL;
    dispatch_note_unread(c);
    type = ldap_result(c->ld, msgid, LDAP_MSG_ONE, &left, message);
    return type;
}

void
directory_connection_lost(struct directory_connection *c, const char *what, GError **error)
{
    int code = LDAP_SERVER_DOWN;

    ldap_get_option(c->ld, LDAP_OPT_RESULT_CODE, &code);
    if (code == LDAP_SUCCESS || code == LDAP_TIMEOUT)
        code = LDAP_SERVER_DOWN;
    directory_error_set_from(error, c->ld, code, "%s: %s: the connection is lost", c->uri, what);
}

bool
directory_connection_answer(struct directory_connection *c, int msgid, int64_t deadline,
                            LDAPControl ***controls, const char *what, GError **error)
{
    LDAPMessage *message = NULL;
    int type = directory_connection_result(c, msgid, deadline, &message);

    if (controls)
        *controls = NULL;
    if (type > 0)
        return directory_result_parse(c->ld, message, controls, what, error);
    if (type < 0) {
        directory_connection_lost(c, what, error);
        return false;
    }
    ldap_abandon_ext(c->ld, msgid, NULL, NULL);
    directory_error_set(error, LDAP_TIMEOUT, NULL, NULL, "%s: %s: no answer in time", c->uri, what);
    return false;
}

bool
directory_connection_send_again(struct directory_connection *c, int rc, int64_t deadline)
{
    struct pollfd p = {.fd = -1, .events = POLLOUT};

    if (rc != LDAP_BUSY)
        return false;
    ldap_get_option(c->ld, LDAP_OPT_DESC, &p.fd);
    return poll(&p, 1, deadline_left(deadline)) != 0 && deadline_left(deadline) > 0;
}

void
directory_connection_pause(struct directory_connection *c, int ms)
{
    struct pollfd p = {.fd = -1, .events = POLLIN};

    ldap_get_option(c->ld, LDAP_OPT_DESC, &p.fd);
    if (poll(&p, 1, ms) < 0 && errno != EINTR)
        g_debug("poll: %s", g_strerror(errno));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "integration/directory_body.h"

#include "harness.h"

struct server *server;
char *dn;

struct body
body_new(void)
{
    struct body b = {.connection = server_connect(server)};

    b.service = service_new(b.connection, dn, LEASE);
    return b;
}

void
body_clear(struct body *b)
{
    service_free(b->service);
    directory_connection_close(b->connection);
}

void
assert_done(bool done, GError **error)
{
    if (!done)
        fail_msg("%s", *error ? (*error)->message : "no error given");
}

void
take(struct body *b)
{
    g_autoptr(GError) error = NULL;

    assert_int_equal(service_look(b->service, NULL, &error), SERVICE_FREE);
    assert_done(service_take(b->service, &error), &error);
}

void
release(struct body *b)
{
    g_autoptr(GError) error = NULL;

    assert_done(service_release(b->service, &error), &error);
}

int
body_setup(void **state)
{
    g_autofree char *world = server_world(1);
    g_autofree char *option = g_strdup_printf("ldif=%s", world);
    const char *const options[] = {option, "tls=no", NULL};
    struct directory_connection *c;
    struct service *s;
    bool done;

    (void)state;
    server = server_start(options);
    dn = g_strdup_printf("cn=statesync,%s", server_base);
    c = server_connect(server);
    s = service_new(c, dn, LEASE);
    done = service_ensure(s, NULL);
    service_free(s);
    directory_connection_close(c);
    return done ? 0 : -1;
}

int
body_teardown(void **state)
{
    (void)state;
    g_free(dn);
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two servers that replicate each other, either killed: the watch goes on with
 * the other one and returns, and what a lagging server tells is held back.
 */
#include "config.h"

#include "harness.h"

#include "directory/deadline.h"
#include "directory/read.h"
#include "integration/watch_mirror.h"
#include "integration/world_changer.h"

#include <string.h>

enum { N_VMS = 60 };

struct pair {
    struct server *server[2];
    struct mirror *mirror;
    struct changer *changer;
};

static guint
n_entries(const struct server *s)
{
    CLEANUP(directory_options_free) struct directory_options *o = server_options(s);
    CLEANUP(directory_connection_close) struct directory_connection *c = server_connect(s);
    CLEANUP(directory_snapshot_free)
    struct directory_snapshot *read = directory_read(c, o, NULL, NULL, NULL);

    return read ? read->entries->len : 0;
}

static bool
has_all(void *server)
{
    return n_entries(server) == N_VMS;
}

static struct pair *
pair_new(void)
{
    g_autofree char *world = server_world(N_VMS);
    g_autofree char *ldif = g_strdup_printf("ldif=%s", world);
    const char *const options[] = {ldif, "overlays=syncprov", "tls=no", NULL};
    struct pair *p = g_new0(struct pair, 1);
    struct directory_options *o;
    const char *uris[3] = {NULL, NULL, NULL};

    server_start_pair(options, p->server);
    assert_true(harness_wait_until(has_all, p->server[1], 20000));
    uris[0] = p->server[0]->ldapi;
    uris[1] = p->server[1]->ldapi;
    o = server_options(p->server[0]);
    g_strfreev(o->uris);
    o->uris = g_strdupv((char **)(uintptr_t)uris);
    p->mirror = mirror_new(o);
    p->changer = changer_new(p->server[0], 7);
    mirror_up(p->mirror);
    assert_string_equal(directory_connection_uri(p->mirror->connection), uris[0]);
    return p;
}

static void
pair_free(struct pair *p)
{
    mirror_free(p->mirror);
    changer_free(p->changer);
    server_stop(p->server[0]);
    server_stop(p->server[1]);
    g_free(p);
}
DEFINE_CLEANUP(struct pair, pair_free)

static bool
is_at_second(struct mirror *m)
{
    return m->live && m->connection &&
           strcmp(directory_connection_uri(m->connection), m->options->uris[1]) == 0;
}

static void
test_fails_over_and_returns(void **state)
{
    CLEANUP(pair_free) struct pair *p = pair_new();
    struct mirror *m = p->mirror;
    g_autofree char *one = server_vm_dn(1);
    int64_t start;

    (void)state;
    changer_stir(p->changer, N_VMS, 50);
    mirror_until_equal(m, p->server[0], 5000);
    mirror_until_equal(m, p->server[1], 5000);
    server_kill(p->server[0]);
    start = deadline_now();
    mirror_until(m, is_at_second, 10000);
    print_message("# live on the other server after %d ms\n", (int)(deadline_now() - start));
    changer_connect(p->changer, p->server[1]);
    m->n_gone = 0;
    changer_delete(p->changer, one);
    changer_stir(p->changer, N_VMS, 50);
    mirror_until_equal(m, p->server[1], 5000);
    server_up(p->server[0]);
    mirror_return(m, 30000);
    mirror_until_equal(m, p->server[0], 20000);
    assert_int_equal(m->n_older, 0);
}

/* What a listener must not hear while the second server lags: older entries, and what it has not
 * heard of. */
struct lag {
    unsigned n_risen;
    char *deleted;
};

static void
look_for_risen(struct mirror *m, const struct entry *entry)
{
    struct lag *lag = m->data;

    lag->n_risen += g_ascii_strcasecmp(entry_dn(entry), lag->deleted) == 0;
}

/* The second server is away while the first changes, then the first dies. */
static void
make_lag(struct pair *p, struct lag *lag, bool deletes)
{
    struct mirror *m = p->mirror;
    g_autofree char *two = server_vm_dn(2);

    lag->deleted = server_vm_dn(1);
    server_down(p->server[1]);
    if (deletes)
        assert_int_equal(changer_delete(p->changer, lag->deleted), LDAP_SUCCESS);
    assert_int_equal(changer_set(p->changer, two, "sstDisplayName", "newer"), LDAP_SUCCESS);
    assert_int_equal(changer_add_vm(p->changer, 700), LDAP_SUCCESS);
    mirror_until_equal(m, p->server[0], 5000);
    changer_hang_up(p->changer);
    m->data = lag;
    m->on_entry = look_for_risen;
    m->n_gone = 0;
    server_kill(p->server[0]);
    server_up(p->server[1]);
    mirror_until(m, is_at_second, 20000);
}

/* Nothing is deleted here: slapd that is killed and comes back takes entries back from the other
 * one which it had deleted itself. */
static void
test_lagging_server_is_not_believed(void **state)
{
    CLEANUP(pair_free) struct pair *p = pair_new();
    struct lag lag = {.n_risen = 0};
    struct watch_figures figures;

    (void)state;
    make_lag(p, &lag, false);
    mirror_run(p->mirror, 1000);
    watch_figures(p->mirror->watch, &figures);
    assert_int_equal(figures.n_held, 2);
    assert_int_equal(p->mirror->n_older, 0);
    assert_int_equal(p->mirror->n_gone, 0);
    server_up(p->server[0]);
    mirror_until_equal(p->mirror, p->server[0], 20000);
    mirror_until_equal(p->mirror, p->server[1], 20000);
    assert_int_equal(p->mirror->n_older, 0);
    assert_int_equal(p->mirror->n_gone, 0);
    watch_figures(p->mirror->watch, &figures);
    assert_int_equal(figures.n_held, 0);
    assert_int_equal(figures.n_overdue, 0);
    g_free(lag.deleted);
}

/* The first server never comes back: what was written there only is lost, and we say so in time. */
static void
test_lost_writes_are_given_up(void **state)
{
    CLEANUP(pair_free) struct pair *p = pair_new();
    struct lag lag = {.n_risen = 0};
    struct watch_figures figures;

    (void)state;
    watch_set_hold(p->mirror->watch, 2000);
    make_lag(p, &lag, true);
    watch_figures(p->mirror->watch, &figures);
    assert_int_equal(figures.n_held, 3);
    assert_int_equal(p->mirror->n_older, 0);
    assert_int_equal(p->mirror->n_gone, 0);
    assert_int_equal(lag.n_risen, 0);
    mirror_until_equal(p->mirror, p->server[1], 10000);
    watch_figures(p->mirror->watch, &figures);
    assert_int_equal(figures.n_held, 0);
    assert_true(figures.n_overdue >= 3);
    g_free(lag.deleted);
}

static void
test_random_kills(void **state)
{
    CLEANUP(pair_free) struct pair *p = pair_new();
    int n_rounds = harness_sample(1, 2, 20);

    (void)state;
    for (int i = 0; i < n_rounds; i++) {
        struct server *victim = p->server[i % 2];
        struct server *other = p->server[1 - i % 2];

        changer_connect(p->changer, victim);
        for (int j = 0; j < 5; j++) {
            changer_stir(p->changer, N_VMS, 20);
            mirror_run(p->mirror, 5);
        }
        /* What is not replicated yet comes when the victim is back. */
        server_kill(victim);
        changer_connect(p->changer, other);
        for (int j = 0; j < 5; j++) {
            changer_stir(p->changer, N_VMS, 20);
            mirror_run(p->mirror, 20);
        }
        server_up(victim);
        mirror_return(p->mirror, 60000);
        mirror_until_equal(p->mirror, p->server[0], 40000);
    }
    print_message("# %u entries given, %u older\n", p->mirror->n_entries, p->mirror->n_older);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fails_over_and_returns),
        cmocka_unit_test(test_lagging_server_is_not_believed),
        cmocka_unit_test(test_lost_writes_are_given_up),
        cmocka_unit_test(test_random_kills),
    };

    server_require();
    return harness_run("directory_pair", tests, G_N_ELEMENTS(tests), NULL, NULL);
}

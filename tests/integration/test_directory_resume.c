/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The watch after a pause: what happened meanwhile, on servers that remember
 * it, on servers that do not, on one put back from a backup, and by polling.
 */
#include "config.h"

#include "harness.h"

#include "directory/deadline.h"
#include "directory/dispatch.h"
#include "directory/result.h"
#include "integration/watch_mirror.h"
#include "integration/world_changer.h"

#include <signal.h>
#include <string.h>

enum { N_VMS = 100 };

static struct server *
start_world(const char *overlays)
{
    g_autofree char *world = server_world(N_VMS);
    g_autofree char *ldif = g_strdup_printf("ldif=%s", world);
    const char *const options[] = {ldif, overlays, NULL};

    return server_start(options);
}

/* Deletes VM 1, changes VM 2, adds VM 500 and renames VM 3 to 501. */
static void
change_a_few(const struct server *s)
{
    CLEANUP(changer_free) struct changer *c = changer_new(s, 1);
    g_autofree char *one = server_vm_dn(1);
    g_autofree char *two = server_vm_dn(2);
    g_autofree char *three = server_vm_dn(3);

    changer_delete(c, one);
    changer_set(c, two, "sstDisplayName", "meanwhile");
    changer_add_vm(c, 500);
    changer_rename(c, three, "sstVirtualMachine=00000501-0000-4000-8000-000000000000");
    assert_int_equal(c->n_failed, 0);
}

/* The connection breaks under the watch, which goes on by itself afterwards. */
static void
interrupt(struct mirror *m)
{
    watch_stop(m->watch);
    m->live = false;
    g_source_destroy(m->source);
    g_clear_pointer(&m->source, g_source_unref);
    g_clear_pointer(&m->connection, directory_connection_close);
}

static void
test_R19_changes_meanwhile(void **state)
{
    struct server *own = start_world("overlays=syncprov");
    CLEANUP(mirror_free) struct mirror *m = mirror_new(server_options(own));

    (void)state;
    mirror_up(m);
    interrupt(m);
    change_a_few(own);
    m->n_entries = 0;
    mirror_up(m);
    assert_false(m->complete);
    assert_int_equal(m->n_gone, 2);
    assert_int_equal(m->n_entries, 3);
    mirror_until_equal(m, own, 5000);
    server_stop(own);
}

/* The server forgets what was deleted: it tells what is still there. */
static void
test_R19_server_restarts(void **state)
{
    struct server *own = start_world("overlays=syncprov");
    CLEANUP(mirror_free) struct mirror *m = mirror_new(server_options(own));

    (void)state;
    mirror_up(m);
    interrupt(m);
    change_a_few(own);
    server_kill(own);
    server_up(own);
    m->n_entries = 0;
    mirror_up(m);
    assert_int_equal(m->n_gone, 2);
    mirror_until_equal(m, own, 5000);
    server_stop(own);
}

/* A server that remembers the last ten deletions and changes only. */
static struct server *
start_forgetful(void)
{
    g_autofree char *conf = g_strdup_printf("%s/module.conf", harness_tmpdir());
    g_autofree char *dbconf = g_strdup_printf("%s/overlay.conf", harness_tmpdir());
    g_autofree char *world = server_world(N_VMS);
    g_autofree char *ldif = g_strdup_printf("ldif=%s", world);
    g_autofree char *module = g_strdup_printf("conf=%s", conf);
    g_autofree char *overlay = g_strdup_printf("dbconf=%s", dbconf);
    const char *const options[] = {ldif, module, overlay, "loglevel=sync", NULL};

    assert_true(g_file_set_contents(conf, "moduleload syncprov\n", -1, NULL));
    assert_true(g_file_set_contents(dbconf, "overlay syncprov\nsyncprov-sessionlog 10\n", -1,
                                    NULL));
    return server_start(options);
}

/* What slapd says with loglevel=sync when it names those that are still there. */
static bool
tells_who_is_there(const struct server *s)
{
    g_autofree char *path = g_strdup_printf("%s/slapd.log", s->dir);
    g_autofree char *log = NULL;

    assert_true(g_file_get_contents(path, &log, NULL, NULL));
    return strstr(log, "present syncIdSet") != NULL;
}

/* It remembers less than what happened since our cookie. */
static void
test_R19_very_old_cookie(void **state)
{
    struct server *own = start_forgetful();
    CLEANUP(mirror_free) struct mirror *m = mirror_new(server_options(own));
    CLEANUP(changer_free) struct changer *c = changer_new(own, 1);

    (void)state;
    mirror_up(m);
    interrupt(m);
    for (int i = 1; i <= N_VMS; i++) {
        g_autofree char *vm = server_vm_dn(i);

        if (i <= 40)
            changer_delete(c, vm);
        else if (i <= 60)
            changer_set(c, vm, "sstDisplayName", "meanwhile");
    }
    for (int i = 0; i < 30; i++) {
        changer_add_vm(c, 500 + i);
        if (i % 3 == 0) {
            g_autofree char *vm = server_vm_dn(500 + i);

            changer_delete(c, vm); /* came and went */
        }
    }
    assert_int_equal(c->n_failed, 0);
    assert_false(tells_who_is_there(own));
    m->n_entries = 0;
    mirror_up(m);
    assert_true(tells_who_is_there(own));
    assert_int_equal(m->n_gone, 40);
    assert_int_equal(m->n_entries, 40);
    mirror_until_equal(m, own, 5000);
    server_stop(own);
}

static bool
has_lost(struct mirror *m)
{
    return m->n_lost > 0;
}

static void
test_R14_server_killed(void **state)
{
    struct server *own = start_world("overlays=syncprov");
    CLEANUP(mirror_free) struct mirror *m = mirror_new(server_options(own));

    (void)state;
    mirror_up(m);
    server_kill(own);
    mirror_until(m, has_lost, 2000);
    assert_int_equal(m->n_lost, 1);
    assert_int_equal(m->n_gone, 0);
    assert_string_equal(watch_mode(m->watch), "off");
    server_up(own);
    change_a_few(own);
    mirror_until_equal(m, own, 15000);
    assert_int_equal(m->n_gone, 2);
    server_stop(own);
}

/* A frozen server says nothing, and the connection stands: the sign of life is missed. */
static void
test_R14_server_freezes(void **state)
{
    struct server *own = start_world("overlays=syncprov");
    struct directory_options *o = server_options(own);
    struct mirror *m;

    (void)state;
    o->timeout = o->network_timeout = 2000;
    m = mirror_new(o);
    watch_set_ping(m->watch, 200);
    mirror_up(m);
    mirror_run(m, 700);
    assert_int_equal(m->n_lost, 0);
    server_signal(own, SIGSTOP);
    mirror_reset_ticks(m);
    mirror_until(m, has_lost, 3000);
    mirror_run(m, 1500);
    assert_true(m->worst_cpu_us < 50000);
    server_signal(own, SIGCONT);
    mirror_until_equal(m, own, 15000);
    assert_int_equal(m->n_gone, 0);
    mirror_free(m);
    server_stop(own);
}

/* The database is put back from a backup: our cookie comes from its future.  What it had then
 * is the truth now, but not before the time for a lagging server is over. */
static void
test_cookie_from_the_future(void **state)
{
    struct server *own = start_world("overlays=syncprov");
    CLEANUP(mirror_free) struct mirror *m = mirror_new(server_options(own));
    struct watch_figures figures;
    g_autofree char *added = server_vm_dn(500);

    (void)state;
    watch_set_hold(m->watch, 1500);
    server_down(own);
    server_save(own);
    server_up(own);
    mirror_up(m);
    change_a_few(own);
    mirror_until_equal(m, own, 5000);
    server_down(own);
    server_put_back(own);
    server_up(own);
    m->n_gone = 0;
    mirror_until(m, has_lost, 15000);
    mirror_until(m, mirror_is_live, 15000);
    watch_figures(m->watch, &figures);
    assert_int_equal(m->n_gone, 0);
    assert_true(figures.n_held >= 3);
    assert_true(mirror_has(m, added));
    mirror_until_equal(m, own, 10000);
    assert_false(mirror_has(m, added));
    watch_figures(m->watch, &figures);
    assert_true(figures.n_overdue >= 3);
    assert_int_equal(figures.n_held, 0);
    server_stop(own);
}

/* A refresh that breaks off concludes nothing. */
static void
test_refresh_breaks_off(void **state)
{
    struct server *own = start_world("overlays=syncprov");
    CLEANUP(mirror_free) struct mirror *m = mirror_new(server_options(own));

    (void)state;
    mirror_up(m);
    interrupt(m);
    server_kill(own);
    server_up(own);
    m->n_entries = 0;
    mirror_start(m);
    while (!m->connection)
        g_main_context_iteration(NULL, TRUE);
    g_main_context_iteration(NULL, TRUE);
    dispatch_fail(m->connection, g_error_new_literal(DIRECTORY_ERROR, LDAP_SERVER_DOWN, "cut"));
    mirror_until(m, has_lost, 2000);
    assert_int_equal(m->n_gone, 0);
    mirror_until_equal(m, own, 15000);
    assert_int_equal(m->n_gone, 0);
    server_stop(own);
}

static void
poll_world(const char *overlays, bool csn)
{
    struct server *own = start_world(overlays);
    CLEANUP(mirror_free) struct mirror *m = mirror_new(server_options(own));

    (void)csn;
    watch_set_poll(m->watch, 100, 400);
    mirror_up(m);
    assert_string_equal(watch_mode(m->watch), "poll");
    assert_true(m->complete);
    assert_int_equal(m->n_entries, N_VMS);
    mirror_run(m, 250);
    assert_int_equal(m->n_fresh, 0); /* nothing changed, nothing is given */
    change_a_few(own);
    mirror_until_equal(m, own, 5000);
    assert_int_equal(m->n_live, 1);
    server_kill(own);
    mirror_until(m, has_lost, 5000);
    server_up(own);
    {
        CLEANUP(changer_free) struct changer *c = changer_new(own, 1);
        g_autofree char *four = server_vm_dn(4);

        changer_delete(c, four);
    }
    mirror_until_equal(m, own, 15000);
    server_stop(own);
}

static void
test_no_synchronization(void **state)
{
    (void)state;
    poll_world("overlays=", true);
}

/* The module is there, but not on this database: the server says so only when asked. */
static void
test_no_synchronization_here(void **state)
{
    g_autofree char *conf = g_strdup_printf("%s/module.conf", harness_tmpdir());
    g_autofree char *world = server_world(N_VMS);
    g_autofree char *ldif = g_strdup_printf("ldif=%s", world);
    g_autofree char *option = g_strdup_printf("conf=%s", conf);
    const char *const options[] = {ldif, option, NULL};
    CLEANUP(mirror_free) struct mirror *m = NULL;
    struct server *own;

    (void)state;
    assert_true(g_file_set_contents(conf, "moduleload syncprov\n", -1, NULL));
    own = server_start(options);
    m = mirror_new(server_options(own));
    watch_set_poll(m->watch, 100, 400);
    mirror_up(m);
    assert_string_equal(watch_mode(m->watch), "poll");
    change_a_few(own);
    mirror_until_equal(m, own, 5000);
    server_stop(own);
}

/* Thousands of random changes, the server killed now and then: in the end we have what it has. */
static void
test_random_changes_with_kills(void **state)
{
    struct server *own = start_world("overlays=syncprov");
    CLEANUP(mirror_free) struct mirror *m = mirror_new(server_options(own));
    CLEANUP(changer_free) struct changer *c = changer_new(own, 20261126);
    int n_rounds = harness_sample(4, 10, 60);

    (void)state;
    /* Where a deletion was the last before it was killed slapd refuses our cookie. */
    watch_set_hold(m->watch, 2000);
    mirror_up(m);
    for (int i = 0; i < n_rounds; i++) {
        for (int j = 0; j < 10; j++) {
            changer_stir(c, N_VMS, 30);
            mirror_run(m, 3);
        }
        if (i % 3 == 1) {
            server_kill(own);
            if (i % 2)
                mirror_run(m, 30);
            server_up(own);
            changer_connect(c, own);
            changer_stir(c, N_VMS, 100);
        } else if (i % 3 == 2) {
            interrupt(m);
            changer_stir(c, N_VMS, 100);
            mirror_start(m);
        }
        mirror_until_equal(m, own, 20000);
    }
    print_message("# %u changes, %u refused, %u entries given, %u gone, %u connections\n",
                  c->n_done, c->n_failed, m->n_entries, m->n_gone, m->n_dialled);
    assert_int_equal(m->n_older, 0);
    server_stop(own);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_R19_changes_meanwhile),
        cmocka_unit_test(test_R19_server_restarts),
        cmocka_unit_test(test_R19_very_old_cookie),
        cmocka_unit_test(test_R14_server_killed),
        cmocka_unit_test(test_R14_server_freezes),
        cmocka_unit_test(test_cookie_from_the_future),
        cmocka_unit_test(test_refresh_breaks_off),
        cmocka_unit_test(test_no_synchronization),
        cmocka_unit_test(test_no_synchronization_here),
        cmocka_unit_test(test_random_changes_with_kills),
    };

    server_require();
    return harness_run("directory_resume", tests, G_N_ELEMENTS(tests), NULL, NULL);
}

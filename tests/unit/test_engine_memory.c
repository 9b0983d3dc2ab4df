/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engine remembers: saved, loaded, broken, of another boot, and
 * nothing at all in a site where nothing happens.
 */
#include "config.h"

#include "harness.h"

#include "engine/engine.h"
#include "engine/statefile.h"

#include <glib.h>
#include <string.h>

#define N_VMS 50
#define START G_GINT64_CONSTANT(1767225600000)

struct site {
    struct engine *engine;
    struct engine_time now;
    guint64 query;
};

static char *
uuid_of(unsigned i)
{
    return g_strdup_printf("3c1f1a52-0000-4000-8000-%012u", i);
}

static char *
dn_of(unsigned i)
{
    g_autofree char *uuid = uuid_of(i);

    return g_strdup_printf("sstVirtualMachine=%s,dc=x", uuid);
}

static void
put(struct entry_builder *b, const char *name, const char *value)
{
    entry_builder_value(b, entry_builder_attribute(b, name, strlen(name)), value, strlen(value));
}

static struct entry *
plain_vm(unsigned i, const char *intent)
{
    CLEANUP(entry_builder_free) struct entry_builder *b = entry_builder_new();
    g_autofree char *uuid = uuid_of(i);
    g_autofree char *dn = dn_of(i);

    entry_builder_begin(b, dn);
    put(b, "objectClass", "sstVirtualizationVirtualMachine");
    put(b, "sstVirtualMachine", uuid);
    put(b, "sstVirtualMachineType", "persistent");
    put(b, "sstNode", "n");
    put(b, "sstStatus", intent);
    return entry_builder_finish(b);
}

static void
new_engine(struct site *s, const char *boot)
{
    struct engine_options options = {.limits = LIMITS_DEFAULT};

    engine_free(s->engine);
    s->engine = engine_new(&options);
    engine_set_boot(s->engine, boot);
}

static void
site_begin(struct site *s)
{
    GPtrArray *entries = g_ptr_array_new();

    *s = (struct site){.now = {1000000, START}};
    new_engine(s, "boot-1");
    for (unsigned i = 0; i < N_VMS; i++)
        g_ptr_array_add(entries, plain_vm(i, "running"));
    engine_directory(s->engine, entries);
}

/* A pass in which the first `present` VMs run; everything planned is accepted. */
static struct engine_output *
site_pass(struct site *s, unsigned present, guint64 epoch)
{
    g_autoptr(GPtrArray) all
        = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))observation_unref);
    struct observation *o = observation_new("n", RESULT_COMPLETE);

    s->now.mono += 10000;
    s->now.wall += 10000;
    o->epoch = epoch;
    o->query = ++s->query;
    for (unsigned i = 0; i < present; i++) {
        g_autofree char *text = uuid_of(i);
        struct uuid uuid;
        assert_true(uuid_parse(text, strlen(text), &uuid));
        observation_add(o, &uuid, NULL)->state = DSTATE_RUNNING;
    }
    g_ptr_array_add(all, o);
    struct engine_output *out = engine_step(s->engine, s->now, all, true, NULL);
    for (guint i = 0; i < out->verdicts->len; i++) {
        struct change *c = g_array_index(out->verdicts, struct verdict, i).change;
        if (c != NULL)
            engine_written(s->engine, c, NULL);
    }
    return out;
}

static char *
body_of(struct site *s)
{
    GString *body = g_string_new(NULL);

    engine_save_body(s->engine, body);
    return g_string_free(body, FALSE);
}

static char *
file_of(struct site *s)
{
    g_autofree char *header = engine_save_header(s->engine);
    g_autofree char *body = body_of(s);

    return g_strconcat(header, body, NULL);
}

static void
test_steady_is_empty(void **state)
{
    struct site s;

    (void)state;
    site_begin(&s);
    for (int pass = 0; pass < 3; pass++)
        engine_output_free(site_pass(&s, N_VMS, 1));
    CLEANUP(engine_output_free) struct engine_output *o = site_pass(&s, N_VMS, 1);
    g_autofree char *body = body_of(&s);
    assert_int_equal(o->changes, 0);
    assert_string_equal(body, "end\n");
    engine_free(s.engine);
}

static void
test_header_size(void **state)
{
    struct site s;

    (void)state;
    site_begin(&s);
    for (int pass = 0; pass < 6; pass++) {
        g_autofree char *header = engine_save_header(s.engine);
        assert_int_equal(strlen(header), STATEFILE_HEADER_SIZE);
        assert_true(g_str_has_prefix(header, STATEFILE_MAGIC " "));
        assert_int_equal(header[STATEFILE_HEADER_SIZE - 1], '\n');
        engine_output_free(site_pass(&s, N_VMS, 1));
    }
    engine_free(s.engine);
}

/* Two of the VMs vanish: a row of misses begins, is saved and goes on after loading. */
static void
test_round_trip(void **state)
{
    struct site s;
    g_autofree char *problem = NULL;

    (void)state;
    site_begin(&s);
    engine_output_free(site_pass(&s, N_VMS, 1));
    engine_output_free(site_pass(&s, N_VMS - 2, 1));
    engine_output_free(site_pass(&s, N_VMS - 2, 1));
    g_autofree char *file = file_of(&s);
    g_autofree char *body = body_of(&s);
    assert_true(strlen(body) > strlen("end\n"));
    new_engine(&s, "boot-1");
    assert_true(engine_load(s.engine, file, s.now, &problem));
    g_autofree char *again = body_of(&s);
    assert_string_equal(again, body);
    engine_free(s.engine);
}

static const char *const broken_files[] = {
    "",
    "\n",
    "end\n",
    "statesync-state 2 boot b mono 1 wall 1 pass 1 entries 1 apart \nend\n",
    "statesync-state 1 boot b mono x wall 1 pass 1 entries 1 apart \nend\n",
    "statesync-state 1 boot b mono 1 wall 1 pass 1 entries 1 apart \n",
    "statesync-state 1 boot b mono 1 wall 1 pass 1 entries 1 apart \nnode\nend\n",
    "statesync-state 1 boot b mono 1 wall 1 pass 1 entries 1 apart \nnode n epoch=x answered=1\nend\n",
    "statesync-state 1 boot b mono 1 wall 1 pass 1 entries 1 apart \nvm nonsense\nend\n",
    "statesync-state 1 boot b mono 1 wall 1 pass 1 entries 1 apart \n"
    "vm 3c1f1a52-0000-4000-8000-000000000001 flavour=sweet\nend\n",
    "statesync-state 1 boot b mono 1 wall 1 pass 1 entries 1 apart \n"
    "vm 3c1f1a52-0000-4000-8000-000000000001 misses=\nend\n",
    "statesync-state 1 boot b mono 1 wall 1 pass 1 entries 1 apart \n"
    "vm 3c1f1a52-0000-4000-8000-000000000001 backup=a/b\nend\n",
    "\x7f"
    "ELF garbage",
};

static void
expect_broken(const char *text)
{
    struct site s = {.now = {1000000, START}};
    g_autofree char *problem = NULL;

    new_engine(&s, "b");
    if (engine_load(s.engine, text, s.now, &problem))
        fail_msg("this was loaded: %s", text);
    assert_non_null(problem);
    assert_true(g_str_has_prefix(problem, "line "));
    g_autofree char *body = body_of(&s);
    assert_string_equal(body, "end\n"); /* as new */
    engine_free(s.engine);
}

static void
test_broken(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(broken_files); i++)
        expect_broken(broken_files[i]);
}

/* Cut anywhere, a file is refused or reads as a whole; it never crashes. */
static void
test_truncated(void **state)
{
    struct site s;

    (void)state;
    site_begin(&s);
    engine_output_free(site_pass(&s, N_VMS, 1));
    engine_output_free(site_pass(&s, N_VMS - 1, 1));
    g_autofree char *file = file_of(&s);
    gsize size = strlen(file);
    for (gsize cut = 0; cut + 4 < size; cut++) {
        g_autofree char *part = g_strndup(file, cut);
        expect_broken(part);
    }
    engine_free(s.engine);
}

/* After another boot a row of misses starts again. */
static void
test_other_boot(void **state)
{
    struct site s;
    g_autofree char *problem = NULL;

    (void)state;
    site_begin(&s);
    engine_output_free(site_pass(&s, N_VMS, 1));
    engine_output_free(site_pass(&s, N_VMS - 1, 1));
    engine_output_free(site_pass(&s, N_VMS - 1, 1));
    g_autofree char *file = file_of(&s);
    assert_non_null(strstr(file, " misses="));
    new_engine(&s, "boot-2");
    s.now.mono = 5000; /* another clock */
    assert_true(engine_load(s.engine, file, s.now, &problem));
    g_autofree char *body = body_of(&s);
    assert_null(strstr(body, " misses="));
    engine_free(s.engine);
}

/* The epoch a new connection starts with: one more where the last pass got no answer. */
static void
test_epochs(void **state)
{
    struct site s;

    (void)state;
    site_begin(&s);
    assert_int_equal(engine_epoch(s.engine, "n"), 1);
    assert_int_equal(engine_epoch(s.engine, "nobody"), 1);
    engine_output_free(site_pass(&s, N_VMS, 3));
    assert_int_equal(engine_epoch(s.engine, "n"), 3);
    assert_int_equal(engine_epoch(s.engine, "N"), 3);
    g_autoptr(GPtrArray) silent
        = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))observation_unref);
    g_ptr_array_add(silent, observation_new_error("n", ERROR_TIMEOUT, NULL));
    engine_output_free(engine_step(s.engine, s.now, silent, true, NULL));
    assert_int_equal(engine_epoch(s.engine, "n"), 4);
    engine_free(s.engine);
}

/* Deciding again what nobody touched writes nothing, and nothing twice. */
static void
test_redecide(void **state)
{
    struct site s;

    (void)state;
    site_begin(&s);
    CLEANUP(engine_output_free) struct engine_output *o = site_pass(&s, N_VMS, 1);
    assert_int_equal(o->changes, N_VMS);
    for (unsigned i = 0; i < N_VMS; i++) {
        g_autofree char *dn = dn_of(i);
        assert_null(engine_redecide(s.engine, s.now, dn));
        assert_null(engine_redecide(s.engine, s.now, dn));
    }
    assert_null(engine_redecide(s.engine, s.now, "cn=nobody"));
    engine_free(s.engine);
}

/* An entry that changed under us is decided from what it says now, and from the same answers. */
static void
test_put_entry(void **state)
{
    struct site s;
    g_autofree char *dn = dn_of(3);

    (void)state;
    site_begin(&s);
    engine_output_free(site_pass(&s, N_VMS, 1));
    engine_put_entry(s.engine, plain_vm(3, "shutdown"));
    CLEANUP(change_free) struct change *c = engine_redecide(s.engine, s.now, dn);
    g_autoptr(GString) ldif = g_string_new(NULL);
    assert_non_null(c);
    change_to_ldif(c, ldif);
    /* running, and now meant to stop; never Stopped: the answers still have its domain */
    assert_non_null(strstr(ldif->str, "sstVirtualMachineStatusState: Shutting down\n"));
    assert_int_equal(engine_entries(s.engine), N_VMS);
    engine_remove_entry(s.engine, dn);
    engine_remove_entry(s.engine, "cn=nobody");
    assert_int_equal(engine_entries(s.engine), N_VMS - 1);
    assert_null(engine_redecide(s.engine, s.now, dn));
    engine_free(s.engine);
}

/* An entry the pass did not know, although the answers have its domain. */
static void
test_put_new_entry(void **state)
{
    struct site s;
    g_autofree char *dn = dn_of(7);

    (void)state;
    site_begin(&s);
    engine_remove_entry(s.engine, dn);
    engine_output_free(site_pass(&s, N_VMS, 1));
    engine_put_entry(s.engine, plain_vm(7, "running"));
    CLEANUP(change_free) struct change *c = engine_redecide(s.engine, s.now, dn);
    g_autoptr(GString) ldif = g_string_new(NULL);
    assert_non_null(c);
    change_to_ldif(c, ldif);
    assert_non_null(strstr(ldif->str, "sstVirtualMachineStatusState: Running\n"));
    engine_free(s.engine);
}

static void
test_aborted(void **state)
{
    struct site s;
    g_autoptr(GPtrArray) none = g_ptr_array_new();

    (void)state;
    site_begin(&s);
    engine_output_free(site_pass(&s, N_VMS, 1));
    CLEANUP(engine_output_free) struct engine_output *cut
        = engine_step(s.engine, s.now, none, false, "size limit");
    assert_true(cut->aborted);
    assert_string_equal(cut->why, "size limit");
    assert_int_equal(cut->verdicts->len, 0);
    GPtrArray *few = g_ptr_array_new();
    for (unsigned i = 0; i < N_VMS / 2 - 1; i++)
        g_ptr_array_add(few, plain_vm(i, "running"));
    engine_directory(s.engine, few);
    CLEANUP(engine_output_free) struct engine_output *little
        = engine_step(s.engine, s.now, none, true, NULL);
    assert_true(little->aborted);
    assert_int_equal(little->changes, 0);
    engine_free(s.engine);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steady_is_empty), cmocka_unit_test(test_header_size),
        cmocka_unit_test(test_round_trip),      cmocka_unit_test(test_broken),
        cmocka_unit_test(test_truncated),       cmocka_unit_test(test_other_boot),
        cmocka_unit_test(test_epochs),          cmocka_unit_test(test_redecide),
        cmocka_unit_test(test_put_entry),       cmocka_unit_test(test_put_new_entry),
        cmocka_unit_test(test_aborted),
    };

    return harness_run("engine memory", tests, G_N_ELEMENTS(tests), NULL, NULL);
}

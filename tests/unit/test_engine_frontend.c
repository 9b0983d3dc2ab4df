/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Front-ends of OpenNebula told bit by bit: answers, words about single VMs,
 * nobody asks any more; and what is remembered before anything is published.
 * What follows from the answers themselves is in tests/cases/own/O-*.
 */
#include "config.h"

#include "harness.h"

#include "engine/engine.h"
#include "engine/flow.h"
#include "engine/statefile.h"

#include <glib.h>
#include <string.h>

#define N_VMS 4
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

static void
put(struct entry_builder *b, const char *name, const char *value)
{
    entry_builder_value(b, entry_builder_attribute(b, name, strlen(name)), value, strlen(value));
}

static struct entry *
entry_of_kind(unsigned i, const char *kind)
{
    CLEANUP(entry_builder_free) struct entry_builder *b = entry_builder_new();
    g_autofree char *uuid = uuid_of(i);
    g_autofree char *dn = g_strdup_printf("sstVirtualMachine=%s,dc=x", uuid);

    entry_builder_begin(b, dn);
    put(b, "objectClass", "sstVirtualizationVirtualMachine");
    put(b, "sstVirtualMachine", uuid);
    put(b, "sstVirtualMachineType", kind);
    put(b, "sstNode", "n");
    put(b, "sstVirtualMachineMode", "ready for use");
    return entry_builder_finish(b);
}

static struct entry *
plain_vm(unsigned i)
{
    return entry_of_kind(i, "persistent");
}

static GPtrArray *
plain_directory(void)
{
    GPtrArray *entries = g_ptr_array_new();

    for (unsigned i = 0; i < N_VMS; i++)
        g_ptr_array_add(entries, plain_vm(i));
    return entries;
}

static void
new_engine(struct site *s)
{
    struct engine_options options = {.limits = LIMITS_DEFAULT};

    engine_free(s->engine);
    s->engine = engine_new(&options);
    engine_set_boot(s->engine, "boot");
    engine_directory(s->engine, plain_directory());
}

/* VM 10 + i is entry i; all have one pair. */
static struct frontend_answer *
answer_of(struct site *s, unsigned from, unsigned to, int state, int lcm)
{
    struct frontend_answer *a = frontend_answer_new("lab", RESULT_COMPLETE);

    a->query = ++s->query;
    for (unsigned i = from; i < to; i++) {
        struct frontend_vm *vm = frontend_answer_add(a, 10 + i);
        g_autofree char *uuid = uuid_of(i);
        vm->has_os_uuid = uuid_parse(uuid, strlen(uuid), &vm->os_uuid);
        vm->state = state;
        vm->lcm = lcm;
    }
    return a;
}

/* What was planned is accepted. */
static struct engine_output *
accept(struct site *s, struct engine_output *o)
{
    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct change *c = g_array_index(o->verdicts, struct verdict, i).change;
        if (c != NULL)
            engine_written(s->engine, c, NULL);
    }
    return o;
}

static void
wait_s(struct site *s, int seconds)
{
    s->now.mono += seconds * 1000;
    s->now.wall += seconds * 1000;
}

static struct engine_output *
plan_pass(struct site *s, struct frontend_answer *a)
{
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(GPtrArray) answers
        = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))frontend_answer_unref);

    g_ptr_array_add(answers, a);
    engine_frontends(s->engine, answers);
    return engine_step(s->engine, s->now, none, true, NULL);
}

static void
site_begin(struct site *s)
{
    *s = (struct site){.now = {1000000, START}};
    new_engine(s);
    struct frontend_answer *a = answer_of(s, 0, N_VMS, 3, 3);
    engine_output_free(accept(s, plan_pass(s, a)));
    /* once more, so that everybody is calm */
    engine_touch_all(s->engine);
    CLEANUP(engine_output_free) struct engine_output *o = engine_update(s->engine, s->now);
    assert_int_equal(o->changes, 0);
}

static void
site_end(struct site *s)
{
    engine_free(s->engine);
}

static void
observe(struct site *s, struct frontend_answer *a)
{
    engine_observe_frontend(s->engine, a);
    frontend_answer_unref(a);
}

static bool
patch(struct site *s, struct frontend_answer *a)
{
    bool taken = engine_patch_frontend(s->engine, a);

    frontend_answer_unref(a);
    return taken;
}

/* One update in which n were judged; all have this status. */
static void
expect_judged(struct site *s, unsigned n, const char *status, bool stale)
{
    wait_s(s, 1);
    CLEANUP(engine_output_free) struct engine_output *o = accept(s, engine_update(s->engine, s->now));

    assert_int_equal(o->verdicts->len, n);
    for (unsigned i = 0; i < n; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        g_autofree char *text = verdict_status(v);
        assert_string_equal(text, status);
        assert_int_equal(v->stale, stale);
    }
}

static void
test_same_answer_judges_nobody(void **state)
{
    struct site s;
    unsigned vms;
    unsigned joined;

    (void)state;
    site_begin(&s);
    observe(&s, answer_of(&s, 0, N_VMS, 3, 3));
    expect_judged(&s, 0, "", false);
    assert_non_null(engine_frontend_answer(s.engine, "LAB", &vms, &joined));
    assert_int_equal(vms, N_VMS);
    assert_int_equal(joined, N_VMS);
    assert_null(engine_frontend_answer(s.engine, "west", &vms, &joined));
    site_end(&s);
}

static void
test_event_judges_one(void **state)
{
    struct site s;

    (void)state;
    site_begin(&s);
    assert_true(patch(&s, answer_of(&s, 2, 3, 3, 18)));
    expect_judged(&s, 1, "Shutting down", false);
    assert_true(patch(&s, answer_of(&s, 2, 3, 8, 0)));
    expect_judged(&s, 1, "Stopped", false);
    struct frontend_answer *event = answer_of(&s, 2, 3, 3, 20);
    event->event = true;
    observe(&s, event);
    expect_judged(&s, 1, "Starting", false);
    /* of a VM that is in no entry */
    assert_true(patch(&s, answer_of(&s, 70, 71, 8, 0)));
    expect_judged(&s, 0, "", false);
    site_end(&s);
}

/* An event that came while the pool was read stands over what was read. */
static void
test_event_stands_over_older_answer(void **state)
{
    struct site s;

    (void)state;
    site_begin(&s);
    struct frontend_answer *pool = answer_of(&s, 0, N_VMS, 3, 3);
    assert_true(patch(&s, answer_of(&s, 1, 2, 8, 0)));
    expect_judged(&s, 1, "Stopped", false);
    observe(&s, pool);
    /* judged once more after it was written, and then at rest */
    expect_judged(&s, 1, "Stopped", false);
    expect_judged(&s, 0, "", false);
    observe(&s, answer_of(&s, 0, N_VMS, 3, 3));
    expect_judged(&s, 1, "Running", false);
    site_end(&s);
}

static void
test_event_of_no_use(void **state)
{
    struct site s;

    (void)state;
    site_begin(&s);
    struct frontend_answer *late = answer_of(&s, 1, 2, 8, 0);
    observe(&s, answer_of(&s, 0, N_VMS, 3, 3));
    assert_false(patch(&s, late));
    struct frontend_answer *stranger = answer_of(&s, 1, 2, 8, 0);
    g_free(stranger->frontend);
    stranger->frontend = g_strdup("west");
    assert_false(patch(&s, stranger));
    expect_judged(&s, 0, "", false);
    observe(&s, frontend_answer_new_error("lab", ERROR_TIMEOUT, "no answer"));
    assert_false(patch(&s, answer_of(&s, 1, 2, 8, 0)));
    expect_judged(&s, N_VMS, "Running", true);
    site_end(&s);
}

static void
test_unasked(void **state)
{
    struct site s;

    (void)state;
    site_begin(&s);
    g_autoptr(GPtrArray) before = engine_frontends_asked(s.engine);
    assert_int_equal(before->len, 1);
    assert_string_equal(g_ptr_array_index(before, 0), "lab");
    engine_unobserve_frontend(s.engine, "Lab");
    engine_unobserve_frontend(s.engine, "never heard of");
    expect_judged(&s, N_VMS, "Running", true);
    g_autoptr(GPtrArray) after = engine_frontends_asked(s.engine);
    assert_int_equal(after->len, 0);
    observe(&s, answer_of(&s, 0, N_VMS, 8, 0));
    expect_judged(&s, N_VMS, "Stopped", false);
    site_end(&s);
}

/* Entries that come and go while rows name them. */
static void
test_entries_come_and_go(void **state)
{
    struct site s;
    unsigned vms;
    unsigned joined;

    (void)state;
    site_begin(&s);
    observe(&s, answer_of(&s, 0, N_VMS + 1, 3, 3));
    expect_judged(&s, 0, "", false);
    engine_put_entry(s.engine, plain_vm(N_VMS));
    expect_judged(&s, 1, "Running", false);
    g_autofree char *uuid = uuid_of(0);
    g_autofree char *dn = g_strdup_printf("sstVirtualMachine=%s,dc=x", uuid);
    engine_remove_entry(s.engine, dn);
    expect_judged(&s, 0, "", false);
    (void)engine_frontend_answer(s.engine, "lab", &vms, &joined);
    assert_int_equal(vms, N_VMS + 1);
    assert_int_equal(joined, N_VMS);
    engine_put_entry(s.engine, plain_vm(0)); /* restored as it was before it was published */
    expect_judged(&s, 1, "Running", false);
    site_end(&s);
}

/* Of templates that VMs name a person may want to know. */
static void
test_totals_and_findings(void **state)
{
    struct site s;
    struct engine_totals totals;

    (void)state;
    site_begin(&s);
    engine_put_entry(s.engine, entry_of_kind(N_VMS, "template"));
    observe(&s, answer_of(&s, 0, N_VMS + 1, 3, 3));
    CLEANUP(engine_output_free) struct engine_output *o
        = accept(&s, engine_update(s.engine, s.now));
    assert_int_equal(o->silent_frontends, 0);
    assert_int_equal(o->findings->len, 1);
    const struct finding *f = &g_array_index(o->findings, struct finding, 0);
    assert_string_equal(f->kind, "opennebula-template");
    assert_string_equal(f->text, "opennebula lab: VM 14 names this template, but no template is "
                                 "OpenNebula's");
    assert_null(f->repair);
    engine_totals(s.engine, &totals);
    assert_int_equal(totals.n_opennebula, N_VMS);
    site_end(&s);
}

/* In a steady site nothing is remembered: what is published says whose the VMs are. */
static void
test_memory_until_published(void **state)
{
    struct site s = {.now = {1000000, START}};
    g_autofree char *problem = NULL;

    (void)state;
    new_engine(&s);
    struct frontend_answer *a = answer_of(&s, 0, N_VMS, 8, 0);
    CLEANUP(engine_output_free) struct engine_output *o = plan_pass(&s, a);
    assert_int_equal(o->changes, N_VMS); /* which nobody writes */
    g_autoptr(GString) file = g_string_new(NULL);
    g_autofree char *header = engine_save_header(s.engine);
    engine_save_body(s.engine, file);
    assert_non_null(strstr(file->str, " source=lab source_id=11"));
    g_string_prepend(file, header);
    new_engine(&s);
    assert_true(engine_load(s.engine, file->str, s.now, &problem));
    wait_s(&s, 60);
    struct frontend_answer *error = frontend_answer_new_error("lab", ERROR_REFUSED, NULL);
    CLEANUP(engine_output_free) struct engine_output *silent = plan_pass(&s, error);
    const struct verdict *v = &g_array_index(silent->verdicts, struct verdict, 1);
    assert_true(v->stale);
    assert_string_equal(v->stale_reason, "opennebula lab: refused (VM 11)");
    accept(&s, silent);
    g_autoptr(GString) body = g_string_new(NULL);
    engine_save_body(s.engine, body);
    assert_null(strstr(body->str, "source="));
    site_end(&s);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_answer_judges_nobody),
        cmocka_unit_test(test_event_judges_one),
        cmocka_unit_test(test_event_stands_over_older_answer),
        cmocka_unit_test(test_event_of_no_use),
        cmocka_unit_test(test_unasked),
        cmocka_unit_test(test_entries_come_and_go),
        cmocka_unit_test(test_totals_and_findings),
        cmocka_unit_test(test_memory_until_published),
    };

    return harness_run("engine frontend", tests, G_N_ELEMENTS(tests), NULL, NULL);
}

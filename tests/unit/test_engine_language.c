/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statuses in languages: what is planned, that it is planned once, and what
 * is taken back.
 */
#include "config.h"

#include "harness.h"

#include "engine/engine.h"
#include "engine/entry-data.h"

#include <glib.h>
#include <string.h>

#define DN "sstVirtualMachine=3c1f1a52-0000-4000-8000-000000000001,dc=x"
#define TEXT "sstVirtualMachineStatus"
#define DETAIL "sstVirtualMachineStatusDetail"

/* "de" turns "Running" into "de:Running". */
static const char *
translate(const char *one, const char *many, unsigned long n, void *data)
{
    g_autofree char *text = g_strdup_printf("%s:%s", (const char *)data, n == 1 ? one : many);

    return g_intern_string(text);
}

static const struct engine_language german = {"de", translate, (void *)(gintptr)"de"};
static const struct engine_language french = {"fr", translate, (void *)(gintptr)"fr"};
static const struct engine_language absent = {"it", NULL, NULL};

struct site {
    struct engine *engine;
    struct engine_time now;
    guint64 query;
    struct engine_language languages[3];
    struct engine_options options;
};

static void
put(struct entry_builder *b, const char *name, const char *value)
{
    entry_builder_value(b, entry_builder_attribute(b, name, strlen(name)), value, strlen(value));
}

/* A VM, or a template that VMs stream from; then whatever `more` says: name, value, ..., NULL. */
static struct entry *
vm(const char *const *more)
{
    CLEANUP(entry_builder_free) struct entry_builder *b = entry_builder_new();

    entry_builder_begin(b, DN);
    put(b, "objectClass", "sstVirtualizationVirtualMachine");
    put(b, "sstVirtualMachine", "3c1f1a52-0000-4000-8000-000000000001");
    put(b, "sstVirtualMachineType", "persistent");
    put(b, "sstNode", "n");
    put(b, "sstStatus", "running");
    for (; *more != NULL; more += 2)
        put(b, more[0], more[1]);
    return entry_builder_finish(b);
}

static void
speak(struct site *s, unsigned n, const struct engine_language *first,
      const struct engine_language *second)
{
    if (first != NULL)
        s->languages[0] = *first;
    if (second != NULL)
        s->languages[1] = *second;
    s->options.languages = s->languages;
    s->options.n_languages = n;
    engine_set_options(s->engine, &s->options);
}

static void
site_begin(struct site *s, const char *const *more)
{
    GPtrArray *entries = g_ptr_array_new();

    *s = (struct site){.now = {1000000, G_GINT64_CONSTANT(1767225600000)},
                       .options = {.limits = LIMITS_DEFAULT}};
    s->engine = engine_new(&s->options);
    g_ptr_array_add(entries, vm(more));
    engine_directory(s->engine, entries);
}

/* One pass over a node that has the VM in this state, or (DSTATE_OTHER) does not answer; what it
 * plans is "attribute=value" for each value, or "attribute=" for a removal, and is accepted. */
static char *
pass(struct site *s, enum dstate state)
{
    g_autoptr(GPtrArray) all
        = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))observation_unref);
    struct observation *o
        = observation_new("n", state == DSTATE_OTHER ? RESULT_ERROR : RESULT_COMPLETE);
    GString *out = g_string_new(NULL);
    struct uuid uuid;

    s->now.mono += 10000;
    s->now.wall += 10000;
    o->epoch = 1;
    o->query = ++s->query;
    o->error = state == DSTATE_OTHER ? ERROR_REFUSED : ERROR_NONE;
    assert_true(uuid_parse("3c1f1a52-0000-4000-8000-000000000001", 36, &uuid));
    if (state != DSTATE_OTHER)
        observation_add(o, &uuid, NULL)->state = (uint8_t)state;
    g_ptr_array_add(all, o);
    CLEANUP(engine_output_free) struct engine_output *output
        = engine_step(s->engine, s->now, all, true, NULL);
    struct change *c = g_array_index(output->verdicts, struct verdict, 0).change;
    for (guint i = 0; c != NULL && i < c->mods->len; i++) {
        const struct change_mod *m = &g_array_index(c->mods, struct change_mod, i);
        if (strchr(m->attribute, ';') == NULL)
            continue;
        g_string_append_printf(out, "%s%s=", out->len > 0 ? " " : "",
                               m->attribute + strlen(TEXT));
        for (guint v = 0; m->values != NULL && v < m->values->len; v++)
            g_string_append_printf(out, "[%s]", (char *)g_ptr_array_index(m->values, v));
    }
    if (c != NULL)
        engine_written(s->engine, c, NULL);
    return g_string_free(out, FALSE);
}

static void
expect(struct site *s, enum dstate state, const char *planned)
{
    g_autofree char *have = pass(s, state);

    assert_string_equal(have, planned);
}

static const char *const nothing[] = {NULL};

static void
test_added_once(void **state)
{
    struct site s;

    (void)state;
    site_begin(&s, nothing);
    expect(&s, DSTATE_RUNNING, "");
    speak(&s, 2, &german, &french);
    expect(&s, DSTATE_RUNNING, ";lang-de=[de:Running] ;lang-fr=[fr:Running]");
    expect(&s, DSTATE_RUNNING, "");
    expect(&s, DSTATE_PAUSED, ";lang-de=[de:Paused] ;lang-fr=[fr:Paused]");
    expect(&s, DSTATE_PAUSED, "");
    engine_free(s.engine);
}

static void
test_taken_back(void **state)
{
    struct site s;

    (void)state;
    site_begin(&s, nothing);
    speak(&s, 2, &german, &french);
    expect(&s, DSTATE_RUNNING, ";lang-de=[de:Running] ;lang-fr=[fr:Running]");
    speak(&s, 1, &french, NULL);
    expect(&s, DSTATE_RUNNING, ";lang-de=");
    expect(&s, DSTATE_RUNNING, "");
    speak(&s, 0, NULL, NULL);
    expect(&s, DSTATE_RUNNING, ";lang-fr=");
    expect(&s, DSTATE_RUNNING, "");
    engine_free(s.engine);
}

/* What was read: in another case, and with options that are not ours. */
static void
test_as_read(void **state)
{
    static const char *const more[] = {
        TEXT ";LANG-De", "de:Running", TEXT ";lang-it", "in corsa", TEXT ";binary", "x",
        TEXT ";lang-fr;x-y", "y", "sstDisplayName;lang-fr", "nom", DETAIL ";lang-it", "riga", NULL};
    struct site s;

    (void)state;
    site_begin(&s, more);
    speak(&s, 1, &german, NULL);
    expect(&s, DSTATE_RUNNING, ";lang-it= Detail;lang-it=");
    expect(&s, DSTATE_RUNNING, "");
    engine_free(s.engine);
}

/* Without a catalog nothing is touched. */
static void
test_no_catalog(void **state)
{
    static const char *const more[] = {TEXT ";lang-it", "in corsa", NULL};
    struct site s;

    (void)state;
    site_begin(&s, more);
    speak(&s, 1, &absent, NULL);
    expect(&s, DSTATE_RUNNING, "");
    expect(&s, DSTATE_PAUSED, "");
    engine_free(s.engine);
}

/* A stale status keeps its text; a language that comes meanwhile gets the same one. */
static void
test_stale(void **state)
{
    struct site s;

    (void)state;
    site_begin(&s, nothing);
    speak(&s, 1, &german, NULL);
    expect(&s, DSTATE_RUNNING, ";lang-de=[de:Running]");
    expect(&s, DSTATE_OTHER, "");
    speak(&s, 2, &german, &french);
    expect(&s, DSTATE_OTHER, ";lang-fr=[fr:Running]");
    expect(&s, DSTATE_OTHER, "");
    engine_free(s.engine);
}

/* Never seen: there is no status in any language. */
static void
test_no_status(void **state)
{
    struct site s;

    (void)state;
    site_begin(&s, nothing);
    speak(&s, 1, &german, NULL);
    expect(&s, DSTATE_OTHER, "");
    engine_free(s.engine);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_added_once), cmocka_unit_test(test_taken_back),
        cmocka_unit_test(test_as_read),    cmocka_unit_test(test_no_catalog),
        cmocka_unit_test(test_stale),      cmocka_unit_test(test_no_status),
    };

    return harness_run("engine language", tests, G_N_ELEMENTS(tests), NULL, NULL);
}

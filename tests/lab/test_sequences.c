/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random sequences of real actions over ten guests on two nodes, a pass now and then: what is
 * written is what an oracle says that has never seen the program.
 *
 *   STATESYNC_SEED=N       the seed of the first sequence; each one prints its own
 *   STATESYNC_SEQUENCES=N  how many (10; 200 in the long form)
 *   STATESYNC_VERBOSE=1    the log of each one
 *
 * A sequence that fails leaves its passes in tests/lab/failed/sequence-SEED of the build folder.
 */
#include "config.h"

#include "harness.h"
#include "seq.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ACTIONS = 25 };

static char *records;
static guint64 n_actions, n_passes, n_compared;
static gint64 begun_us;

void
note(const char *format, ...)
{
    va_list args;
    g_autofree char *text = NULL;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    g_string_append_printf(lab.log, "%s\n", text);
    if (harness_env_set("STATESYNC_VERBOSE"))
        print_message("# %s\n", text);
}

static void
say_log(void)
{
    g_auto(GStrv) lines = g_strsplit(lab.log->str, "\n", -1);

    for (char **line = lines; *line != NULL; line++)
        print_message("# %s\n", *line);
}

static void
keep_records(void)
{
    g_autofree char *to = g_strdup_printf("tests/lab/failed/sequence-%u", lab.seed);
    g_autofree char *folder = harness_build_path(to);
    g_autoptr(GDir) dir = g_dir_open(records, 0, NULL);
    const char *name;

    g_mkdir_with_parents(folder, 0755);
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *from = g_build_filename(records, name, NULL);
        g_autofree char *into = g_build_filename(folder, name, NULL);
        g_autofree char *content = NULL;
        gsize size = 0;

        if (g_file_get_contents(from, &content, &size, NULL))
            g_file_set_contents(into, content, (gssize)size, NULL);
    }
    print_message("# passes are kept in %s\n", folder);
}

void
broken(const char *format, ...)
{
    va_list args;
    g_autofree char *text = NULL;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    say_log();
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1); /* TAP would keep the last one only */
    for (char **line = lines; *line != NULL; line++)
        print_message("# %s\n", *line);
    keep_records();
    print_message("# again: STATESYNC_SEED=%u STATESYNC_SEQUENCES=1\n", lab.seed);
    fail_msg("%s", text);
    abort();
}

/* --- what is written --- */

static const char *
written(GHashTable *entry, const char *attribute)
{
    const char *value = g_hash_table_lookup(entry, attribute);

    return value != NULL ? value : "";
}

static void
differ(GString *text, const char *what, const char *got, const char *want)
{
    if (strcmp(got, want) != 0)
        g_string_append_printf(text, " %s is \"%s\", must be \"%s\";", what, got, want);
}

static bool
has_alarm(const char *alarms, const char *id)
{
    g_auto(GStrv) lines = g_strsplit(alarms, "\n", -1);

    for (char **line = lines; *line != NULL; line++)
        if (g_str_has_prefix(*line, id) &&
            ((*line)[strlen(id)] == ':' || (*line)[strlen(id)] == '\0'))
            return true;
    return false;
}

/* The words, and the text that is made of them. */
static void
compare_words(GHashTable *entry, const struct expected *e, GString *text)
{
    const char *status = written(entry, "sstvirtualmachinestatus");
    const char *progress = written(entry, "sstvirtualmachinestatusprogress");
    g_autofree char *words = g_strdup_printf("%s%s%s", e->state, e->activity != NULL ? ", " : "",
                                             e->activity != NULL ? e->activity : "");
    g_autofree char *whole = NULL;

    differ(text, "state", written(entry, "sstvirtualmachinestatusstate"), e->state);
    differ(text, "activity", written(entry, "sstvirtualmachinestatusactivity"),
           e->activity != NULL ? e->activity : "");
    if (*progress != '\0') {
        gint64 permille = g_ascii_strtoll(progress, NULL, 10);

        whole = g_strdup_printf("%s [%d.%d %%]", words, (int)permille / 10, (int)permille % 10);
        if (permille < 0 || permille > 999)
            g_string_append_printf(text, " progress %s;", progress);
    }
    differ(text, "status", status, whole != NULL ? whole : words);
}

static bool
allows(GHashTable *entry, const char *action)
{
    g_auto(GStrv) lines = g_strsplit(written(entry, "sstvirtualmachineallowedaction"), "\n", -1);

    return g_strv_contains((const char *const *)lines, action);
}

/* Nothing that would harm is allowed; what a VM that only runs or only is down needs is. */
static void
compare_actions(GHashTable *entry, const struct expected *e, bool moves, GString *text)
{
    static const char *const power[] = {"start",   "shutdown", "power-off",
                                        "migrate", "edit",     "delete"};
    static const bool while_up[] = {false, true, true, true, false, false};
    static const bool while_down[] = {true, false, false, true, true, true};
    bool blind = e->stale || e->state == NULL;
    bool waits = g_strcmp0(e->activity, "streaming") == 0 && strcmp(e->state, "Running") != 0;

    moves |= g_strcmp0(e->activity, "migrating") == 0;
    for (size_t i = 0; i < G_N_ELEMENTS(power); i++) {
        bool allowed = allows(entry, power[i]);
        bool harms = blind || moves || (e->active && !while_up[i] && !(i == 0 && waits));
        bool plain = !blind && !moves && e->activity == NULL;
        bool needed =
            plain && ((strcmp(e->state, "Running") == 0 && while_up[i]) ||
                      ((strcmp(e->state, "Stopped") == 0 || strcmp(e->state, "Crashed") == 0) &&
                       !e->active && while_down[i]));

        if (allowed && harms)
            g_string_append_printf(text, " %s is allowed;", power[i]);
        if (!allowed && needed)
            g_string_append_printf(text, " %s is not allowed;", power[i]);
    }
    if (!allows(entry, "users") || !allows(entry, "groups"))
        g_string_append(text, " users or groups are not allowed;");
}

static void
compare(int guest, const char *dn, const struct expected *e)
{
    g_autoptr(GHashTable) entry = ldap_written(dn);
    g_autoptr(GString) text = g_string_new(NULL);
    const char *alarms = written(entry, "sstvirtualmachinestatusalarm");
    bool stale = *written(entry, "sstvirtualmachinestatusstalereason") != '\0';

    n_compared++;
    if (e->state == NULL) /* nobody could see it yet */
        differ(text, "status", written(entry, "sstvirtualmachinestatus"), "");
    else
        compare_words(entry, e, text);
    differ(text, "active", written(entry, "sstvirtualmachinestatusactive"),
           e->state == NULL ? ""
           : e->active      ? "TRUE"
                            : "FALSE");
    if (e->active && e->node != NOWHERE)
        differ(text, "node", written(entry, "sstvirtualmachinestatusnode"), lab_node_name(e->node));
    differ(text, "stale", stale ? "yes" : "no", e->stale ? "yes" : "no");
    if (!e->stale) {
        differ(text, "alarm wrong-node", has_alarm(alarms, "wrong-node") ? "yes" : "no",
               e->wrong_node ? "yes" : "no");
        differ(text, "alarm streaming-interrupted",
               has_alarm(alarms, "streaming-interrupted") ? "yes" : "no",
               e->interrupted ? "yes" : "no");
    }
    if (guest >= 0)
        compare_actions(entry, e, lab.guest[guest].marker != NOWHERE, text);
    if (has_alarm(alarms, "duplicate") || has_alarm(alarms, "malformed-entry"))
        g_string_append_printf(text, " alarms: %s;", alarms);
    if (text->len == 0)
        return;
    broken("pass %d, %s %d (%s):%s\nreason: %s\nalarms: %s", lab.passes,
           guest < 0 ? "the template" : "guest", guest, e->why, text->str,
           written(entry, "sstvirtualmachinestatusreason"), alarms);
}

/* A pass over a world that did not change meanwhile. */
static void
make_pass(void)
{
    struct guest before[GUESTS];

    for (int attempt = 0; attempt < 5; attempt++) {
        g_autofree char *record = g_strdup_printf("%s/%03d.json", records, lab.passes + 1);

        world_settle();
        memcpy(before, lab.guest, sizeof(before));
        lab_pass(record);
        n_passes++;
        note("   pass %d", lab.passes);
        world_settle();
        bool same = same_world(before);
        if (!same)
            note("   the world changed meanwhile");
        for (int i = 0; i < GUESTS; i++) {
            struct expected e = oracle_guest(&lab.guest[i]);

            if (same)
                compare(i, lab.guest[i].dn, &e);
        }
        struct expected e = oracle_template();
        if (same) {
            compare(-1, template_dn, &e);
            return;
        }
    }
    broken("the world does not come to rest");
}

/* --- sequences --- */

static void
remove_records(void)
{
    g_autoptr(GDir) dir = g_dir_open(records, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(records, name, NULL);

        unlink(path);
    }
}

static void
sequence(void **state)
{
    lab.seed = (guint32)GPOINTER_TO_UINT(*state);
    lab.dice = g_rand_new_with_seed(lab.seed);
    lab.passes = 0;
    g_string_truncate(lab.log, 0);
    remove_records();
    lab_reset();
    make_pass();
    for (int i = 0; i < ACTIONS; i++) {
        world_settle();
        n_actions += act();
        if (g_rand_int_range(lab.dice, 0, 100) < 60)
            make_pass();
    }
    act_end();
    make_pass();
    make_pass();
    g_clear_pointer(&lab.dice, g_rand_free);
}

static int
setup(void **state)
{
    (void)state;
    begun_us = g_get_monotonic_time();
    lab_up();
    for (int n = 0; n < NODES; n++)
        lab_connect(n);
    records = g_build_filename(harness_tmpdir(), "records", NULL);
    g_mkdir_with_parents(records, 0755);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    print_message("# %" G_GUINT64_FORMAT " actions, %" G_GUINT64_FORMAT
                  " passes, %" G_GUINT64_FORMAT " statuses compared in %.0f s\n",
                  n_actions, n_passes, n_compared,
                  (double)(g_get_monotonic_time() - begun_us) / 1e6);
    return 0;
}

static guint64
from_env(const char *name, guint64 otherwise)
{
    const char *text = g_getenv(name);

    return text != NULL ? g_ascii_strtoull(text, NULL, 10) : otherwise;
}

int
main(void)
{
    guint32 first = harness_seed();
    guint64 n = from_env("STATESYNC_SEQUENCES", (guint64)harness_sample(2, 10, 200));

    lab_require();
    g_autofree struct CMUnitTest *tests = g_new0(struct CMUnitTest, n);
    print_message("# STATESYNC_SEED=%u\n", first);
    for (guint64 i = 0; i < n; i++) {
        guint32 seed = first + (guint32)i;

        tests[i] = (struct CMUnitTest){.name = g_strdup_printf("sequence %u", seed),
                                       .test_func = sequence,
                                       .initial_state = GUINT_TO_POINTER(seed)};
    }
    return harness_run("sequences", tests, n, setup, teardown);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pass says what became of it: closing write, summary, JSON.
 */
#include "config.h"

#include "cli/sync.h"

#include "cli/cli.h"
#include "cli/report.h"
#include "cli/stop.h"
#include "directory/result.h"
#include "engine/entry-data.h"
#include "text/text.h"

#include <stdio.h>
#include <string.h>

/* Entries nothing can be said about: how many, and the first of them with its reason. */
static char *
invalid_text(const struct engine_output *o)
{
    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        if (v->rule == RULE_INVALID && v->alarm_texts != NULL && v->alarm_texts[0] != NULL)
            return g_strdup_printf(N_("%s (%u malformed or duplicate entries, the first is %s)"),
                                   v->alarm_texts[0], o->invalid, v->vm->base.dn);
    }
    return NULL;
}

void
sync_note(struct sync *s, const struct engine_output *o)
{
    memset(s->states, 0, sizeof(s->states));
    s->n_entries = o->verdicts->len;
    s->n_stale = o->stale;
    s->n_invalid = o->invalid;
    s->n_held = o->held;
    s->n_silent = o->silent_nodes;
    for (guint i = 0; i < o->verdicts->len; i++) {
        const struct verdict *v = &g_array_index(o->verdicts, struct verdict, i);
        if (v->rule != RULE_IGNORED)
            s->states[v->state]++;
        else
            s->n_entries--;
    }
    if (s->metrics != NULL)
        metrics_take_output(s->metrics, o);
    if (o->budget_text != NULL) {
        g_free(s->budget_text);
        s->budget_text = g_strdup(o->budget_text);
    }
    g_free(s->invalid_text);
    s->invalid_text = invalid_text(o);
    if (o->aborted) {
        s->abort_text = g_strdup(o->why);
        s->codes |= EXIT_BIT(EXIT_FAILED);
    }
    if (o->held > 0)
        s->codes |= EXIT_BIT(EXIT_BUDGET);
    if (o->stale > 0 || o->silent_nodes > 0 || s->n_silent_frontends > 0)
        s->codes |= EXIT_BIT(EXIT_STALE);
    if (s->options.json) {
        g_clear_pointer(&s->report, json_node_unref);
        s->report = report_output(o, false);
    }
}

gint64
sync_spent(struct sync *s, enum sync_phase phase, gint64 from_us)
{
    gint64 now = g_get_monotonic_time();

    s->spent_us[phase] += now - from_us;
    return now;
}

static GPtrArray *
counts_of(const struct sync *s)
{
    GPtrArray *counts = g_ptr_array_new_with_free_func(g_free);

    for (unsigned i = 1; i < STATE_COUNT; i++) {
        if (s->states[i] > 0)
            g_ptr_array_add(counts,
                            g_strdup_printf("%s=%u", state_name((enum state)i), s->states[i]));
    }
    if (s->n_stale > 0)
        g_ptr_array_add(counts, g_strdup_printf("stale=%u", s->n_stale));
    if (s->n_invalid > 0)
        g_ptr_array_add(counts, g_strdup_printf("invalid=%u", s->n_invalid));
    g_ptr_array_add(counts, NULL);
    return counts;
}

bool
sync_close(struct sync *s, const struct engine_output *o, GError **error)
{
    g_autoptr(GPtrArray) counts = counts_of(s);
    g_autofree char *budget = NULL;
    const char *alarms[3] = {NULL, NULL, NULL};
    int n_alarms = 0;

    if (o->budget_text != NULL) {
        budget = g_strdup_printf("%s: %s", alarm_name(ALARM_BUDGET), o->budget_text);
        alarms[n_alarms++] = budget;
    }
    if (s->invalid_text != NULL)
        alarms[n_alarms++] = s->invalid_text;
    g_ptr_array_add(s->requests, NULL);
    struct engine_time now = statestore_now();
    struct service_report report = {
        .version = PACKAGE_VERSION,
        .completed = now.wall / 1000,
        .duration = now.mono - s->began,
        .n_held = s->n_held,
        .counts = (const char *const *)counts->pdata,
        .alarms = alarms,
        .answered = (const char *const *)s->requests->pdata,
    };
    g_autoptr(GError) failure = NULL;
    bool done = service_close(s->service, &report, &failure);
    g_ptr_array_remove_index(s->requests, s->requests->len - 1);
    /* without a write of ours another body may have begun meanwhile: it reports itself */
    s->overtaken = directory_error_class(failure) == DIRECTORY_ASSERTED;
    if (done || s->overtaken)
        return true;
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

static void
append(GString *line, unsigned n, const char *what)
{
    if (n > 0)
        g_string_append_printf(line, ", %u %s", n, what);
}

static void
append_silent(GString *line, unsigned n)
{
    if (n > 0)
        g_string_append_printf(line, " (%u without a complete answer)", n);
}

/* What summary_line() is made of, as it is found again when it is shown. */
static void
made_of_pieces(void)
{
    MADE_("%u VMs and templates on %u nodes");
    MADE_("%u VMs and templates on %u nodes and %u front-end");
    MADE_("%u VMs and templates on %u nodes and %u front-ends");
    MADE_("%s (%u without a complete answer)");
    MADE_("%s (%u without a complete answer) and %u front-end");
    MADE_("%s (%u without a complete answer) and %u front-ends");
    MADE_("%u written");
    MADE_("%u to write");
    MADE_("%u refused");
    MADE_("%u gone");
    MADE_("%u stale");
    MADE_("%u malformed");
    MADE_("%u held by the budget");
    MADE_("%s in %s s");
}

/* The one line every pass ends with. */
static char *
summary_line(const struct sync *s)
{
    double seconds = (double)(g_get_monotonic_time() / 1000 - s->began) / 1000;

    if (s->handed_over)
        return s->holder != NULL
                   ? g_strdup_printf(N_("another body does the work: %s, the request was answered "
                                        "after %.1f s"),
                                     s->holder, seconds)
                   : g_strdup_printf(N_("another body does the work, the request was answered "
                                        "after %.1f s"),
                                     seconds);
    if (s->broken_off && s->n_planned == 0)
        return g_strdup_printf(N_("broken off before any write: %s"), s->failure_text);
    if (s->broken_off)
        return g_strdup_printf(N_("broken off after %u of %u writes: %s"), s->n_written, s->n_planned,
                               s->failure_text);
    if (s->abort_text != NULL)
        return g_strdup_printf(N_("nothing was judged: %s"), s->abort_text);
    GString *line = g_string_new(NULL);
    made_of_pieces();
    g_string_append_printf(line, "%u VMs and templates on %u nodes", s->n_entries,
                           s->plans != NULL ? s->plans->len : 0);
    append_silent(line, s->n_silent);
    if (s->answers != NULL)
        g_string_append_printf(line, " and %u front-end%s", s->answers->len,
                               s->answers->len == 1 ? "" : "s");
    append_silent(line, s->n_silent_frontends);
    if (s->paused)
        g_string_append_printf(line, ": %s", s->pause_text);
    g_string_append_printf(line, ": %u %s", s->options.dry_run ? s->n_planned : s->n_written,
                           s->options.dry_run ? "to write" : "written");
    append(line, s->n_refused, "refused");
    append(line, s->n_gone, "gone");
    append(line, s->n_stale, "stale");
    append(line, s->n_invalid, "malformed");
    append(line, s->n_held, "held by the budget");
    g_string_append_printf(line, " in %.2f s", seconds);
    return g_string_free(line, FALSE);
}

static void
add_ms(JsonBuilder *b, const char *name, double ms)
{
    json_builder_set_member_name(b, name);
    json_builder_add_double_value(b, ms);
}

static void
add_timings(JsonBuilder *b, const struct sync *s)
{
    static const char *const names[SYNC_PHASES] = {
#define PHASE_NAME(id, name) [SYNC_##id] = name "_ms",
        SYNC_PHASE_LIST(PHASE_NAME)
#undef PHASE_NAME
    };

    json_builder_set_member_name(b, "timings");
    json_builder_begin_object(b);
    for (unsigned i = 0; i < SYNC_PHASES; i++)
        add_ms(b, names[i], (double)s->spent_us[i] / 1000);
    add_ms(b, "total_ms", (double)(g_get_monotonic_time() / 1000 - s->began));
    json_builder_end_object(b);
}

static void
print_json(struct sync *s, const char *summary)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    enum exit_code codes[6];
    unsigned n = exit_each(s->codes, codes);

    json_builder_begin_object(b);
    report_add_number(b, "exit", stop_signal() != 0 ? 128 + stop_signal() : exit_of(s->codes));
    json_builder_set_member_name(b, "codes");
    json_builder_begin_array(b);
    for (unsigned i = 0; i < n; i++)
        json_builder_add_string_value(b, exit_word(codes[i]));
    json_builder_end_array(b);
    report_add_text(b, "summary", summary);
    report_add_text(b, "failure", s->failure_text);
    report_add_number(b, "nodes", s->plans != NULL ? s->plans->len : 0);
    report_add_number(b, "silent_nodes", s->n_silent);
    sync_report_frontends(s, b);
    report_add_number(b, "planned", s->n_planned);
    report_add_number(b, "written", s->n_written);
    report_add_number(b, "refused", s->n_refused);
    report_add_number(b, "gone", s->n_gone);
    report_add_number(b, "decided_again", s->n_retried);
    sync_report_vms(s, b);
    add_timings(b, s);
    if (s->report != NULL) {
        json_builder_set_member_name(b, "pass");
        json_builder_add_value(b, g_steal_pointer(&s->report));
    }
    json_builder_end_object(b);
    report_print(json_builder_get_root(b), true);
}

void
sync_summary(struct sync *s)
{
    g_autofree char *line = summary_line(s);
    g_autofree char *shown = text_of(line);

    progress_clear(&s->progress);
    if (s->budget_text != NULL && s->n_held > 0)
        cli_error("%s", s->budget_text);
    if (s->invalid_text != NULL)
        cli_error("%s", s->invalid_text);
    if (s->options.json)
        print_json(s, line);
    else
        fprintf(s->options.dry_run ? stderr : stdout, "statesync: %s\n", shown);
}

bool
sync_write_metrics(struct sync *s, GError **error)
{
    if (s->metrics == NULL || s->handed_over || s->abort_text != NULL)
        return true;
    for (guint i = 0; i < s->observations->len; i++) {
        const struct observation *o = g_ptr_array_index(s->observations, i);
        const struct metrics_node node = {
            .up = o->result == RESULT_COMPLETE,
            .complete = o->result == RESULT_COMPLETE ? g_get_monotonic_time() : 0,
            .epoch = o->epoch,
            .read_us = -1,
            .domains = o->domains->len,
        };
        metrics_node(s->metrics, o->node, &node);
    }
    sync_note_frontends(s);
    metrics_set_paused(s->metrics, s->paused);
    metrics_set_directory(s->metrics, true, "search");
    metrics_pass(s->metrics, statestore_now().wall);
    return metrics_write_textfile(s->metrics, s->config->metrics.textfile, error);
}

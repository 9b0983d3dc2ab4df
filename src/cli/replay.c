/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync replay: runs case files through the engine and compares.
 */
#include "config.h"

#include "cli/cli.h"
#include "cli/report.h"
#include "daemon/languages.h"
#include "engine/case.h"
#include "engine/entry-data.h"
#include "text/text.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#define CASE_SIZE_MAX (256 * 1024 * 1024)

struct replaying {
    bool json;
    GPtrArray *failures;
    JsonBuilder *steps; /* with json */
    const char *file;
};

static void
print_verdict(const struct verdict *v)
{
    g_autofree char *english = verdict_status(v);
    g_autofree char *status = text_of(english != NULL ? english : N_("(no status)"));
    g_autofree char *reason = text_of(v->reason != NULL ? v->reason : "");
    g_autofree char *stale = text_of(v->stale ? v->stale_reason : "");
    char uuid[UUID_TEXT_SIZE];

    uuid_format(&v->vm->uuid, uuid);
    printf("    %s: %s  [%s]", v->vm->valid ? uuid : v->vm->base.dn, status, reason);
    if (v->stale)
        printf(_("  stale: %s"), stale);
    putchar('\n');
    for (char **a = v->alarm_texts; a != NULL && *a != NULL; a++) {
        g_autofree char *alarm = text_of(*a);
        printf(_("        alarm %s\n"), alarm);
    }
    for (char **d = v->details; d != NULL && *d != NULL; d++)
        printf("        %s\n", *d);
}

static void
print_step(const struct case_step *step)
{
    const struct engine_output *o = step->output;

    g_autofree char *why = text_of(o->why != NULL ? o->why : "");

    printf(_("  step %u, at %g s"), step->number + 1, (double)step->at / 1000);
    if (o->aborted)
        printf(_(": aborted, %s"), why);
    putchar('\n');
    for (guint i = 0; i < o->verdicts->len; i++)
        print_verdict(&g_array_index(o->verdicts, struct verdict, i));
    if (o->budget_text != NULL) {
        g_autofree char *budget = text_of(o->budget_text);
        printf(_("    budget: %s\n"), budget);
    }
}

static void
visit(const struct case_step *step, void *data)
{
    struct replaying *r = data;

    case_check(step, r->failures);
    if (!r->json) {
        print_step(step);
        return;
    }
    json_builder_begin_object(r->steps);
    report_add_number(r->steps, "step", step->number + 1);
    json_builder_set_member_name(r->steps, "at");
    json_builder_add_double_value(r->steps, (double)step->at / 1000);
    json_builder_set_member_name(r->steps, "pass");
    json_builder_add_value(r->steps, report_output(step->output, true));
    json_builder_end_object(r->steps);
}

static void
begin_json(struct replaying *r, const struct case_file *c)
{
    r->steps = json_builder_new();
    json_builder_begin_object(r->steps);
    report_add_text(r->steps, "file", r->file);
    report_add_text(r->steps, "id", case_id(c));
    json_builder_set_member_name(r->steps, "steps");
    json_builder_begin_array(r->steps);
}

static void
end_json(struct replaying *r)
{
    json_builder_end_array(r->steps);
    json_builder_set_member_name(r->steps, "failures");
    json_builder_begin_array(r->steps);
    for (guint i = 0; i < r->failures->len; i++)
        json_builder_add_string_value(r->steps, g_ptr_array_index(r->failures, i));
    json_builder_end_array(r->steps);
    json_builder_end_object(r->steps);
    report_print(json_builder_get_root(r->steps), false);
    g_clear_object(&r->steps);
}

/* The file, also where it is a pipe; never more of it than a case may have. */
static GString *
read_case(const char *file, GError **error)
{
    g_autoptr(GFile) named = g_file_new_for_path(file);
    g_autoptr(GFileInputStream) stream = g_file_read(named, NULL, error);
    g_autoptr(GString) data = g_string_new(NULL);
    char block[64 * 1024];
    gssize n = 0;

    while (stream != NULL && data->len <= CASE_SIZE_MAX
           && (n = g_input_stream_read(G_INPUT_STREAM(stream), block, sizeof(block), NULL, error))
                  > 0)
        g_string_append_len(data, block, n);
    if (stream == NULL || n < 0)
        return NULL;
    if (data->len > CASE_SIZE_MAX) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "too large for a case");
        return NULL;
    }
    return g_steal_pointer(&data);
}

static struct case_file *
load_case(const char *file, GError **error)
{
    g_autoptr(GString) data = read_case(file, error);

    return data != NULL ? case_parse(data->str, data->len, error) : NULL;
}

/* Nothing can be replayed: with --json this takes the place of the case. */
static void
tell_unusable(const char *file, const char *why, bool json)
{
    cli_error("%s: %s", file, why);
    if (!json)
        return;
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    report_add_text(b, "file", file);
    report_add_text(b, "error", why);
    json_builder_end_object(b);
    report_print(json_builder_get_root(b), false);
}

/* One file; false when it cannot be used.  *failed counts differences. */
static bool
replay_file(const char *file, bool json, unsigned *failed)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);
    struct replaying r = {.json = json, .failures = failures, .file = file};

    CLEANUP(case_free) struct case_file *c = load_case(file, &error);
    if (c == NULL) {
        tell_unusable(file, error->message, json);
        return false;
    }
    CLEANUP(languages_free) struct languages *languages = languages_new(case_languages(c));
    unsigned n_languages;
    const struct engine_language *list = languages_list(languages, &n_languages);
    case_set_languages(c, list, n_languages);
    if (json)
        begin_json(&r, c);
    else
        printf("%s: %s\n", case_id(c), case_title(c));
    case_run(c, visit, &r);
    if (json)
        end_json(&r);
    for (guint i = 0; i < failures->len; i++)
        fprintf(stderr, "%s: %s\n", file, (const char *)g_ptr_array_index(failures, i));
    *failed += failures->len > 0;
    return true;
}

int
command_replay(int argc, char **argv)
{
    gboolean json = FALSE;
    int code;
    unsigned failed = 0;
    unsigned unusable = 0;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &json,
         N_("Print every verdict and planned modify as JSON, one line a case"), NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (!cli_options(&argc, &argv, N_("FILE..."),
                     N_("Runs case files through the engine and prints what it decides."),
                     N_("Exit status: 0 when every expectation holds, 1 when one does not, 2 when a "
                     "file cannot be used."),
                     entries, &code))
        return code;
    if (argc < 2) {
        cli_error("replay needs at least one case file");
        return EXIT_USAGE;
    }
    for (int i = 1; i < argc; i++)
        unusable += !replay_file(argv[i], json, &failed);
    if (!json && unusable > 0)
        printf(P_("%d case, %u failed, %u unusable\n", "%d cases, %u failed, %u unusable\n",
                  (unsigned long)argc - 1),
               argc - 1, failed, unusable);
    else if (!json)
        printf(P_("%d case, %u failed\n", "%d cases, %u failed\n", (unsigned long)argc - 1),
               argc - 1, failed);
    if (!cli_flush())
        return EXIT_FAILED;
    if (unusable > 0)
        return EXIT_USAGE;
    return failed > 0 ? EXIT_FAILED : EXIT_WELL;
}

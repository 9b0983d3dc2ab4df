/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync doctor: looks at everything a pass needs, and says what is wrong
 * and what mends it.
 */
#include "config.h"

#include "cli/doctor.h"

#include "cli/cli.h"
#include "cli/report.h"
#include "cli/text.h"
#include "directory/from_config.h"
#include "text/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CERTIFICATE_SOON_S = 30 * 86400, DAY_S = 86400 };

static const char *const result_words[] = {
#define RESULT_WORD(id, word) word,
    DOCTOR_RESULT_LIST(RESULT_WORD)
#undef RESULT_WORD
};

#define RESULT_WIDTH 8 /* of the words above, in all languages */

/* --- telling ---------------------------------------------------------------------------- */

void
doctor_turn_to(struct doctor *d, const char *area, const char *subject)
{
    d->area = area;
    g_free(d->subject);
    d->subject = g_strdup(subject);
    d->headed = false;
}

static void
print_head(struct doctor *d)
{
    g_autofree char *subject = d->subject != NULL ? cli_printable(d->subject, G_MAXUINT) : NULL;

    if (d->headed)
        return;
    printf("%s%s%s\n", _(d->area), subject != NULL ? " " : "", subject != NULL ? subject : "");
    d->headed = true;
}

/* Several lines begin at the left: they are copied, and a blank before them would mean something
 * to LDIF, and to the shell that waits for END. */
static void
print_mend(const char *mend)
{
    g_auto(GStrv) lines = g_strsplit(mend, "\n", -1);
    bool several = lines[0] != NULL && lines[1] != NULL;

    printf("           ->%s", several ? "\n" : " ");
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *text = cli_printable(*line, G_MAXUINT);
        printf("%s\n", text);
    }
}

static void
print_finding(struct doctor *d, enum doctor_result result, const char *text, const char *mend)
{
    g_autofree char *own = text_of(text);
    g_autofree char *clean = cli_printable(own, G_MAXUINT);
    g_autoptr(GString) word = g_string_new("  ");

    if (d->quiet && result < DOCTOR_UNKNOWN)
        return;
    print_head(d);
    text_append(word, _(result_words[result]), RESULT_WIDTH, "");
    printf("%s %s\n", word->str, clean);
    if (mend != NULL)
        print_mend(mend);
    fflush(stdout); /* the next check may take a while */
}

static void
note_finding(struct doctor *d, enum doctor_result result, const char *check, const char *text,
             const char *mend)
{
    d->n[result]++;
    json_builder_begin_object(d->checks);
    report_add_text(d->checks, "area", d->area);
    report_add_text(d->checks, "of", d->subject);
    report_add_text(d->checks, "check", check);
    report_add_text(d->checks, "result", result_words[result]);
    report_add_text(d->checks, "text", text);
    report_add_text(d->checks, "mend", mend);
    json_builder_end_object(d->checks);
    if (!d->json)
        print_finding(d, result, text, mend);
}

void
doctor_say(struct doctor *d, enum doctor_result result, const char *check, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    note_finding(d, result, check, text, NULL);
}

void
doctor_blame(struct doctor *d, enum doctor_result result, enum exit_code code, const char *check,
             const char *mend, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    if (result == DOCTOR_WRONG)
        d->codes |= EXIT_BIT(code);
    note_finding(d, result, check, text, mend);
}

char *
doctor_quote(const char *text)
{
    /* what needs no quotes is easier to read without */
    return text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "_-./:=,@%+")] == '\0' && *text != '\0'
               ? g_strdup(text)
               : g_shell_quote(text);
}

char *
doctor_ldapmodify(const char *ldif)
{
    return g_strdup_printf("ldapmodify -Q -Y EXTERNAL -H ldapi:/// <<END\n%s\nEND", ldif);
}

/* --- certificates --------------------------------------------------------------------------- */

void
doctor_certificate(struct doctor *d, enum exit_code code, const char *whose, const char *mend,
                   const struct certificate *c)
{
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    gint64 left = c->until - now;
    g_autofree char *from = cli_time(c->from);
    g_autofree char *until = cli_time(c->until);

    if (c->from > now)
        doctor_blame(d, DOCTOR_WRONG, code, "certificate", mend,
                     "%s, %s, is not valid before %s: is the clock here right?", whose, c->subject,
                     from);
    else if (left < 0)
        doctor_blame(d, DOCTOR_WRONG, code, "certificate", mend,
                     "%s, %s, has ended at %s: make a new one", whose, c->subject, until);
    else if (left <= CERTIFICATE_SOON_S)
        doctor_blame(d, DOCTOR_WARNING, code, "certificate", mend,
                     "%s, %s, ends at %s, in %ld days: make a new one in time",
                     whose, c->subject, until, (long)(left / DAY_S));
    else
        doctor_say(d, DOCTOR_OK, "certificate",
                   "%s, %s, is valid until %s (%ld days)", whose, c->subject, until,
                   (long)(left / DAY_S));
}

void
doctor_certificate_file(struct doctor *d, enum exit_code code, const char *whose, const char *path)
{
    g_autoptr(GError) error = NULL;
    struct certificate c = {0};

    if (path == NULL)
        return;
    g_autofree char *word = doctor_quote(path);
    g_autofree char *mend = g_strdup_printf("openssl x509 -in %s -noout -subject -dates", word);
    g_autofree char *what = g_strdup_printf("%s %s", whose, path);
    if (certificate_of_file(path, &c, &error))
        doctor_certificate(d, code, what, mend, &c);
    else
        doctor_blame(d, DOCTOR_WRONG, code, "certificate", mend, "%s cannot be read: %s", whose,
                     error->message);
    certificate_clear(&c);
}

/* --- the configuration ------------------------------------------------------------------------ */

/* What is written at the end of each pass. */
static void
look_at_folder(struct doctor *d, const char *file)
{
    g_autofree char *folder = g_path_get_dirname(file);
    g_autofree char *word = doctor_quote(folder);
    g_autofree char *mend = g_strdup_printf("install -d -m 700 -o %s %s", g_get_user_name(), word);

    if (access(folder, W_OK | X_OK) == 0)
        doctor_say(d, DOCTOR_OK, "state-file", "the state file %s can be written", file);
    else
        doctor_blame(d, DOCTOR_WRONG, EXIT_FAILED, "state-file", mend,
                     "the state file %s cannot be written: its folder is not there, or not for the "
                     "user %s, who runs this",
                     file, g_get_user_name());
}

void
doctor_configuration(struct doctor *d)
{
    g_autoptr(GPtrArray) problems = config_problems_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *word = doctor_quote(d->path);
    g_autofree char *mend = g_strdup_printf("editor %s", word);
    g_autofree char *copy = g_strdup_printf("cp " DOCDIR "/examples/statesync.conf %s", word);
    bool there = g_file_test(d->path, G_FILE_TEST_EXISTS);

    doctor_turn_to(d, "configuration", d->path);
    d->config = config_load(d->path, problems, &error);
    for (guint i = 0; i < problems->len; i++) {
        const struct config_problem *p = g_ptr_array_index(problems, i);
        enum doctor_result result
            = p->severity == CONFIG_PROBLEM_ERROR ? DOCTOR_WRONG : DOCTOR_WARNING;
        if (p->line > 0)
            doctor_blame(d, result, EXIT_USAGE, "file", mend, "line %u: %s", p->line, p->text);
        else
            doctor_blame(d, result, EXIT_USAGE, "file", there ? mend : copy, "%s", p->text);
    }
    if (d->config == NULL && config_problems_errors(problems) == 0)
        doctor_blame(d, DOCTOR_WRONG, EXIT_USAGE, "file", copy, "%s", error->message);
    if (d->config == NULL) {
        doctor_say(d, DOCTOR_UNKNOWN, "all", "everything else: it needs the configuration");
        return;
    }
    doctor_say(d, DOCTOR_OK, "file", "can be used");
    look_at_folder(d, d->config->sync.state_file);
    doctor_certificate_file(d, EXIT_DIRECTORY, "our certificate for the directory (tls_cert)",
                            d->config->directory.tls_cert);
    doctor_certificate_file(d, EXIT_DIRECTORY, "the authority of the directory (tls_ca)",
                            d->config->directory.tls_ca);
}

/* --- the command -------------------------------------------------------------------------------- */

static void
print_json(struct doctor *d, int code)
{
    enum exit_code all[6];
    g_autoptr(JsonBuilder) b = json_builder_new();

    json_builder_end_array(d->checks);
    json_builder_begin_object(b);
    report_add_number(b, "exit", code);
    json_builder_set_member_name(b, "codes");
    json_builder_begin_array(b);
    for (unsigned i = 0, n = exit_each(d->codes, all); i < n; i++)
        json_builder_add_string_value(b, exit_word(all[i]));
    json_builder_end_array(b);
    for (unsigned r = 0; r < DOCTOR_RESULT_COUNT; r++)
        report_add_number(b, result_words[r], d->n[r]);
    json_builder_set_member_name(b, "checks");
    json_builder_add_value(b, json_builder_get_root(d->checks));
    json_builder_end_object(b);
    report_print(json_builder_get_root(b), true);
}

static void
print_summary(const struct doctor *d)
{
    unsigned all = 0;

    if (d->quiet && d->n[DOCTOR_WRONG] + d->n[DOCTOR_WARNING] + d->n[DOCTOR_UNKNOWN] == 0)
        return;
    for (unsigned r = 0; r < DOCTOR_RESULT_COUNT; r++)
        all += d->n[r];
    printf(P_("%u checks: %u wrong, %u warning, %u unknown\n",
              "%u checks: %u wrong, %u warnings, %u unknown\n", d->n[DOCTOR_WARNING]),
           all, d->n[DOCTOR_WRONG], d->n[DOCTOR_WARNING], d->n[DOCTOR_UNKNOWN]);
}

static int
examine(struct doctor *d)
{
    d->checks = json_builder_new();
    json_builder_begin_array(d->checks);
    doctor_configuration(d);
    if (d->config != NULL) {
        d->where = directory_options_from_config(d->config);
        doctor_directories(d);
        doctor_nodes(d);
        doctor_frontends(d);
    }
    int code = exit_of(d->codes);
    if (d->json)
        print_json(d, code);
    else
        print_summary(d);
    return cli_flush() ? code : EXIT_FAILED;
}

static void
doctor_clear(struct doctor *d)
{
    g_clear_object(&d->checks);
    g_free(d->subject);
    directory_options_free(d->where);
    if (d->entries != NULL)
        g_ptr_array_unref(d->entries);
    config_free(d->config);
}

int
command_doctor(int argc, char **argv)
{
    g_autofree char *path = NULL;
    gboolean json = FALSE;
    gboolean quiet = FALSE;
    int code;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &path, N_("Configuration file"), N_("FILE")},
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, N_("Print one JSON object"), NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, N_("Print only what is not as it should be"), NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (!cli_options(&argc, &argv, "",
                     N_("Looks at everything a pass needs: configuration, directory, rights, nodes,\n"
                     "OpenNebula, certificates and clocks; says what is wrong, and what mends it."),
                     N_("It goes on after something is wrong, and changes nothing but that it writes\n"
                     "the service entry as it is.\n"
                     "Exit status: 0 nothing is wrong (warnings are possible); else the first of: 2\n"
                     "configuration, 5 the directory cannot be used, 1 something else is wrong, 6\n"
                     "rights are missing, 3 a node or a front-end does not answer."),
                     entries, &code))
        return code;
    if (argc > 1) {
        cli_error("doctor takes no arguments (\"%s\")", argv[1]);
        return EXIT_USAGE;
    }
    struct doctor d = {
        .path = path != NULL ? path : CONFIG_DEFAULT_PATH, .json = json, .quiet = quiet};
    code = examine(&d);
    doctor_clear(&d);
    return code;
}

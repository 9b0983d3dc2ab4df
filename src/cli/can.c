/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync can: may a tool do this to a virtual machine now?
 */
#include "config.h"

#include "cli/can.h"

#include "cli/cli.h"
#include "cli/find.h"
#include "cli/report.h"

#include <stdio.h>

#define UNPUBLISHED N_("it is not among the published actions")

struct question {
    char *config;
    gboolean json;
    char **want; /* "VM ACTION" */
    enum action action;
};

/* What nobody saw lately is not known; what concerns no hypervisor may be done all the same. */
static enum answer
answer_of(const struct verdict *v, enum action a, char **outdated)
{
    if (v->denials[a] == DENIAL_NOT_APPLICABLE)
        return ANSWER_NO;
    if (v->actions & ACTION_BIT(a) && (a == ACTION_USERS || a == ACTION_GROUPS))
        g_clear_pointer(outdated, g_free);
    if (*outdated != NULL || v->denials[a] == DENIAL_STALE || v->denials[a] == DENIAL_UNPUBLISHED)
        return ANSWER_STALE;
    return v->denials[a] == DENIAL_NONE ? ANSWER_YES : ANSWER_NO;
}

enum answer
can_answer(const struct verdict *v, enum action action, char **outdated, char **why)
{
    enum answer answer = answer_of(v, action, outdated);

    *why = NULL;
    if (answer == ANSWER_YES)
        return answer;
    *why = answer == ANSWER_STALE && *outdated != NULL ? g_strdup(*outdated)
                                                       : verdict_denial(v, action);
    if (*why == NULL)
        *why = g_strdup(UNPUBLISHED);
    return answer;
}

static int
code_of(enum answer answer)
{
    return answer == ANSWER_YES ? EXIT_WELL : answer == ANSWER_NO ? EXIT_FAILED : EXIT_STALE;
}

/* What is in the way first: a pause, or that nobody has looked, concerns every action. */
static const char *
denied_by(const struct verdict *v, enum action a, enum answer answer, const char *outdated)
{
    if (answer == ANSWER_YES)
        return NULL;
    return answer == ANSWER_STALE && outdated != NULL ? "outdated" : denial_name(v->denials[a]);
}

static int
print_json(const struct question *q, const struct verdict *v, enum answer answer,
           const char *outdated, const char *why)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    g_autofree char *status = verdict_status(v);
    char uuid[UUID_TEXT_SIZE];

    uuid_format(&v->vm->uuid, uuid);
    json_builder_begin_object(b);
    report_add_text(b, "uuid", uuid);
    report_add_text(b, "name", v->vm->name);
    report_add_text(b, "status", status);
    report_add_text(b, "action", action_name(q->action));
    json_builder_set_member_name(b, "allowed");
    json_builder_add_boolean_value(b, answer == ANSWER_YES);
    json_builder_set_member_name(b, "stale");
    json_builder_add_boolean_value(b, answer == ANSWER_STALE);
    report_add_text(b, "denied_by", denied_by(v, q->action, answer, outdated));
    report_add_text(b, "why", why);
    json_builder_end_object(b);
    report_print(json_builder_get_root(b), false);
    return cli_flush() ? code_of(answer) : EXIT_FAILED;
}

int
can_tell(enum action action, enum answer answer, const char *why)
{
    if (answer == ANSWER_YES)
        cli_line("%s: yes", action_name(action));
    else if (answer == ANSWER_NO)
        cli_line("%s: no, %s", action_name(action), why);
    else
        cli_line("%s: not known, %s", action_name(action), why);
    return cli_flush() ? code_of(answer) : EXIT_FAILED;
}

static int
ask(const struct finder *f, const struct config *config, void *data)
{
    const struct question *q = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) entries = NULL;
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    struct verdict v;

    struct vm_entry *vm = finder_find(f, q->want[0], &entries, &error);
    if (vm == NULL || !finder_check(vm, &error))
        return finder_failed(error);
    g_autofree char *outdated = NULL;
    if (!finder_outdated(f, now, config->limits.memory_gap, &outdated, &error))
        return finder_failed(error);
    verdict_as_published(vm, now, &v);
    g_autofree char *why = NULL;
    enum answer answer = can_answer(&v, q->action, &outdated, &why);
    int code = q->json ? print_json(q, &v, answer, outdated, why) : can_tell(q->action, answer, why);
    verdict_clear(&v);
    return code;
}

int
command_can(int argc, char **argv)
{
    struct question q = {0};
    int code;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &q.config, N_("Configuration file"), N_("FILE")},
        {"json", 0, 0, G_OPTION_ARG_NONE, &q.json, N_("Print JSON"), NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (!cli_options(&argc, &argv, N_("VM ACTION"),
                     N_("Asks whether ACTION (start, shutdown, power-off, migrate, edit, delete, toggle, "
                     "use,\npersistent, dynamic, users or groups) may be done now to a virtual "
                     "machine or\ntemplate: UUID or its beginning, DN or display name."),
                     N_("It looks into the directory alone, and changes nothing.\n"
                     "Exit status: 0 yes; 1 no, with the reason, or failed; 3 not known, because the\n"
                     "status is stale or nobody has looked lately; 2 usage, configuration or no such\n"
                     "VM; 5 the directory cannot be used."),
                     entries, &code)) {
        g_free(q.config);
        return code;
    }
    q.want = argv + 1;
    if (argc != 3) {
        cli_error("can takes a VM and an action");
        code = EXIT_USAGE;
    } else if (!action_parse(argv[2], &q.action)) {
        cli_error("there is no action \"%s\" (see statesync can --help)", argv[2]);
        code = EXIT_USAGE;
    } else {
        code = finder_run(q.config, ask, &q);
    }
    g_free(q.config);
    return code;
}

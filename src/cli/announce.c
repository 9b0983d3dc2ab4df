/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync announce: tells everybody what is about to happen to a virtual
 * machine, so that its status says "Shutting down" and not "Crashed".
 */
#include "config.h"

#include "cli/can.h"
#include "cli/cli.h"
#include "cli/duration.h"
#include "cli/find.h"
#include "config/suggest.h"
#include "directory/result.h"
#include "directory/writer.h"
#include "engine/attributes.h"
#include "engine/engine.h"
#include "engine/timestamp.h"

#include <stdio.h>
#include <string.h>

enum { ATTEMPTS = WRITER_ATTEMPTS };

struct announcement {
    const char *name;     /* as given */
    const char *action;   /* NULL: clear */
    bool if_allowed;
    gint64 gap_s;         /* who has not looked for so long says nothing about now */
    gint64 life_s;        /* how long it counts; 0 = as the limits say */
    char since[TIMESTAMP_SIZE];
    struct finder finder;
};

/* The modify that says it, or NULL where the entry says so already. */
static struct change *
change_for(const struct announcement *a, const struct vm_entry *vm)
{
    struct change *change;

    if (a->action == NULL && vm->pub.request == NULL && !vm->pub.has_request_since)
        return NULL;
    change = change_new(vm->base.dn, vm->base.csn);
    if (a->action != NULL && !vm->pub.has_class)
        change_mod_value(change_add_mod(change, CHANGE_ADD, attribute_name(ATTR_OBJECT_CLASS)),
                         CLASS_VM_STATUS);
    change_replace(change, attribute_name(ATTR_REQUEST), a->action);
    change_replace(change, attribute_name(ATTR_REQUEST_SINCE), a->action != NULL ? a->since : NULL);
    return change;
}

static void
on_result(const struct writer_result *r, void *data)
{
    GError **failure = data;

    if (r->error != NULL && *failure == NULL)
        *failure = g_error_copy(r->error);
}

static bool
send_change(const struct announcement *a, struct change *change, GError **error)
{
    g_autoptr(GError) failure = NULL;
    CLEANUP(writer_free) struct writer *w
        = writer_new(a->finder.connection, 1, on_result, &failure, error);

    if (w == NULL)
        return false;
    (void)writer_send(w, change);
    (void)writer_finish(w, NULL);
    if (failure == NULL)
        return true;
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

static void
say(const struct announcement *a, const struct vm_entry *vm, bool changed)
{
    const char *name = vm->name != NULL ? vm->name : vm->base.dn;

    if (a->action != NULL)
        cli_say("announced %s of %s", a->action, name);
    else if (changed)
        cli_say("nothing is announced any more for %s", name);
    else
        cli_say("nothing was announced for %s", name);
}

/* With --if-allowed: EXIT_WELL; or another code, and why is printed as `can' does.  Negative: error. */
static int
refusal(const struct announcement *a, struct vm_entry *vm, GError **error)
{
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    g_autofree char *outdated = NULL;
    g_autofree char *why = NULL;
    enum action action;
    struct verdict v;

    if (!a->if_allowed || !action_parse(a->action, &action))
        return EXIT_WELL;
    if (!finder_outdated(&a->finder, now, a->gap_s, &outdated, error))
        return -1;
    verdict_as_published(vm, now, &v);
    enum answer answer = can_answer(&v, action, &outdated, &why);
    verdict_clear(&v);
    if (answer == ANSWER_YES && vm->pub.request != NULL) {
        why = g_strdup_printf(N_("%s is announced already"), vm->pub.request);
        answer = ANSWER_NO;
    }
    return answer == ANSWER_YES ? EXIT_WELL : can_tell(action, answer, why);
}

/* Reads the entry and changes it on the condition that it is what was read; again where somebody
 * else was faster.  The exit code; negative: error. */
static int
announce(const struct announcement *a, GError **error)
{
    for (int i = 0;; i++) {
        g_autoptr(GPtrArray) entries = NULL;
        CLEANUP(change_free) struct change *change = NULL;
        g_autoptr(GError) failure = NULL;
        struct vm_entry *vm = finder_find(&a->finder, a->name, &entries, error);

        if (vm == NULL || !finder_check(vm, error))
            return -1;
        int code = refusal(a, vm, error);
        if (code != EXIT_WELL)
            return code;
        change = change_for(a, vm);
        if (change == NULL || send_change(a, change, &failure)) {
            say(a, vm, change != NULL);
            return EXIT_WELL;
        }
        if (directory_error_class(failure) != DIRECTORY_ASSERTED || i + 1 >= ATTEMPTS) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return -1;
        }
    }
}

static int
failed(const GError *error)
{
    if (error->domain == FIND_ERROR || directory_error_class(error) != DIRECTORY_DENIED)
        return finder_failed(error);
    cli_error("%s", error->message);
    cli_error("who the configuration logs in as must be allowed to write %s and %s",
              attribute_name(ATTR_REQUEST), attribute_name(ATTR_REQUEST_SINCE));
    return EXIT_REFUSED;
}

/* The engine counts from the time the announcement tells, and gives each action its limit; one that
 * is to count for less is told as if it had been made before. */
static bool
set_since(struct announcement *a, const struct config *config)
{
    gint64 since = g_get_real_time() / G_USEC_PER_SEC;
    enum request request;

    if (a->life_s > 0 && a->action != NULL && request_parse(a->action, &request)) {
        gint64 limit = engine_request_limit(&config->limits, request);
        if (a->life_s > limit) {
            cli_error("--for: %s counts for %ld s at most (section limits of the configuration)",
                      a->action, (long)limit);
            return false;
        }
        since -= limit - a->life_s;
    }
    timestamp_format(since, a->since);
    return true;
}

static int
run(struct announcement *a, const char *path)
{
    g_autoptr(GError) error = NULL;
    int code = EXIT_WELL;
    config_auto config = cli_config(path, &code);

    if (config == NULL)
        return code;
    if (!set_since(a, config)) {
        code = EXIT_USAGE;
    } else if (!finder_open(&a->finder, config, &error)) {
        code = finder_failed(error);
    } else {
        a->gap_s = config->limits.memory_gap;
        code = announce(a, &error);
        if (code < 0)
            code = failed(error);
        else if (!cli_flush())
            code = EXIT_FAILED;
    }
    finder_close(&a->finder);
    return code;
}

/* The word as the directory spells it; NULL and a message where there is none. */
static const char *
action_word(const char *typed)
{
    static const char *const words[] = {"start", "shutdown", "power-off", "migrate", "delete"};
    enum request request;
    const char *near;

    if (request_parse(typed, &request) && request != REQUEST_NONE)
        return request_name(request);
    near = suggest_word(typed, words, G_N_ELEMENTS(words));
    if (near != NULL)
        cli_error("\"%s\" is none of start, shutdown, power-off, migrate, delete; did you mean %s?",
                  typed, near);
    else
        cli_error("\"%s\" is none of start, shutdown, power-off, migrate, delete", typed);
    return NULL;
}

int
command_announce(int argc, char **argv)
{
    g_autofree char *path = NULL;
    g_autofree char *life = NULL;
    gboolean clear = FALSE;
    gboolean if_allowed = FALSE;
    struct announcement a = {0};
    int code;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &path, N_("Configuration file"), N_("FILE")},
        {"for", 0, 0, G_OPTION_ARG_STRING, &life,
         N_("How long it counts, such as 60s (as long as the limits let it)"), N_("TIME")},
        {"if-allowed", 0, 0, G_OPTION_ARG_NONE, &if_allowed,
         N_("Only if it may be done now and nothing is announced yet"), NULL},
        {"clear", 0, 0, G_OPTION_ARG_NONE, &clear, N_("Take back what was announced"), NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (!cli_options(&argc, &argv, N_("VM ACTION"),
                     N_("Says that ACTION (start, shutdown, power-off, migrate or delete) is about to "
                     "be done\nto a virtual machine or template: UUID or its beginning, DN or display name."),
                     N_("It does nothing else: whoever announces does the action.  What is announced\n"
                     "ends when it is done or its time is over (section limits of the "
                     "configuration).\n"
                     "Exit status: 0 done, 1 failed, 2 usage, configuration or no such VM, 5 the\n"
                     "directory cannot be used, 6 it refused; with --if-allowed 1 and 3 as can\n"
                     "ends, with its answer, and nothing is announced."),
                     entries, &code))
        return code;
    if (argc != (clear ? 2 : 3)) {
        cli_error("%s", clear ? N_("announce --clear takes a VM")
                              : N_("announce takes a VM and an action"));
        return EXIT_USAGE;
    }
    if (clear && if_allowed) {
        cli_error("--if-allowed and --clear exclude each other");
        return EXIT_USAGE;
    }
    a.if_allowed = if_allowed;
    if (life != NULL && (clear || !duration_parse(life, &a.life_s))) {
        cli_error("%s", clear ? N_("--for and --clear exclude each other")
                              : N_("--for: a time such as 90s, 15m, 2h or 1d"));
        return EXIT_USAGE;
    }
    a.name = argv[1];
    if (!clear && (a.action = action_word(argv[2])) == NULL)
        return EXIT_USAGE;
    return run(&a, path);
}

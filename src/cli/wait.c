/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync wait: until a virtual machine is as somebody wants it.
 */
#include "config.h"

#include "cli/cli.h"
#include "cli/duration.h"
#include "cli/find.h"
#include "cli/follow.h"
#include "cli/wait.h"

#include <stdio.h>
#include <string.h>

/* One --for.  The word is what the status must be, or one of those below. */
struct condition {
    bool not;
    const char *word;
};

/* Beside states, activities and whole statuses. */
#define WORD_FRESH "fresh"
#define WORD_STALE "stale"
#define WORD_GONE "gone"

struct waiting {
    char *config;
    char **typed;
    char *limit; /* as typed */
    bool limited;
    int64_t limit_s;
    GArray *conditions; /* of struct condition; all must hold */
    const char *name;
    char *dn;
    char *outdated; /* why nothing that is published can be relied on; NULL = it can */
    char *last;     /* status as it was seen last */
    char *why;      /* it is stale */
    bool stale;     /* for one of both reasons */
    bool marked;    /* the entry says so */
    bool if_fresh;  /* it is so if nothing is outdated */
    bool if_stale;  /* it is so if it is */
    gint64 gap_s;   /* who has not looked for so long says nothing about now */
    struct service_state *service; /* NULL: it has not come yet */
    bool quiet;     /* nothing is printed but failures */
    bool seen; /* it is in the list, too */
    struct follow *follow;
    guint timer;
};

/* --- conditions ---------------------------------------------------------------------------- */

static bool
is_activity(const char *word, enum activity *out)
{
    return activity_parse(word, out) && *out != ACTIVITY_NONE;
}

/* A word no status can have is a typing mistake. */
static bool
is_known(const char *word)
{
    g_autofree char *begin = g_strndup(word, strcspn(word, ","));
    enum activity activity;
    enum state state;

    return g_ascii_strcasecmp(word, WORD_FRESH) == 0 || g_ascii_strcasecmp(word, WORD_STALE) == 0
           || g_ascii_strcasecmp(word, WORD_GONE) == 0 || is_activity(word, &activity)
           || state_parse(begin, &state);
}

static bool
parse_conditions(struct waiting *w)
{
    w->conditions = g_array_new(FALSE, FALSE, sizeof(struct condition));
    for (char **t = w->typed; t != NULL && *t != NULL; t++) {
        struct condition c = {.not = **t == '!', .word = *t + (**t == '!')};
        if (!is_known(c.word)) {
            cli_error("--for: \"%s\" is no status, no part of one, and none of fresh, stale and gone",
                      c.word);
            return false;
        }
        g_array_append_val(w->conditions, c);
    }
    if (w->conditions->len == 0)
        cli_error("wait needs --for, such as --for running");
    return w->conditions->len > 0;
}

static bool
has_word(const struct published *p, const char *word)
{
    enum activity activity;
    enum state state;

    if (!p->known)
        return false;
    if (is_activity(word, &activity))
        return p->activity == activity;
    if (state_parse(word, &state))
        return p->state == state;
    return p->text != NULL && g_ascii_strcasecmp(p->text, word) == 0;
}

/* What is stale is not known: it neither is nor is not what the status says. */
static bool
holds(const struct condition *c, const struct published *p, bool stale)
{
    if (g_ascii_strcasecmp(c->word, WORD_GONE) == 0)
        return c->not == (p != NULL);
    if (p == NULL)
        return false;
    if (g_ascii_strcasecmp(c->word, WORD_FRESH) == 0)
        return c->not == (stale || !p->known);
    if (g_ascii_strcasecmp(c->word, WORD_STALE) == 0)
        return c->not != stale;
    return !stale && p->known && has_word(p, c->word) != c->not;
}

static bool
all_hold(const struct waiting *w, const struct published *p, bool stale)
{
    for (guint i = 0; i < w->conditions->len; i++) {
        if (!holds(&g_array_index(w->conditions, struct condition, i), p, stale))
            return false;
    }
    return true;
}

/* --- what happens ----------------------------------------------------------------------------- */

static void
tell(const struct waiting *w)
{
    if (!w->quiet && w->stale)
        cli_line("%s, stale", w->last);
    else if (!w->quiet)
        cli_line("%s", w->last);
}

/* True when it is over. */
static bool
look(struct waiting *w, const struct vm_entry *vm)
{
    const struct published *p = vm != NULL ? &vm->pub : NULL;
    bool stale = p != NULL && p->has_stale_since;

    w->marked = stale;
    w->stale = p != NULL && (stale || w->outdated != NULL);
    w->if_fresh = all_hold(w, p, stale);
    w->if_stale = all_hold(w, p, true);
    g_free(w->last);
    w->last = g_strdup(p == NULL ? N_("gone") : p->text != NULL ? p->text : N_("no status"));
    g_free(w->why);
    w->why = !w->stale ? NULL : g_strdup(w->outdated != NULL ? w->outdated : p->stale_reason);
    if (!all_hold(w, p, w->stale))
        return false;
    tell(w);
    return true;
}

static void
on_vm(const struct vm_entry *vm, bool refreshing, void *data)
{
    struct waiting *w = data;

    (void)refreshing;
    w->seen = true;
    g_free(w->dn);
    w->dn = g_strdup(vm->base.dn);
    if (look(w, vm))
        follow_leave(w->follow, EXIT_WELL);
}

/* What does not exist any more never becomes anything. */
static void
end_gone(struct waiting *w)
{
    if (look(w, NULL)) {
        follow_leave(w->follow, EXIT_WELL);
        return;
    }
    cli_error("the entry of \"%s\" is gone", w->name);
    follow_leave(w->follow, EXIT_FAILED);
}

static void
on_gone(const char *dn, void *data)
{
    struct waiting *w = data;

    if (dn_same(dn, w->dn))
        end_gone(w);
}

/* The entry itself need not change for that. */
static void
end_if(struct waiting *w, bool so)
{
    if (!so)
        return;
    tell(w);
    follow_leave(w->follow, EXIT_WELL);
}

/* From now on nothing that is published counts. */
static void
note_outdated(struct waiting *w, gint64 now)
{
    g_free(w->outdated);
    w->outdated = outdated_text(w->service, now, w->gap_s);
    if (w->outdated == NULL)
        return;
    w->stale = true;
    g_free(w->why);
    w->why = g_strdup(w->outdated);
}

/* A pause begins; or somebody has looked, and may write: what is published counts again. */
static void
on_service(const struct service_state *state, void *data)
{
    struct waiting *w = data;
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;

    if (state == NULL)
        return;
    service_state_free(w->service);
    w->service = service_state_copy(state);
    if (w->outdated == NULL) {
        note_outdated(w, now);
        end_if(w, w->outdated != NULL && w->if_stale);
    } else if (!service_state_paused(state, now) && now - state->pass_completed < 60) {
        g_clear_pointer(&w->outdated, g_free);
        w->stale = w->marked;
        end_if(w, w->if_fresh);
    }
}

/* It went between the first look and the list. */
static void
on_live(void *data)
{
    struct waiting *w = data;

    if (!w->seen)
        end_gone(w);
}

static gboolean
on_limit(gpointer data)
{
    struct waiting *w = data;

    w->timer = 0;
    if (w->service != NULL && w->outdated == NULL)
        note_outdated(w, g_get_real_time() / G_USEC_PER_SEC);
    bool silent = follow_silent(w->follow);
    if (!w->quiet && silent)
        cli_error("not within %s: the directory does not answer", w->limit);
    else if (!w->quiet && w->outdated != NULL)
        cli_error("not within %s: %s, stale, nobody looks", w->limit, w->last);
    else if (!w->quiet && w->stale)
        cli_error("not within %s: %s, stale", w->limit, w->last);
    else if (!w->quiet)
        cli_error("not within %s: %s", w->limit, w->last);
    follow_leave(w->follow, silent ? EXIT_DIRECTORY : w->stale ? EXIT_STALE : EXIT_FAILED);
    return G_SOURCE_REMOVE;
}

static int
wait_for_changes(struct waiting *w, const struct finder *f, const char *uuid)
{
    const struct follower follower = {
        .vm = on_vm, .gone = on_gone, .service = on_service, .live = on_live, .data = w};

    if (w->limited)
        w->timer = g_timeout_add_seconds((guint)w->limit_s, on_limit, w);
    w->follow = follow_new(f->where, uuid, &follower);
    int code = follow_run(w->follow);
    follow_free(w->follow);
    if (w->timer != 0)
        g_source_remove(w->timer);
    return code == EXIT_WELL && !cli_flush() ? EXIT_FAILED : code;
}

static int
begin(const struct finder *f, const struct config *config, void *data)
{
    struct waiting *w = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) entries = NULL;
    char uuid[UUID_TEXT_SIZE];
    struct vm_entry *vm = finder_find(f, w->name, &entries, &error);
    w->gap_s = config->limits.memory_gap;

    if (vm == NULL || !finder_check(vm, &error)
        || !finder_outdated(f, g_get_real_time() / G_USEC_PER_SEC, config->limits.memory_gap,
                            &w->outdated, &error))
        return finder_failed(error);
    if (look(w, vm))
        return cli_flush() ? EXIT_WELL : EXIT_FAILED;
    w->dn = g_strdup(vm->base.dn);
    uuid_format(&vm->uuid, uuid);
    return wait_for_changes(w, f, uuid);
}

static void
clear(struct waiting *w)
{
    if (w->conditions != NULL)
        g_array_unref(w->conditions);
    g_free(w->dn);
    g_free(w->last);
    g_free(w->why);
    g_free(w->outdated);
    service_state_free(w->service);
}

int
wait_until_fresh(const struct finder *f, const struct config *config, const char *dn,
                 gint64 limit_ms, char **status)
{
    const struct condition fresh = {.word = WORD_FRESH};
    struct waiting w = {.name = dn, .quiet = true, .limited = limit_ms >= 0,
                        .limit_s = (MAX(limit_ms, 0) + 999) / 1000};

    w.conditions = g_array_new(FALSE, FALSE, sizeof(struct condition));
    g_array_append_val(w.conditions, fresh);
    int code = begin(f, config, &w);
    *status = w.last == NULL ? NULL
              : w.stale      ? g_strdup_printf("%s, stale%s%s", w.last, w.why != NULL ? ": " : "",
                                               w.why != NULL ? w.why : "")
                             : g_strdup(w.last);
    clear(&w);
    return code;
}

static int
check_and_run(struct waiting *w, int argc, char **argv)
{
    if (argc != 2) {
        cli_error("wait takes one VM");
        return EXIT_USAGE;
    }
    if (w->limit != NULL && !duration_parse(w->limit, &w->limit_s)) {
        cli_error("--timeout: a time such as 30s, 15m or 2h, not \"%s\"", w->limit);
        return EXIT_USAGE;
    }
    w->limited = w->limit != NULL;
    w->name = argv[1];
    return parse_conditions(w) ? finder_run(w->config, begin, w) : EXIT_USAGE;
}

int
command_wait(int argc, char **argv)
{
    struct waiting w = {0};
    int code;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &w.config, N_("Configuration file"), N_("FILE")},
        {"for", 0, 0, G_OPTION_ARG_STRING_ARRAY, &w.typed,
         N_("State, activity or status; fresh, stale, gone; !WORD: not so (repeatable)"),
         N_("WORD")},
        {"timeout", 0, 0, G_OPTION_ARG_STRING, &w.limit, N_("Give up after this, such as 30s"), N_("TIME")},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (cli_options(&argc, &argv, N_("VM"),
                    N_("Waits until the published status of a virtual machine or template is what\n"
                    "--for says; ends at once where it is."),
                    N_("Several words must all hold; a stale status holds for no word but stale.\n"
                    "Exit status: 0 it is so; 1 it was not so in time, or the entry is gone; 3 it was\n"
                    "not known in time, because the status is stale or statuses are paused; 2 usage,\n"
                    "configuration or no such VM; 5 the directory cannot be used."),
                    entries, &code))
        code = check_and_run(&w, argc, argv);
    g_free(w.config);
    g_strfreev(w.typed);
    g_free(w.limit);
    clear(&w);
    return code;
}

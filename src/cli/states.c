/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync states: all words of both vocabularies, offline.
 */
#include "config.h"

#include "cli/cli.h"
#include "cli/dot.h"
#include "cli/table.h"

#include "core/status.h"

#include <stdio.h>

struct states_options {
    gboolean opennebula;
    gboolean stoney;
    gboolean json;
    gboolean csv;
    gboolean dot;
};

enum column {
    COLUMN_WORDS,
    COLUMN_NUMBER,
    COLUMN_NAME,
    COLUMN_ALIAS,
    COLUMN_CLASS,
    COLUMN_TRANSLATION,
    COLUMN_FLAGS,
    COLUMN_MEANING,
    COLUMN_ALSO,
    COLUMN_SINCE,
    COLUMN_LAST,
    COLUMN_TYPE,
    COLUMN_COUNT
};

static const struct table_column columns[COLUMN_COUNT] = {
    [COLUMN_WORDS] = {N_("words"), true, TABLE_WORDS},
    [COLUMN_NUMBER] = {N_("number"), true, TABLE_NUMBER},
    [COLUMN_NAME] = {N_("name"), true, TABLE_WORDS},
    [COLUMN_ALIAS] = {N_("alias"), true, TABLE_WORDS},
    [COLUMN_CLASS] = {N_("class"), true, TABLE_ENGLISH},
    [COLUMN_TRANSLATION] = {N_("translation"), true, TABLE_ENGLISH},
    [COLUMN_FLAGS] = {N_("flags"), true, TABLE_WORDS},
    [COLUMN_MEANING] = {N_("meaning"), true, TABLE_ENGLISH},
    [COLUMN_ALSO] = {N_("alias_of_clients"), false, TABLE_WORDS},
    [COLUMN_SINCE] = {N_("since"), false, TABLE_WORDS},
    [COLUMN_LAST] = {N_("last"), false, TABLE_WORDS},
    [COLUMN_TYPE] = {N_("type"), false, TABLE_WORDS},
};

/* NULL where it has none of its own. */
static const char *
status_of(const struct one_word *word, char text[STATUS_TEXT_SIZE])
{
    if (word->kept)
        return N_("(kept)");
    if (word->no_entry)
        return N_("(no entry)");
    if (word->state == STATE_NONE)
        return NULL;
    status_text(word->state, word->activity, text);
    return text;
}

static void
add_one(struct table *t, const struct one_word *word)
{
    char number[16];
    char flags[ONE_FLAGS_TEXT_SIZE];
    char status[STATUS_TEXT_SIZE];

    g_snprintf(number, sizeof(number), "%d", word->number);
    const char *cells[COLUMN_COUNT] = {
        [COLUMN_WORDS] = one_kind_name(word->kind),
        [COLUMN_NUMBER] = number,
        [COLUMN_NAME] = word->name,
        [COLUMN_ALIAS] = word->alias,
        [COLUMN_CLASS] = one_class_name(word->class),
        [COLUMN_TRANSLATION] = status_of(word, status),
        [COLUMN_FLAGS] = one_flags_text(word->flags, flags) > 0 ? flags : NULL,
        [COLUMN_MEANING] = word->meaning,
        [COLUMN_ALSO] = word->alias_also,
        [COLUMN_SINCE] = word->since,
        [COLUMN_LAST] = word->last,
        [COLUMN_TYPE] = NULL,
    };
    table_row(t, cells);
}

static void
add_status(struct table *t, const struct status_word *word)
{
    struct one_state one = one_of_status(word->state, word->activity, true);
    char name[STATUS_TEXT_SIZE];
    char alias[ONE_NAME_SIZE];
    g_autofree char *translation = g_strndup(one.name, strcspn(one.name, " "));

    status_text(word->state, word->activity, name);
    one_alias(one.state, one.lcm, alias, sizeof(alias));
    const char *cells[COLUMN_COUNT] = {
        [COLUMN_WORDS] = "stoney",
        [COLUMN_NAME] = name,
        [COLUMN_ALIAS] = alias,
        [COLUMN_CLASS] = one_class_name(word->class),
        [COLUMN_TRANSLATION] = translation,
        [COLUMN_MEANING] = word->meaning,
        [COLUMN_TYPE] = word->vm && word->template ? N_("VM, template")
                        : word->vm                 ? "VM"
                                                   : "template",
    };
    table_row(t, cells);
}

static void
print_table(const struct states_options *o)
{
    enum table_format format = o->json ? TABLE_JSON : o->csv ? TABLE_CSV : TABLE_TEXT;
    struct table *t = table_new(columns, COLUMN_COUNT, format);
    const struct status_word *status = NULL;

    for (unsigned kind = 0; (o->opennebula || !o->stoney) && kind < ONE_KIND_COUNT; kind++) {
        const struct one_word *word = NULL;
        while ((word = one_next((enum one_kind)kind, word)) != NULL)
            add_one(t, word);
    }
    while ((o->stoney || !o->opennebula) && (status = status_next(status)) != NULL)
        add_status(t, status);
    table_print(t);
    table_free(t);
}

static int
states(const struct states_options *o)
{
    if (o->json + o->csv + o->dot > 1) {
        cli_error("--json, --csv and --dot exclude each other");
        return EXIT_USAGE;
    }
    if (o->dot && o->opennebula && o->stoney) {
        cli_error("--dot draws one of them: --opennebula or --stoney");
        return EXIT_USAGE;
    }
    if (o->dot) {
        g_autoptr(GString) text = o->stoney ? dot_stoney() : dot_opennebula();
        fputs(text->str, stdout);
    } else {
        print_table(o);
    }
    return cli_flush() ? EXIT_WELL : EXIT_FAILED;
}

int
command_states(int argc, char **argv)
{
    struct states_options o = {0};
    int code;
    const GOptionEntry entries[] = {
        {"opennebula", 0, 0, G_OPTION_ARG_NONE, &o.opennebula, N_("Only OpenNebula's words"), NULL},
        {"stoney", 0, 0, G_OPTION_ARG_NONE, &o.stoney, N_("Only stoney's words"), NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o.json, N_("Print JSON"), NULL},
        {"csv", 0, 0, G_OPTION_ARG_NONE, &o.csv, N_("Print CSV (RFC 4180)"), NULL},
        {"dot", 0, 0, G_OPTION_ARG_NONE, &o.dot,
         N_("Print what may follow what, for Graphviz (OpenNebula's unless --stoney)"), NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (!cli_options(&argc, &argv, "",
                     N_("Shows all words for states, stoney's and OpenNebula's, and how they are\n"
                     "translated."),
                     N_("Exit status: 0 done, 1 failed, 2 usage."), entries, &code))
        return code;
    if (argc > 1) {
        cli_error("states takes no arguments (\"%s\"): did you mean statesync explain?", argv[1]);
        return EXIT_USAGE;
    }
    return states(&o);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync catalog: the texts of one language, for a portal that shows
 * statuses itself.  Keys are the words as they are published: they never
 * change with the language.
 */
#include "config.h"

#include "cli/cli.h"
#include "cli/report.h"
#include "core/meaning.h"
#include "core/status.h"
#include "text/text.h"

#include <json-glib/json-glib.h>
#include <stdio.h>

struct making {
    JsonBuilder *b;
    const struct catalog *catalog;
};

static void
add(const struct making *m, const char *name, const char *text)
{
    report_add_text(m->b, name, catalog_text(m->catalog, text));
}

static void
begin(const struct making *m, const char *name)
{
    json_builder_set_member_name(m->b, name);
    json_builder_begin_object(m->b);
}

static void
end(const struct making *m)
{
    json_builder_end_object(m->b);
}

static void
add_words(const struct making *m)
{
    begin(m, "states");
    for (unsigned s = STATE_NONE + 1; s < STATE_COUNT; s++)
        add(m, state_name((enum state)s), state_name((enum state)s));
    end(m);
    begin(m, "activities");
    for (unsigned a = ACTIVITY_NONE + 1; a < ACTIVITY_COUNT; a++)
        add(m, activity_name((enum activity)a), activity_name((enum activity)a));
    end(m);
    begin(m, "modes");
    for (unsigned i = 0; i < MODE_COUNT; i++)
        add(m, mode_name((enum mode)i), mode_name((enum mode)i));
    end(m);
    begin(m, "types");
    for (unsigned k = 0; k < KIND_COUNT; k++)
        add(m, kind_name((enum kind)k), kind_name((enum kind)k));
    end(m);
}

static void
add_statuses(const struct making *m)
{
    const struct status_word *word = NULL;

    begin(m, "statuses");
    while ((word = status_next(word)) != NULL) {
        char key[STATUS_TEXT_SIZE];
        g_autofree char *text = text_status(m->catalog, word->state, word->activity);
        status_text(word->state, word->activity, key);
        begin(m, key);
        report_add_text(m->b, "text", text);
        add(m, "tooltip", word->meaning);
        end(m);
    }
    end(m);
}

static void
add_actions(const struct making *m)
{
    begin(m, "actions");
    for (unsigned i = 0; i < ACTION_COUNT; i++) {
        enum action a = (enum action)i;
        begin(m, action_name(a));
        add(m, "text", action_label(a));
        if (actions_of_kind(KIND_PERSISTENT) & ACTION_BIT(a))
            add(m, "tooltip", action_hint(a, false));
        if (actions_of_kind(KIND_TEMPLATE) & ACTION_BIT(a))
            add(m, "tooltip_template", action_hint(a, true));
        end(m);
    }
    end(m);
    begin(m, "denials");
    for (unsigned d = DENIAL_NONE + 1; d < DENIAL_COUNT; d++)
        add(m, denial_name((enum denial)d), denial_meaning((enum denial)d));
    end(m);
}

static void
add_rules(const struct making *m)
{
    begin(m, "rules");
    for (unsigned r = 0; r < RULE_COUNT; r++)
        add(m, rule_name((enum rule)r), rule_meaning((enum rule)r));
    end(m);
    begin(m, "alarms");
    for (unsigned a = 0; a < ALARM_COUNT; a++) {
        begin(m, alarm_name((enum alarm_id)a));
        add(m, "text", alarm_meaning((enum alarm_id)a));
        add(m, "remedy", alarm_remedy((enum alarm_id)a));
        end(m);
    }
    end(m);
}

static void
add_opennebula(const struct making *m)
{
    begin(m, "opennebula");
    for (unsigned kind = 0; kind < ONE_KIND_COUNT; kind++) {
        const struct one_word *word = NULL;
        begin(m, one_kind_name((enum one_kind)kind));
        while ((word = one_next((enum one_kind)kind, word)) != NULL)
            add(m, word->name, word->meaning);
        end(m);
    }
    begin(m, "flags");
    for (unsigned bit = 1; bit <= ONE_SAVING; bit <<= 1)
        add(m, one_flag_name((enum one_flag)bit), one_flag_meaning((enum one_flag)bit));
    end(m);
    end(m);
}

static void
print_json(const struct catalog *c)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    const struct making m = {b, c};

    json_builder_begin_object(b);
    report_add_text(b, "language", catalog_tag(c));
    add_statuses(&m);
    add_words(&m);
    add_actions(&m);
    add_rules(&m);
    add_opennebula(&m);
    json_builder_end_object(b);
    report_print(json_builder_get_root(b), true);
}

/* The same for people: statuses and actions with their texts. */
static void
print_text(const struct catalog *c)
{
    const struct status_word *word = NULL;

    while ((word = status_next(word)) != NULL) {
        char key[STATUS_TEXT_SIZE];
        g_autofree char *text = text_status(c, word->state, word->activity);
        status_text(word->state, word->activity, key);
        printf("%-28s %s\n", key, text);
    }
    for (unsigned a = 0; a < ACTION_COUNT; a++)
        printf("%-28s %s\n", action_name((enum action)a),
               catalog_text(c, action_label((enum action)a)));
}

static int
print_languages(void)
{
    g_auto(GStrv) languages = catalog_languages();

    for (char **language = languages; *language != NULL; language++)
        puts(*language);
    return cli_flush() ? EXIT_WELL : EXIT_FAILED;
}

static int
print_catalog(const char *language, bool json)
{
    g_autoptr(GError) error = NULL;
    CLEANUP(catalog_free) struct catalog *c = catalog_open(language, &error);

    if (c == NULL) {
        g_auto(GStrv) languages = catalog_languages();
        g_autofree char *list = g_strjoinv(", ", languages);
        cli_error("%s (there are %s)", error->message, list);
        return EXIT_USAGE;
    }
    if (json)
        print_json(c);
    else
        print_text(c);
    return cli_flush() ? EXIT_WELL : EXIT_FAILED;
}

int
command_catalog(int argc, char **argv)
{
    gboolean json = FALSE;
    int code;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, N_("Print all texts as JSON"), NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (!cli_options(&argc, &argv, N_("[LANGUAGE]"),
                     N_("Shows the texts of a language, such as de or de-CH: statuses, tool-tips, "
                        "actions,\nalarms, OpenNebula's words.  Without one, which languages there are."),
                     N_("Exit status: 0 done, 1 failed, 2 usage, or there is no such language."),
                     entries, &code))
        return code;
    if (argc > 2) {
        cli_error("catalog takes one language");
        return EXIT_USAGE;
    }
    if (argc < 2 && json) {
        cli_error("catalog --json takes a language, such as de");
        return EXIT_USAGE;
    }
    return argc < 2 ? print_languages() : print_catalog(argv[1], json);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync explain: words, offline; what is no word is a VM (explain-vm.c).
 */
#include "config.h"

#include "cli/explain.h"

#include "cli/cli.h"
#include "cli/find.h"
#include "cli/text.h"
#include "config/suggest.h"
#include "core/one-edge.h"
#include "core/status.h"
#include "text/text.h"

#include <stdio.h>
#include <string.h>

#define MANY 4    /* more words than these get one line each */
#define WIDTH 79  /* of a line */
#define SEPARATORS " ,/=" /* of numbers */
#define INDENT 12 /* of what stands beside a heading */

/* What a typed word stands for. */
struct found {
    GPtrArray *ones;     /* of struct one_word */
    GPtrArray *statuses; /* of struct status_word */
    unsigned flag;       /* enum one_flag; 0 = none */
};

static const struct one_word *
word_at(const struct one_place *place)
{
    return place->kind == ONE_STATE ? one_state_word(place->number) : one_lcm_word(place->number);
}

static void
add(GPtrArray *list, const void *row)
{
    if (row != NULL && !g_ptr_array_find(list, row, NULL))
        g_ptr_array_add(list, (gpointer)(gintptr)row);
}

/* --- finding ---------------------------------------------------------------------- */

static bool
parse_number(const char *text, int *out)
{
    gint64 number;

    if (!g_ascii_string_to_signed(text, 10, G_MININT32, G_MAXINT32, &number, NULL))
        return false;
    *out = (int)number;
    return true;
}

/* "16", "LCM 16", "STATE 8", "LCM_STATE=16", "3,16", "3 16", "3/16". */
static void
find_number(struct found *f, char **parts)
{
    enum one_kind kind;
    int first, second;

    if (parts[0] == NULL)
        return;
    if (parts[1] == NULL && parse_number(parts[0], &first)) {
        add(f->ones, one_state_word(first));
        add(f->ones, one_lcm_word(first));
    } else if (parts[1] != NULL && parts[2] == NULL && parse_number(parts[1], &second)) {
        if (one_kind_parse(parts[0], &kind))
            add(f->ones, kind == ONE_STATE ? one_state_word(second) : one_lcm_word(second));
        else if (parse_number(parts[0], &first))
            add(f->ones, one_word_of(first, second));
    }
}

/* "HOTPLUG_NIC", "hotplug nic", "ACTIVE/HOTPLUG_NIC hotp" as it is published, "hotp". */
static void
find_name(struct found *f, const char *word)
{
    const char *name = g_ascii_strncasecmp(word, "ACTIVE/", 7) == 0 ? word + 7 : word;
    const struct one_word *rows[MANY * 10];

    add(f->ones, one_by_name(name));
    const char *blank = strrchr(name, ' ');
    if (blank != NULL) {
        g_autofree char *before = g_strndup(name, (gsize)(blank - name));
        const struct one_word *row = one_by_name(before);
        if (row != NULL && g_ascii_strcasecmp(row->alias, blank + 1) == 0)
            add(f->ones, row);
    }
    size_t n = one_by_alias(word, rows, G_N_ELEMENTS(rows));
    for (size_t i = 0; i < MIN(n, G_N_ELEMENTS(rows)); i++)
        add(f->ones, rows[i]);
}

/* A status, or everything with this activity. */
static void
find_status(struct found *f, const char *word)
{
    enum state state;
    enum activity activity;
    const struct status_word *row = NULL;

    if (status_parse(word, &state, &activity))
        add(f->statuses, status_word(state, activity));
    while (activity_parse(word, &activity) && (row = status_next(row)) != NULL) {
        if (row->activity == activity)
            add(f->statuses, row);
    }
}

static void
find_flag(struct found *f, const char *word)
{
    for (unsigned bit = 1; bit <= ONE_SAVING; bit <<= 1) {
        if (g_ascii_strcasecmp(word, one_flag_name((enum one_flag)bit)) == 0)
            f->flag = bit;
    }
}

static void
find(struct found *f, const char *word)
{
    g_auto(GStrv) parts = g_strsplit_set(word, SEPARATORS, -1);
    guint n = 0;

    for (guint i = 0; parts[i] != NULL; i++) { /* "3, 16" has an empty part */
        if (*parts[i] == '\0')
            g_free(parts[i]);
        else
            parts[n++] = parts[i];
    }
    parts[n] = NULL;
    find_number(f, parts);
    find_name(f, word);
    find_status(f, word);
    find_flag(f, word);
}

/* --- printing --------------------------------------------------------------------- */

/* "  status    Running": a heading, then what stands beside it. */
static void
append_field(GString *out, const char *heading, const char *text)
{
    g_string_append(out, "  ");
    text_append(out, _(heading), INDENT - 3, "");
    g_string_append_printf(out, " %s\n", text);
}

static void
print_translation(GString *out, const struct one_word *word)
{
    if (word->kept) {
        append_field(out, N_("status"), _("the one before is kept, and stale"));
    } else if (word->no_entry) {
        append_field(out, N_("status"), _("none: there should be no entry any more"));
    } else if (word->state != STATE_NONE) {
        g_autofree char *status = text_status(text_catalog(), word->state, word->activity);
        append_field(out, N_("status"), status);
    }
    for (unsigned bit = 1; bit <= ONE_SAVING; bit <<= 1) {
        if (word->flags & bit)
            append_field(out, one_flag_name((enum one_flag)bit),
                         _(one_flag_meaning((enum one_flag)bit)));
    }
}

/* A list of neighbours: each once, with all reasons, in lines of a terminal's width. */
struct neighbours {
    GString *out;
    const char *heading;
    GPtrArray *names;
    GPtrArray *reasons; /* of GString, one for each name */
};

static void
reasons_free(gpointer data)
{
    g_string_free(data, TRUE);
}

static struct neighbours
neighbours_begin(GString *out, const char *heading)
{
    return (struct neighbours){out, heading, g_ptr_array_new_with_free_func(g_free),
                               g_ptr_array_new_with_free_func(reasons_free)};
}

static void
neighbours_add(struct neighbours *n, const char *name, const char *reason)
{
    guint at = n->names->len;

    for (guint i = 0; i < n->names->len; i++) {
        if (strcmp(g_ptr_array_index(n->names, i), name) == 0)
            at = i;
    }
    if (at == n->names->len) {
        g_ptr_array_add(n->names, g_strdup(name));
        g_ptr_array_add(n->reasons, g_string_new(reason));
    } else {
        g_string_append_printf(g_ptr_array_index(n->reasons, at), ", %s", reason);
    }
}

static void
neighbours_end(struct neighbours *n)
{
    gsize column = 0;

    for (guint i = 0; i < n->names->len; i++) {
        const char *name = g_ptr_array_index(n->names, i);
        GString *reasons = g_ptr_array_index(n->reasons, i);
        gsize len = text_width(name) + text_width(reasons->str) + 3; /* " (" and ")" */
        if (i == 0) {
            g_string_append(n->out, "  ");
            text_append(n->out, _(n->heading), INDENT - 3, "");
            g_string_append_c(n->out, ' ');
            column = INDENT;
        } else if (column + 2 + len > WIDTH) {
            g_string_append_printf(n->out, ";\n%*s", INDENT, "");
            column = INDENT;
        } else {
            g_string_append(n->out, "; ");
            column += 2;
        }
        g_string_append_printf(n->out, "%s (%s)", name, reasons->str);
        column += len;
    }
    if (n->names->len > 0)
        g_string_append_c(n->out, '\n');
    g_ptr_array_unref(n->names);
    g_ptr_array_unref(n->reasons);
}

static void
print_edges(GString *out, const struct one_word *word, bool forward)
{
    size_t n;
    const struct one_edge *edges = one_edges(&n);
    struct neighbours list = neighbours_begin(out, forward ? N_("then") : N_("after"));

    for (size_t i = 0; i < n; i++) {
        if (!(forward ? one_edge_from(&edges[i], word) : one_edge_to(&edges[i], word)))
            continue;
        const struct one_word *other = word_at(forward ? &edges[i].to : &edges[i].from);
        g_autofree char *monitor = edges[i].way == ONE_SEEN
                                       ? g_strdup_printf(_("monitor: %s"), _(edges[i].by))
                                       : NULL;
        neighbours_add(&list, other != NULL ? other->name : _("whatever goes on"),
                       monitor != NULL             ? monitor
                       : edges[i].by[0] != '\0' ? _(edges[i].by)
                                                   : _(one_way_name(edges[i].way)));
    }
    neighbours_end(&list);
}

static void
print_one(GString *out, const struct one_word *word)
{
    g_string_append_printf(out, "%s %d %s (%s", one_kind_name(word->kind), word->number,
                           word->name, word->alias);
    if (word->alias_also != NULL)
        g_string_append_printf(out, _(", for its clients %s"), word->alias_also);
    g_string_append_printf(out, _("), %s, since %s"), _(one_class_name(word->class)), word->since);
    if (word->last != NULL)
        g_string_append_printf(out, _(", last used in %s"), word->last);
    g_string_append_printf(out, "\n  %s\n", _(word->meaning));
    print_translation(out, word);
    print_edges(out, word, false);
    print_edges(out, word, true);
}

static void
print_short(GString *out, const struct one_word *word)
{
    g_string_append_printf(out, "%-5s %2d %s: %s\n", one_kind_name(word->kind), word->number,
                           word->name, _(word->meaning));
}

static void
print_status_edges(GString *out, const struct status_word *word, bool forward)
{
    size_t n;
    const struct status_edge *edges = status_edges(&n);
    struct neighbours list = neighbours_begin(out, forward ? N_("then") : N_("after"));

    for (size_t i = 0; i < n; i++) {
        const struct status_edge *e = &edges[i];

        if (!(forward ? e->from == word->state && e->from_activity == word->activity
                      : e->to == word->state && e->to_activity == word->activity))
            continue;
        enum state state = forward ? e->to : e->from;
        g_autofree char *text = text_status(text_catalog(), state,
                                            forward ? e->to_activity : e->from_activity);
        neighbours_add(&list, state != STATE_NONE ? text : _("no entry"), _(e->by));
    }
    neighbours_end(&list);
}

static void
print_status(GString *out, const struct status_word *word)
{
    struct one_state one = one_of_status(word->state, word->activity, true);
    struct one_state homeless = one_of_status(word->state, word->activity, false);
    g_autofree char *text = text_status(text_catalog(), word->state, word->activity);

    g_string_append_printf(out,
                           word->vm && word->template
                               ? _("%s: a status of virtual machines and templates, %s\n  %s\n")
                           : word->vm ? _("%s: a status of virtual machines, %s\n  %s\n")
                                      : _("%s: a status of templates, %s\n  %s\n"),
                           text, _(one_class_name(word->class)), _(word->meaning));
    g_string_append_printf(out, "  OpenNebula %d,%d %s", one.state, one.lcm, one.name);
    if (homeless.state != one.state)
        g_string_append_printf(out, _("; without a node %d,%d %s"), homeless.state, homeless.lcm,
                               homeless.name);
    g_string_append_c(out, '\n');
    print_status_edges(out, word, false);
    print_status_edges(out, word, true);
}

static void
print_flag(GString *out, enum one_flag flag)
{
    g_string_append_printf(out, _("%s: a flag beside OpenNebula's words\n  %s\n"),
                           one_flag_name(flag), _(one_flag_meaning(flag)));
    for (unsigned kind = 0; kind < ONE_KIND_COUNT; kind++) {
        const struct one_word *word = NULL;
        while ((word = one_next((enum one_kind)kind, word)) != NULL) {
            if (word->flags & flag)
                print_short(out, word);
        }
    }
}

static void
print_found(GString *out, const struct found *f)
{
    const char *gap = "";

    for (guint i = 0; i < f->statuses->len; i++) {
        g_string_append(out, gap);
        print_status(out, g_ptr_array_index(f->statuses, i));
        gap = "\n";
    }
    if (f->ones->len > MANY)
        g_string_append(out, gap);
    for (guint i = 0; i < f->ones->len; i++) {
        if (f->ones->len > MANY) {
            print_short(out, g_ptr_array_index(f->ones, i));
            continue;
        }
        g_string_append(out, gap);
        print_one(out, g_ptr_array_index(f->ones, i));
        gap = "\n";
    }
    if (f->flag != 0)
        print_flag(out, (enum one_flag)f->flag);
}

bool
explain_word(const char *word, GString *out)
{
    g_autoptr(GPtrArray) ones = g_ptr_array_new();
    g_autoptr(GPtrArray) statuses = g_ptr_array_new();
    g_autofree char *text = g_strstrip(g_strdup(word));
    struct found f = {ones, statuses, 0};

    find(&f, text);
    print_found(out, &f);
    return ones->len > 0 || statuses->len > 0 || f.flag != 0;
}

const char *
explain_near(const char *word)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    const struct status_word *status = NULL;

    for (unsigned kind = 0; kind < ONE_KIND_COUNT; kind++) {
        const struct one_word *row = NULL;
        while ((row = one_next((enum one_kind)kind, row)) != NULL) {
            add(words, row->name);
            add(words, row->alias);
        }
    }
    while ((status = status_next(status)) != NULL) {
        if (status->activity == ACTIVITY_NONE)
            add(words, state_name(status->state));
        else
            add(words, activity_name(status->activity));
    }
    for (unsigned bit = 1; bit <= ONE_SAVING; bit <<= 1)
        add(words, one_flag_name((enum one_flag)bit));
    return suggest_word(word, (const char *const *)words->pdata, words->len);
}

/* --- the command ------------------------------------------------------------------- */

/* One number or two, with or without what they are numbers of; "unkn?72". */
static bool
is_number(const char *word)
{
    g_auto(GStrv) parts = g_strsplit_set(word, SEPARATORS, -1);
    enum one_kind kind;
    guint n = 0;

    for (guint i = 0; parts[i] != NULL; i++) {
        const char *text = g_ascii_strncasecmp(parts[i], "unkn?", 5) == 0 ? parts[i] + 5 : parts[i];

        if (*text == '\0' || (n == 0 && one_kind_parse(text, &kind)))
            continue;
        if (strspn(text + (*text == '-'), "0123456789") != strlen(text + (*text == '-')))
            return false;
        n++;
    }
    return n > 0 && n < 3;
}

static int
unknown_word(const char *word)
{
    bool number = is_number(word);
    const char *near = number ? NULL : explain_near(word);

    if (near != NULL)
        cli_error("there is no word \"%s\": did you mean %s?", word, near);
    else if (number)
        cli_error("\"%s\": no such number in this version; a machine that has it keeps its status, "
                  "marked as stale",
                  word);
    else
        cli_error("there is no word \"%s\" (statesync states shows all)", word);
    return EXIT_USAGE;
}

/* "LCM -1", which is no option. */
static bool
has_negative(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (argv[i][0] == '-' && g_ascii_isdigit(argv[i][1]))
            return true;
    return false;
}

/* What is no word may be a VM, where there is a directory to ask. */
static bool
may_be_vm(const struct explain_options *o, const char *word)
{
    if (*word == '\0' || (is_number(word) && strlen(word) < FIND_PREFIX_MIN))
        return false;
    return o->config != NULL || g_file_test(CONFIG_DEFAULT_PATH, G_FILE_TEST_EXISTS);
}

static int
explain_as_vm(struct explain_options *o, const char *name, bool word)
{
    g_autoptr(GError) error = NULL;
    int code = explain_vm(o, name, &error);

    if (error == NULL)
        return code;
    g_autoptr(GError) whole = NULL;
    const char *near = word ? explain_near(name) : NULL;
    if (near != NULL)
        g_set_error(&whole, error->domain, error->code,
                    "there is no word \"%s\" (did you mean %s?), and as a VM: %s", name, near,
                    error->message);
    else if (word)
        g_set_error(&whole, error->domain, error->code, "there is no word \"%s\", and as a VM: %s",
                    name, error->message);
    (void)finder_failed(whole != NULL ? whole : error);
    return code;
}

static int
explain_any(struct explain_options *o, int argc, char **argv)
{
    g_autofree char *name = g_strjoinv(" ", argv + 1);
    g_autoptr(GString) text = g_string_new(NULL);
    bool vm = o->vm || o->json || o->state_file != NULL;

    if (argc < 2) {
        cli_error("explain which word or VM? (see statesync explain --help)");
        return EXIT_USAGE;
    }
    if (vm)
        return explain_as_vm(o, name, false);
    if (!explain_word(name, text))
        return may_be_vm(o, name) ? explain_as_vm(o, name, true) : unknown_word(name);
    fputs(text->str, stdout);
    return cli_flush() ? EXIT_WELL : EXIT_FAILED;
}

int
command_explain(int argc, char **argv)
{
    struct explain_options o = {0};
    int code;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &o.config, N_("Configuration file"), N_("FILE")},
        {"vm", 0, 0, G_OPTION_ARG_NONE, &o.vm, N_("A VM is meant, whatever it is called"), NULL},
        {"state-file", 0, 0, G_OPTION_ARG_FILENAME, &o.state_file,
         N_("Use this state file instead of the configured one"), N_("FILE")},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o.json, N_("Print JSON, of a VM"), NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };

    if (has_negative(argc, argv)
        || cli_options(&argc, &argv, N_("WORD...|VM"),
                       N_("Explains a state, stoney's or OpenNebula's, by number, name or alias:\n"
                       "LCM 16, HOTPLUG_NIC, fail, \"Running, streaming\".  Or why a virtual machine\n"
                       "or template has its status: UUID or its beginning, DN or display name."),
                       N_("Of a VM it prints every input with its age, every rule with why it matches or\n"
                       "not, the verdict, and what would be written; nothing is.\n"
                       "Exit status: 0 done; 1 failed; 2 usage, configuration, no such word or VM;\n"
                       "3 done, but the status of the VM is stale; 5 the directory cannot be used."),
                       entries, &code))
        code = explain_any(&o, argc, argv);
    g_free(o.config);
    g_free(o.state_file);
    return code;
}

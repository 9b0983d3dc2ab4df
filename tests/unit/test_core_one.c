/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenNebula's words: the reference page typed in line by line, all facts of
 * tests/data/opennebula/states.tsv, and numbers nobody knows.
 */
#include "config.h"

#include "rows.h"

#include "core/one.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The rows of the reference page: number, name, alias. */
static const struct page_row {
    enum one_kind kind;
    int number;
    const char *name;
    const char *alias;
} page[] = {
    {ONE_STATE, 0, "INIT", "init"}, {ONE_STATE, 1, "PENDING", "pend"},
    {ONE_STATE, 2, "HOLD", "hold"}, {ONE_STATE, 3, "ACTIVE", "actv"},
    {ONE_STATE, 4, "STOPPED", "stop"}, {ONE_STATE, 5, "SUSPENDED", "susp"},
    {ONE_STATE, 6, "DONE", "done"}, {ONE_STATE, 8, "POWEROFF", "poff"},
    {ONE_STATE, 9, "UNDEPLOYED", "unde"}, {ONE_STATE, 10, "CLONING", "clon"},
    {ONE_STATE, 11, "CLONING_FAILURE", "fail"}, {ONE_LCM, 0, "LCM_INIT", "init"},
    {ONE_LCM, 1, "PROLOG", "prol"}, {ONE_LCM, 2, "BOOT", "boot"}, {ONE_LCM, 3, "RUNNING", "runn"},
    {ONE_LCM, 4, "MIGRATE", "migr"}, {ONE_LCM, 5, "SAVE_STOP", "save"},
    {ONE_LCM, 6, "SAVE_SUSPEND", "save"}, {ONE_LCM, 7, "SAVE_MIGRATE", "save"},
    {ONE_LCM, 8, "PROLOG_MIGRATE", "migr"}, {ONE_LCM, 9, "PROLOG_RESUME", "prol"},
    {ONE_LCM, 10, "EPILOG_STOP", "epil"}, {ONE_LCM, 11, "EPILOG", "epil"},
    {ONE_LCM, 12, "SHUTDOWN", "shut"}, {ONE_LCM, 15, "CLEANUP_RESUBMIT", "clea"},
    {ONE_LCM, 16, "UNKNOWN", "unkn"}, {ONE_LCM, 17, "HOTPLUG", "hotp"},
    {ONE_LCM, 18, "SHUTDOWN_POWEROFF", "shut"}, {ONE_LCM, 19, "BOOT_UNKNOWN", "boot"},
    {ONE_LCM, 20, "BOOT_POWEROFF", "boot"}, {ONE_LCM, 21, "BOOT_SUSPENDED", "boot"},
    {ONE_LCM, 22, "BOOT_STOPPED", "boot"}, {ONE_LCM, 23, "CLEANUP_DELETE", "clea"},
    {ONE_LCM, 24, "HOTPLUG_SNAPSHOT", "snap"}, {ONE_LCM, 25, "HOTPLUG_NIC", "hotp"},
    {ONE_LCM, 26, "HOTPLUG_SAVEAS", "hotp"}, {ONE_LCM, 27, "HOTPLUG_SAVEAS_POWEROFF", "hotp"},
    {ONE_LCM, 28, "HOTPLUG_SAVEAS_SUSPENDED", "hotp"}, {ONE_LCM, 29, "SHUTDOWN_UNDEPLOY", "shut"},
    {ONE_LCM, 30, "EPILOG_UNDEPLOY", "epil"}, {ONE_LCM, 31, "PROLOG_UNDEPLOY", "prol"},
    {ONE_LCM, 32, "BOOT_UNDEPLOY", "boot"}, {ONE_LCM, 33, "HOTPLUG_PROLOG_POWEROFF", "hotp"},
    {ONE_LCM, 34, "HOTPLUG_EPILOG_POWEROFF", "hotp"}, {ONE_LCM, 35, "BOOT_MIGRATE", "boot"},
    {ONE_LCM, 36, "BOOT_FAILURE", "fail"}, {ONE_LCM, 37, "BOOT_MIGRATE_FAILURE", "fail"},
    {ONE_LCM, 38, "PROLOG_MIGRATE_FAILURE", "fail"}, {ONE_LCM, 39, "PROLOG_FAILURE", "fail"},
    {ONE_LCM, 40, "EPILOG_FAILURE", "fail"}, {ONE_LCM, 41, "EPILOG_STOP_FAILURE", "fail"},
    {ONE_LCM, 42, "EPILOG_UNDEPLOY_FAILURE", "fail"},
    {ONE_LCM, 43, "PROLOG_MIGRATE_POWEROFF", "migr"},
    {ONE_LCM, 44, "PROLOG_MIGRATE_POWEROFF_FAILURE", "fail"},
    {ONE_LCM, 45, "PROLOG_MIGRATE_SUSPEND", "migr"},
    {ONE_LCM, 46, "PROLOG_MIGRATE_SUSPEND_FAILURE", "fail"},
    {ONE_LCM, 47, "BOOT_UNDEPLOY_FAILURE", "fail"}, {ONE_LCM, 48, "BOOT_STOPPED_FAILURE", "fail"},
    {ONE_LCM, 49, "PROLOG_RESUME_FAILURE", "fail"},
    {ONE_LCM, 50, "PROLOG_UNDEPLOY_FAILURE", "fail"},
    {ONE_LCM, 51, "DISK_SNAPSHOT_POWEROFF", "snap"},
    {ONE_LCM, 52, "DISK_SNAPSHOT_REVERT_POWEROFF", "snap"},
    {ONE_LCM, 53, "DISK_SNAPSHOT_DELETE_POWEROFF", "snap"},
    {ONE_LCM, 54, "DISK_SNAPSHOT_SUSPENDED", "snap"},
    {ONE_LCM, 55, "DISK_SNAPSHOT_REVERT_SUSPENDED", "snap"},
    {ONE_LCM, 56, "DISK_SNAPSHOT_DELETE_SUSPENDED", "snap"},
    {ONE_LCM, 57, "DISK_SNAPSHOT", "snap"}, {ONE_LCM, 59, "DISK_SNAPSHOT_DELETE", "snap"},
    {ONE_LCM, 60, "PROLOG_MIGRATE_UNKNOWN", "migr"},
    {ONE_LCM, 61, "PROLOG_MIGRATE_UNKNOWN_FAILURE", "fail"}, {ONE_LCM, 62, "DISK_RESIZE", "dsrz"},
    {ONE_LCM, 63, "DISK_RESIZE_POWEROFF", "dsrz"},
    {ONE_LCM, 64, "DISK_RESIZE_UNDEPLOYED", "dsrz"},
    {ONE_LCM, 65, "HOTPLUG_NIC_POWEROFF", "hotp"}, {ONE_LCM, 66, "HOTPLUG_RESIZE", "hotp"},
    {ONE_LCM, 67, "HOTPLUG_SAVEAS_UNDEPLOYED", "hotp"},
    {ONE_LCM, 68, "HOTPLUG_SAVEAS_STOPPED", "hotp"}, {ONE_LCM, 69, "BACKUP", "back"},
    {ONE_LCM, 70, "BACKUP_POWEROFF", "back"},
};

static const struct one_word *
word_of(enum one_kind kind, int number)
{
    return kind == ONE_STATE ? one_state_word(number) : one_lcm_word(number);
}

static bool
alias_has(const char *alias, const struct one_word *word)
{
    const struct one_word *rows[84];
    size_t n = one_by_alias(alias, rows, G_N_ELEMENTS(rows));

    assert_true(n <= G_N_ELEMENTS(rows));
    for (size_t i = 0; i < n; i++) {
        if (rows[i] == word)
            return true;
    }
    return false;
}

static void
test_page(void **state)
{
    const struct page_row *row = *state;
    const struct one_word *word = word_of(row->kind, row->number);

    assert_non_null(word);
    assert_int_equal(word->kind, row->kind);
    assert_int_equal(word->number, row->number);
    assert_string_equal(word->name, row->name);
    assert_string_equal(word->alias, row->alias);
    assert_true(word->on_page);
    assert_ptr_equal(one_by_name(row->name), word);
    assert_true(alias_has(row->alias, word));
}

/* One line of states.tsv. */
enum { KIND, NUMBER, NAME, ALIAS, SINCE, LAST, PAGE, STATUS, FLAGS, COLUMNS };

static char *
status_text(const struct one_meaning *m)
{
    if (m->no_entry)
        return g_strdup("(no entry)");
    if (m->kept)
        return g_strdup("(kept, stale)");
    if (m->activity == ACTIVITY_NONE)
        return g_strdup(state_name(m->state));
    return g_strdup_printf("%s, %s", state_name(m->state), activity_name(m->activity));
}

static void
test_facts(void **state)
{
    char **cells = *state;
    enum one_kind kind;
    char flags[ONE_FLAGS_TEXT_SIZE];

    assert_true(one_kind_parse(cells[KIND], &kind));
    const struct one_word *word = word_of(kind, atoi(cells[NUMBER]));
    assert_non_null(word);
    assert_string_equal(word->name, cells[NAME]);
    assert_string_equal(word->alias, cells[ALIAS]);
    assert_string_equal(word->since, cells[SINCE]);
    assert_string_equal(word->last != NULL ? word->last : "-", cells[LAST]);
    assert_int_equal(word->on_page, strcmp(cells[PAGE], "yes") == 0);
    assert_true(word->meaning[0] != '\0' && g_str_has_suffix(word->meaning, "."));

    /* a failure is what carries the flag fault */
    assert_int_equal(word->class == ONE_FAILURE, (word->flags & ONE_FAULT) != 0);
    one_flags_text(word->flags, flags);
    g_strdelimit(cells[FLAGS], ",", ' ');
    assert_string_equal(*flags != '\0' ? flags : "-", cells[FLAGS]);
    if (kind == ONE_STATE && word->number == ONE_ACTIVE)
        return; /* what it means its second number says */

    struct one_meaning m = kind == ONE_STATE ? one_meaning(word->number, 0, 0)
                                             : one_meaning(ONE_ACTIVE, word->number, 0);
    g_autofree char *text = status_text(&m);
    assert_true(m.known);
    assert_string_equal(text, cells[STATUS]);
    assert_int_equal(m.flags, word->flags);
    assert_int_equal(m.state == STATE_NONE, m.kept || m.no_entry);
    if (kind == ONE_LCM)
        return;
    for (int lcm = -1; lcm < 74; lcm++) { /* a left-over second number says nothing */
        struct one_meaning same = one_meaning(word->number, lcm, 0);
        assert_int_equal(same.state, m.state);
        assert_int_equal(same.activity, m.activity);
        assert_int_equal(same.flags, m.flags);
    }
}

/* Both enumerations, in order, and nothing beside them. */
static void
test_all(void **state)
{
    static const int numbers[] = {12, 72};

    (void)state;
    for (unsigned kind = 0; kind < ONE_KIND_COUNT; kind++) {
        const struct one_word *row = NULL;
        int number = 0;
        while ((row = one_next((enum one_kind)kind, row)) != NULL) {
            assert_int_equal(row->number, number);
            assert_int_equal(row->kind, kind);
            number++;
        }
        assert_int_equal(number, numbers[kind]);
    }
    assert_int_equal(G_N_ELEMENTS(page), 79);
}

static const struct stranger {
    int state;
    int lcm;
    const char *name;
} strangers[] = {
    {12, 0, "unkn?12"},         {999, 3, "unkn?999"},      {-1, 0, "unkn?-1"},
    {3, 72, "unkn?72"},         {3, 999, "unkn?999"},      {3, -1, "unkn?-1"},
    {INT_MAX, 0, "unkn?2147483647"}, {3, INT_MIN, "unkn?-2147483648"},
};

static void
test_stranger(void **state)
{
    const struct stranger *row = *state;
    char text[ONE_NAME_SIZE];
    struct one_meaning m = one_meaning(row->state, row->lcm, 0);

    assert_null(one_word_of(row->state, row->lcm));
    assert_false(m.known);
    assert_true(m.kept);
    assert_false(m.no_entry);
    assert_int_equal(m.state, STATE_NONE);
    assert_int_equal(m.flags, ONE_BUSY);
    assert_int_equal(one_name(row->state, row->lcm, text, sizeof(text)), strlen(row->name));
    assert_string_equal(text, row->name);
    assert_int_equal(one_alias(row->state, row->lcm, text, sizeof(text)), strlen(row->name));
    assert_string_equal(text, row->name);
}

static const struct named {
    int state;
    int lcm;
    const char *name;
    const char *alias;
} named[] = {
    {3, 3, "ACTIVE/RUNNING runn", "runn"},      {8, 0, "POWEROFF poff", "poff"},
    {8, 3, "POWEROFF poff", "poff"},            {8, 999, "POWEROFF poff", "poff"},
    {3, 0, "ACTIVE/LCM_INIT init", "init"},     {3, 62, "ACTIVE/DISK_RESIZE dsrz", "dsrz"},
    {6, 0, "DONE done", "done"},                {7, 0, "FAILED fail", "fail"},
    {3, 58, "ACTIVE/DISK_SNAPSHOT_REVERT snap", "snap"},
    {3, 44, "ACTIVE/PROLOG_MIGRATE_POWEROFF_FAILURE fail", "fail"},
};

static void
test_name(void **state)
{
    const struct named *row = *state;
    char text[ONE_NAME_SIZE];
    char few[8];

    assert_int_equal(one_name(row->state, row->lcm, text, sizeof(text)), strlen(row->name));
    assert_string_equal(text, row->name);
    assert_int_equal(one_alias(row->state, row->lcm, text, sizeof(text)), strlen(row->alias));
    assert_string_equal(text, row->alias);
    /* like snprintf: cut, ended, and the whole length told */
    assert_int_equal(one_name(row->state, row->lcm, few, sizeof(few)), strlen(row->name));
    assert_int_equal(strlen(few), 7);
    assert_true(g_str_has_prefix(row->name, few));
}

/* Soft and hard: the pair, the action, and whether it powers off. */
static const struct hard {
    int lcm;
    int action;
    enum state state;
} actions[] = {
    {12, 0, STATE_SHUTTING_DOWN},  {12, 3, STATE_SHUTTING_DOWN},  {12, 27, STATE_SHUTTING_DOWN},
    {12, 4, STATE_POWERING_OFF},   {12, 28, STATE_POWERING_OFF},  {18, 19, STATE_SHUTTING_DOWN},
    {18, 20, STATE_POWERING_OFF},  {18, 44, STATE_SHUTTING_DOWN}, {29, 5, STATE_SHUTTING_DOWN},
    {29, 6, STATE_POWERING_OFF},   {29, -1, STATE_SHUTTING_DOWN}, {18, 99999, STATE_SHUTTING_DOWN},
    {3, 20, STATE_RUNNING},        {5, 20, STATE_SHUTTING_DOWN},  {20, 20, STATE_STARTING},
    {11, 28, STATE_DELETING},      {16, 20, STATE_NONE},          {13, 0, STATE_POWERING_OFF},
};

static void
test_action(void **state)
{
    const struct hard *row = *state;
    struct one_meaning m = one_meaning(ONE_ACTIVE, row->lcm, row->action);

    assert_int_equal(m.state, row->state);
    assert_int_equal(m.activity, ACTIVITY_NONE);
    assert_int_equal(m.flags, one_lcm_word(row->lcm)->flags);
}

/* An alias filters: how many rows it stands for. */
static const struct many {
    const char *alias;
    size_t rows;
} many[] = {
    {"fail", 17}, {"hotp", 11}, {"snap", 10}, {"boot", 7}, {"migr", 5}, {"save", 3},
    {"dsrz", 3},  {"drsz", 3},  {"DRSZ", 3},  {"Fail", 17}, {"actv", 1}, {"init", 2},
    {"rest", 1},  {"unkn", 1},  {"", 0},      {"nope", 0},  {"fai", 0},  {"fails", 0},
};

static void
test_alias(void **state)
{
    const struct many *row = *state;
    const struct one_word *few[2] = {NULL, NULL};

    assert_int_equal(one_by_alias(row->alias, NULL, 0), row->rows);
    assert_int_equal(one_by_alias(row->alias, few, 1), row->rows);
    assert_int_equal(few[0] != NULL, row->rows > 0);
    assert_null(few[1]); /* no more is written than there is room for */
}

static const struct spelling {
    const char *typed;
    const char *name; /* NULL: nobody's */
} spellings[] = {
    {"hotplug_nic", "HOTPLUG_NIC"}, {"Hotplug Nic", "HOTPLUG_NIC"}, {"hotplug-nic", "HOTPLUG_NIC"},
    {"running", "RUNNING"},         {"lcm_init", "LCM_INIT"},       {"FAILED", "FAILED"},
    {"", NULL},                     {"HOTPLUG_NI", NULL},           {"HOTPLUG_NICS", NULL},
    {"HOTPLUG__NIC", NULL},         {"\xc3\xbc", NULL},             {"ACTIVE/RUNNING", NULL},
};

static void
test_spelling(void **state)
{
    const struct spelling *row = *state;
    const struct one_word *word = one_by_name(row->typed);

    assert_int_equal(word != NULL, row->name != NULL);
    if (word != NULL)
        assert_string_equal(word->name, row->name);
}

/* Each name is its row's alone, each sentence too. */
static void
test_unique(void **state)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    (void)state;
    for (unsigned kind = 0; kind < ONE_KIND_COUNT; kind++) {
        const struct one_word *row = NULL;
        while ((row = one_next((enum one_kind)kind, row)) != NULL) {
            assert_true(g_hash_table_add(seen, (gpointer)(gintptr)row->name));
            assert_true(g_hash_table_add(seen, (gpointer)(gintptr)row->meaning));
            assert_ptr_equal(one_by_name(row->name), row);
        }
    }
}

static void
test_words(void **state)
{
    char text[ONE_FLAGS_TEXT_SIZE];
    enum one_kind kind = ONE_STATE;

    (void)state;
    assert_string_equal(one_class_name(ONE_QUEUED), "queued");
    assert_string_equal(one_class_name(ONE_TRANSIENT), "transient");
    assert_string_equal(one_class_name(ONE_STABLE), "stable");
    assert_string_equal(one_class_name(ONE_FAILURE), "failure");
    assert_string_equal(one_class_name(ONE_FINAL), "final");
    assert_string_equal(one_class_name((enum one_class)99), "?");
    assert_string_equal(one_kind_name(ONE_STATE), "STATE");
    assert_string_equal(one_kind_name(ONE_LCM), "LCM");
    assert_string_equal(one_kind_name((enum one_kind)99), "?");
    assert_true(one_kind_parse("lcm_state", &kind));
    assert_int_equal(kind, ONE_LCM);
    assert_false(one_kind_parse("HOST", &kind));
    assert_int_equal(kind, ONE_LCM);
    assert_string_equal(one_flag_name(ONE_SAVED_RAM), "saved-ram");
    assert_string_equal(one_flag_name((enum one_flag)64), "?");
    for (unsigned bit = 1; bit <= ONE_SAVING; bit <<= 1)
        assert_true(strlen(one_flag_meaning((enum one_flag)bit)) > 10);
    assert_string_equal(one_flag_meaning((enum one_flag)64), "");
    assert_int_equal(one_flags_text(0, text), 0);
    assert_string_equal(text, "");
    size_t len = one_flags_text(~0u, text);
    assert_int_equal(len, strlen(text));
    assert_string_equal(text, "busy fault saved-ram queued no-percent saving");
}

/* The facts; rows keep pointing into them. */
static GPtrArray *
read_facts(void)
{
    g_autofree char *path = harness_src_path("tests/data/opennebula/states.tsv");
    g_autofree char *text = NULL;
    GPtrArray *facts = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return facts;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines + 1; *line != NULL && **line != '\0'; line++)
        g_ptr_array_add(facts, g_strsplit(*line, "\t", COLUMNS));
    return facts;
}

static void
test_facts_count(void **state)
{
    const GPtrArray *facts = *state;

    assert_int_equal(facts->len, 84);
}

int
main(void)
{
    g_autoptr(GPtrArray) facts = read_facts();

    ROWS_TABLE(test_page, page, "%s %d is %s", one_kind_name(row->kind), row->number, row->name);
    rows_add(test_facts_count, facts, "84 facts");
    for (guint i = 0; i < facts->len; i++) {
        char **cells = g_ptr_array_index(facts, i);
        rows_add(test_facts, cells, "%s %s means %s", cells[KIND], cells[NAME], cells[STATUS]);
    }
    rows_add(test_all, NULL, "12 and 72 rows, by number");
    rows_add(test_unique, NULL, "no two rows say the same");
    rows_add(test_words, NULL, "classes, kinds and flags");
    ROWS_TABLE(test_stranger, strangers, "nobody knows %d,%d", row->state, row->lcm);
    ROWS_TABLE(test_name, named, "%d,%d is written %s", row->state, row->lcm, row->name);
    ROWS_TABLE(test_action, actions, "LCM %d with action %d", row->lcm, row->action);
    ROWS_TABLE(test_alias, many, "\"%s\" stands for %zu rows", row->alias, row->rows);
    ROWS_TABLE(test_spelling, spellings, "typed \"%s\"", row->typed);
    return rows_run("OpenNebula words");
}

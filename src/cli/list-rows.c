/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/list.h"

#include "cli/cli.h"
#include "core/actions.h"
#include "core/one.h"
#include "engine/engine.h"
#include "engine/timestamp.h"

#include <string.h>

/* --- which words ------------------------------------------------------------------- */

bool
list_words_parse(const char *word, enum list_words *out)
{
    static const char *const names[LIST_WORDS_COUNT] = {
#define LIST_WORDS_NAME(id, name) [id] = name,
        LIST_WORDS_LIST(LIST_WORDS_NAME)
#undef LIST_WORDS_NAME
    };

    for (unsigned i = 0; i < LIST_WORDS_COUNT; i++) {
        if (g_ascii_strcasecmp(word, names[i]) == 0) {
            *out = (enum list_words)i;
            return true;
        }
    }
    return false;
}

static bool
is_one_state(const char *word, const struct published *p)
{
    const struct one_word *own = one_word_of(p->one_state, p->one_lcm);
    const struct one_word *rows[32];

    if (own == NULL)
        return false;
    if (one_by_name(word) == own)
        return true;
    size_t n = MIN(one_by_alias(word, rows, G_N_ELEMENTS(rows)), G_N_ELEMENTS(rows));
    for (size_t i = 0; i < n; i++) {
        if (rows[i] == own)
            return true;
    }
    return false;
}

static bool
is_state(const char *word, const struct published *p)
{
    enum state state;

    if (state_parse(word, &state) && p->known && state == (enum state)p->state)
        return true;
    return p->text != NULL && g_ascii_strcasecmp(word, p->text) == 0;
}

bool
list_has_state(char **wanted, enum list_words words, const struct published *p)
{
    for (; *wanted != NULL; wanted++) {
        if (g_ascii_strcasecmp(*wanted, "none") == 0) {
            if (!p->known)
                return true;
        } else if (words == LIST_OPENNEBULA ? is_one_state(*wanted, p) : is_state(*wanted, p)) {
            return true;
        }
    }
    return false;
}

bool
list_knows_state(const char *word, enum list_words words)
{
    g_autofree char *begin = g_strndup(word, strcspn(word, ","));
    enum state state;

    if (g_ascii_strcasecmp(word, "none") == 0)
        return true;
    if (words == LIST_OPENNEBULA)
        return one_by_name(word) != NULL || one_by_alias(word, NULL, 0) > 0;
    return state_parse(begin, &state);
}

/* --- values no pass reads -------------------------------------------------------------- */

enum more { MORE_USER, MORE_GROUP, MORE_CPU, MORE_MEMORY, MORE_CREATED, MORE_COUNT };

static const char *const more_names[MORE_COUNT + 1] = {
    [MORE_USER] = "sstBelongsToCustomerUID",
    [MORE_GROUP] = "sstBelongsToResellerUID",
    [MORE_CPU] = "sstVCPU",
    [MORE_MEMORY] = "sstMemory",
    [MORE_CREATED] = "createTimestamp",
};

#define MORE_LEN_MAX 256 /* of a value; nothing longer is shown */

struct list_more {
    GHashTable *values; /* DN to char *[MORE_COUNT] */
};

static void
values_free(gpointer data)
{
    char **values = data;

    for (unsigned i = 0; i < MORE_COUNT; i++)
        g_free(values[i]);
    g_free(values);
}

struct list_more *
list_more_new(void)
{
    struct list_more *m = g_new0(struct list_more, 1);

    m->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, values_free);
    return m;
}

void
list_more_free(struct list_more *m)
{
    if (m == NULL)
        return;
    g_hash_table_unref(m->values);
    g_free(m);
}

const char *const *
list_more_names(enum list_words words)
{
    return words == LIST_OPENNEBULA ? more_names : NULL;
}

void
list_more_value(const char *dn, const char *attribute, const char *value, size_t len, void *data)
{
    struct list_more *m = data;

    for (unsigned i = 0; i < MORE_COUNT; i++) {
        if (g_ascii_strcasecmp(attribute, more_names[i]) != 0)
            continue;
        char **values = g_hash_table_lookup(m->values, dn);
        if (values == NULL) {
            values = g_new0(char *, MORE_COUNT);
            g_hash_table_insert(m->values, g_strdup(dn), values);
        }
        if (values[i] == NULL) /* of several the first */
            values[i] = g_utf8_make_valid(value, (gssize)MIN(len, (size_t)MORE_LEN_MAX));
        return;
    }
}

/* --- rows in our words ------------------------------------------------------------------ */

/* stoney's pages call the power-off of a template "destroy". */
static char *
actions_text(unsigned actions, bool destroy)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (unsigned a = 0; a < ACTION_COUNT; a++) {
        if (actions & ACTION_BIT(a))
            g_ptr_array_add(names, (gpointer)(gintptr)(destroy && a == ACTION_POWER_OFF
                                                           ? "destroy"
                                                           : action_name((enum action)a)));
    }
    g_ptr_array_add(names, NULL);
    return g_strjoinv(" ", (char **)names->pdata);
}

enum column {
    COLUMN_NAME,
    COLUMN_STATUS,
    COLUMN_NODE,
    COLUMN_SINCE,
    COLUMN_STALE,
    COLUMN_ALARMS,
    COLUMN_KIND,
    COLUMN_UUID,
    COLUMN_ACTIONS,
    COLUMN_REASON,
    COLUMN_COUNT
};

static const struct table_column columns[COLUMN_COUNT] = {
    [COLUMN_NAME] = {"name", true, false},
    [COLUMN_STATUS] = {"status", true, false},
    [COLUMN_NODE] = {"node", true, false},
    [COLUMN_SINCE] = {"since", true, false},
    [COLUMN_STALE] = {"stale", true, false},
    [COLUMN_ALARMS] = {"alarms", true, false},
    [COLUMN_KIND] = {"type", false, false},
    [COLUMN_UUID] = {"uuid", false, false},
    [COLUMN_ACTIONS] = {"actions", false, false},
    [COLUMN_REASON] = {"reason", false, false},
};

static const char *
stale_text(const struct published *p)
{
    if (p->stale_reason != NULL)
        return p->stale_reason;
    return p->has_stale_since ? "stale" : NULL;
}

static void
usual_row(struct table *t, const struct vm_entry *vm, bool stoney)
{
    const struct published *p = &vm->pub;
    g_autofree char *since = cli_time(p->since);
    g_autofree char *actions = actions_text(p->actions, stoney && vm->kind == KIND_TEMPLATE);
    g_autofree char *alarms = p->alarms != NULL ? g_strjoinv("; ", p->alarms) : NULL;
    char uuid[UUID_TEXT_SIZE];

    uuid_format(&vm->uuid, uuid);
    const char *cells[COLUMN_COUNT] = {
        [COLUMN_NAME] = vm->name != NULL ? vm->name : uuid,
        [COLUMN_STATUS] = p->text,
        [COLUMN_NODE] = p->node != NULL ? p->node : vm->home,
        [COLUMN_SINCE] = since,
        [COLUMN_STALE] = stale_text(p),
        [COLUMN_ALARMS] = alarms,
        [COLUMN_KIND] = vm->kind < KIND_COUNT ? kind_name((enum kind)vm->kind) : NULL,
        [COLUMN_UUID] = vm->valid ? uuid : NULL,
        [COLUMN_ACTIONS] = actions,
        [COLUMN_REASON] = p->reason,
    };
    table_row(t, cells);
}

/* --- rows in OpenNebula's ---------------------------------------------------------------- */

enum one_column {
    ONE_COLUMN_ID,
    ONE_COLUMN_USER,
    ONE_COLUMN_GROUP,
    ONE_COLUMN_NAME,
    ONE_COLUMN_STAT,
    ONE_COLUMN_CPU,
    ONE_COLUMN_MEM,
    ONE_COLUMN_HOST,
    ONE_COLUMN_TIME,
    ONE_COLUMN_UUID,
    ONE_COLUMN_STATE,
    ONE_COLUMN_LCM,
    ONE_COLUMN_PAIR,
    ONE_COLUMN_STATUS,
    ONE_COLUMN_STALE,
    ONE_COLUMN_COUNT
};

static const struct table_column one_columns[ONE_COLUMN_COUNT] = {
    [ONE_COLUMN_ID] = {"id", true, false},
    [ONE_COLUMN_USER] = {"user", true, false},
    [ONE_COLUMN_GROUP] = {"group", true, false},
    [ONE_COLUMN_NAME] = {"name", true, false},
    [ONE_COLUMN_STAT] = {"stat", true, false},
    [ONE_COLUMN_CPU] = {"cpu", true, false},
    [ONE_COLUMN_MEM] = {"mem", true, false},
    [ONE_COLUMN_HOST] = {"host", true, false},
    [ONE_COLUMN_TIME] = {"time", true, false},
    [ONE_COLUMN_UUID] = {"uuid", false, false},
    [ONE_COLUMN_STATE] = {"state", false, true},
    [ONE_COLUMN_LCM] = {"lcm_state", false, true},
    [ONE_COLUMN_PAIR] = {"name_of_state", false, false},
    [ONE_COLUMN_STATUS] = {"status", false, false},
    [ONE_COLUMN_STALE] = {"stale", false, false},
};

/* "512M", "1.5G"; from bytes. */
static char *
memory_text(const char *bytes)
{
    guint64 value;
    static const char units[] = "KMGTPE";

    if (bytes == NULL || !g_ascii_string_to_unsigned(bytes, 10, 0, G_MAXUINT64, &value, NULL))
        return NULL;
    value /= 1024;
    guint64 tenths = 0;
    unsigned unit = 0;
    for (; value >= 1024; unit++) {
        tenths = value % 1024 * 10 / 1024;
        value /= 1024;
    }
    if (tenths == 0)
        return g_strdup_printf("%" G_GUINT64_FORMAT "%c", value, units[unit]);
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%u%c", value, (unsigned)tenths, units[unit]);
}

/* "12d 03h04" since the entry was made. */
static char *
age_text(const char *created, gint64 now)
{
    gint64 then = created != NULL ? timestamp_parse(created) : -1;

    if (then < 0)
        return NULL;
    gint64 minutes = MAX(now - then, 0) / 60;
    return g_strdup_printf("%dd %02dh%02d", (int)(minutes / 1440), (int)(minutes / 60 % 24),
                           (int)(minutes % 60));
}

/* Its number there, where an OpenNebula front-end has it; else -1. */
static gint64
number_of(const struct vm_entry *vm)
{
    gint64 id;
    g_autofree char *source = engine_named_source(vm->pub.reason, &id);

    return source != NULL ? id : -1;
}

/* The alias as it is published, "runn" of "ACTIVE/RUNNING runn"; else by the numbers. */
static char *
stat_text(const struct published *p)
{
    char alias[ONE_NAME_SIZE];

    if (p->one_name != NULL) {
        const char *blank = strrchr(p->one_name, ' ');
        return g_strdup(blank != NULL ? blank + 1 : p->one_name);
    }
    if (p->one_state == ONE_ABSENT)
        return NULL;
    one_alias(p->one_state, p->one_lcm, alias, sizeof(alias));
    return g_strdup(alias);
}

/* Its list names the host only where the machine has one. */
static bool
shows_host(int state)
{
    return state == ONE_ACTIVE || state == ONE_STATE_SUSPENDED || state == ONE_STATE_POWEROFF;
}

static void
one_row(struct table *t, const struct vm_entry *vm, const struct list_more *m, gint64 now)
{
    static char *const nothing[MORE_COUNT];
    const struct published *p = &vm->pub;
    char *const *more = g_hash_table_lookup(m->values, vm->base.dn);
    char uuid[UUID_TEXT_SIZE], state[16], lcm[16], number[24];
    gint64 id = number_of(vm);
    g_autofree char *stat = stat_text(p);

    if (more == NULL)
        more = nothing;
    g_autofree char *memory = memory_text(more[MORE_MEMORY]);
    g_autofree char *age = age_text(more[MORE_CREATED], now);
    uuid_format(&vm->uuid, uuid);
    g_snprintf(number, sizeof(number), "%" G_GINT64_FORMAT, id);
    g_snprintf(state, sizeof(state), "%d", p->one_state);
    g_snprintf(lcm, sizeof(lcm), "%d", p->one_lcm);
    const char *cells[ONE_COLUMN_COUNT] = {
        [ONE_COLUMN_ID] = id >= 0     ? number
                          : vm->valid ? uuid
                                      : NULL,
        [ONE_COLUMN_USER] = more[MORE_USER],
        [ONE_COLUMN_GROUP] = more[MORE_GROUP],
        [ONE_COLUMN_NAME] = vm->name,
        [ONE_COLUMN_STAT] = stat,
        [ONE_COLUMN_CPU] = more[MORE_CPU],
        [ONE_COLUMN_MEM] = memory,
        [ONE_COLUMN_HOST] = !shows_host(p->one_state) ? NULL
                            : p->node != NULL         ? p->node
                                                      : vm->home,
        [ONE_COLUMN_TIME] = age,
        [ONE_COLUMN_UUID] = vm->valid ? uuid : NULL,
        [ONE_COLUMN_STATE] = p->one_state != ONE_ABSENT ? state : NULL,
        [ONE_COLUMN_LCM] = p->one_lcm != ONE_ABSENT ? lcm : NULL,
        [ONE_COLUMN_PAIR] = p->one_name,
        [ONE_COLUMN_STATUS] = p->text,
        [ONE_COLUMN_STALE] = stale_text(p),
    };
    table_row(t, cells);
}

/* --- all rows ------------------------------------------------------------------------------ */

struct table *
list_table(enum list_words words, enum table_format format)
{
    return words == LIST_OPENNEBULA ? table_new(one_columns, ONE_COLUMN_COUNT, format)
                                    : table_new(columns, COLUMN_COUNT, format);
}

void
list_row(struct table *t, enum list_words words, const struct vm_entry *vm,
         const struct list_more *more, gint64 now)
{
    if (words != LIST_OPENNEBULA)
        usual_row(t, vm, words == LIST_STONEY);
    else if (vm->pub.one_state != ONE_STATE_DONE) /* its list hides them */
        one_row(t, vm, more, now);
}

/* Numbers first. */
static gint
by_id(gconstpointer a, gconstpointer b)
{
    const struct vm_entry *va = *(struct vm_entry *const *)a;
    const struct vm_entry *vb = *(struct vm_entry *const *)b;
    guint64 na = (guint64)number_of(va), nb = (guint64)number_of(vb);

    if (na != nb)
        return na < nb ? -1 : 1;
    return uuid_compare(&va->uuid, &vb->uuid);
}

static gint
by_name(gconstpointer a, gconstpointer b)
{
    const struct vm_entry *va = *(struct vm_entry *const *)a;
    const struct vm_entry *vb = *(struct vm_entry *const *)b;
    int order = g_strcmp0(va->name, vb->name);

    return order != 0 ? order : uuid_compare(&va->uuid, &vb->uuid);
}

void
list_sort(GPtrArray *vms, enum list_words words)
{
    g_ptr_array_sort(vms, words == LIST_OPENNEBULA ? by_id : by_name);
}

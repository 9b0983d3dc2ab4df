/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/list.h"

#include "cli/cli.h"
#include "cli/text.h"
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

/* --- values no pass reads -------------------------------------------------------------- */

static const char *const more_names[LIST_MORE_COUNT] = {
#define LIST_MORE_NAME(id, name) [id] = name,
    LIST_MORE_LIST(LIST_MORE_NAME)
#undef LIST_MORE_NAME
};

#define MORE_LEN_MAX 256 /* of a value; nothing longer is shown */

struct list_more {
    GPtrArray *names;   /* of what is needed, and NULL; NULL = nothing */
    GHashTable *values; /* DN to char *[LIST_MORE_COUNT] */
};

static void
values_free(gpointer data)
{
    char **values = data;

    for (unsigned i = 0; i < LIST_MORE_COUNT; i++)
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
    g_clear_pointer(&m->names, g_ptr_array_unref);
    g_free(m);
}

void
list_more_need(struct list_more *m, enum list_more_id id)
{
    gpointer name = (gpointer)(gintptr)more_names[id];

    if (m->names == NULL) {
        m->names = g_ptr_array_new();
        g_ptr_array_add(m->names, NULL);
    }
    if (!g_ptr_array_find(m->names, name, NULL))
        g_ptr_array_insert(m->names, 0, name);
}

const char *const *
list_more_names(const struct list_more *m)
{
    return m->names != NULL ? (const char *const *)m->names->pdata : NULL;
}

void
list_more_value(const char *dn, const char *attribute, const char *value, size_t len, void *data)
{
    struct list_more *m = data;

    for (unsigned i = 0; i < LIST_MORE_COUNT; i++) {
        if (g_ascii_strcasecmp(attribute, more_names[i]) != 0)
            continue;
        char **values = g_hash_table_lookup(m->values, dn);
        if (values == NULL) {
            values = g_new0(char *, LIST_MORE_COUNT);
            g_hash_table_insert(m->values, g_strdup(dn), values);
        }
        g_autofree char *text
            = g_utf8_make_valid(value, (gssize)MIN(len, (size_t)MORE_LEN_MAX));
        if (values[i] == NULL) {
            values[i] = g_steal_pointer(&text);
        } else if (i == LIST_MORE_POOL) {
            char *both = g_strconcat(values[i], " ", text, NULL);
            g_free(values[i]);
            values[i] = both;
        }
        return;
    }
}

const char *
list_more_get(const struct list_more *m, const char *dn, enum list_more_id id)
{
    char *const *values = m->names != NULL ? g_hash_table_lookup(m->values, dn) : NULL;

    return values != NULL ? values[id] : NULL;
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
    COLUMN_STATE,
    COLUMN_ACTIVITY,
    COLUMN_PERMILLE,
    COLUMN_STALE_SINCE,
    COLUMN_HOME,
    COLUMN_TARGET,
    COLUMN_MODE,
    COLUMN_INTENT,
    COLUMN_REQUEST,
    COLUMN_POOL,
    COLUMN_CUSTOMER,
    COLUMN_RESELLER,
    COLUMN_ONE,
    COLUMN_DN,
    COLUMN_COUNT
};

static const struct table_column columns[COLUMN_COUNT] = {
    [COLUMN_NAME] = {N_("name"), true, TABLE_WORDS},
    [COLUMN_STATUS] = {N_("status"), true, TABLE_STATUS},
    [COLUMN_NODE] = {N_("node"), true, TABLE_WORDS},
    [COLUMN_SINCE] = {N_("since"), true, TABLE_TIME},
    [COLUMN_STALE] = {N_("stale"), true, TABLE_ENGLISH},
    [COLUMN_ALARMS] = {N_("alarms"), true, TABLE_ENGLISH},
    [COLUMN_KIND] = {N_("type"), false, TABLE_ENGLISH},
    [COLUMN_UUID] = {N_("uuid"), false, TABLE_WORDS},
    [COLUMN_ACTIONS] = {N_("actions"), false, TABLE_WORDS},
    [COLUMN_REASON] = {N_("reason"), false, TABLE_ENGLISH},
    [COLUMN_STATE] = {N_("state"), false, TABLE_ENGLISH},
    [COLUMN_ACTIVITY] = {N_("activity"), false, TABLE_ENGLISH},
    [COLUMN_PERMILLE] = {N_("permille"), false, TABLE_NUMBER},
    [COLUMN_STALE_SINCE] = {N_("stale_since"), false, TABLE_TIME},
    [COLUMN_HOME] = {N_("home"), false, TABLE_WORDS},
    [COLUMN_TARGET] = {N_("migrates_to"), false, TABLE_WORDS},
    [COLUMN_MODE] = {N_("mode"), false, TABLE_ENGLISH},
    [COLUMN_INTENT] = {N_("meant_to"), false, TABLE_WORDS},
    [COLUMN_REQUEST] = {N_("requested"), false, TABLE_WORDS},
    [COLUMN_POOL] = {N_("pool"), false, TABLE_WORDS},
    [COLUMN_CUSTOMER] = {N_("customer"), false, TABLE_WORDS},
    [COLUMN_RESELLER] = {N_("reseller"), false, TABLE_WORDS},
    [COLUMN_ONE] = {N_("opennebula"), false, TABLE_WORDS},
    [COLUMN_DN] = {N_("dn"), false, TABLE_WORDS},
};

static const char *
stale_text(const struct published *p)
{
    if (p->stale_reason != NULL)
        return p->stale_reason;
    return p->has_stale_since ? "stale" : NULL;
}

/* What stands in the entry beside the status. */
static void
fill_usual(const struct vm_entry *vm, const struct list_more *more, const char **cells)
{
    cells[COLUMN_KIND] = vm->kind < KIND_COUNT ? kind_name((enum kind)vm->kind) : NULL;
    cells[COLUMN_HOME] = vm->home;
    cells[COLUMN_TARGET] = vm->target;
    cells[COLUMN_MODE] = vm->mode;
    cells[COLUMN_INTENT]
        = vm->intent != INTENT_NONE ? intent_name((enum intent)vm->intent) : NULL;
    cells[COLUMN_REQUEST] = vm->pub.request;
    cells[COLUMN_POOL] = list_more_get(more, vm->base.dn, LIST_MORE_POOL);
    cells[COLUMN_CUSTOMER] = list_more_get(more, vm->base.dn, LIST_MORE_CUSTOMER);
    cells[COLUMN_RESELLER] = list_more_get(more, vm->base.dn, LIST_MORE_RESELLER);
    cells[COLUMN_DN] = vm->base.dn;
}

static void
usual_row(struct table *t, const struct vm_entry *vm, const struct list_more *more, bool stoney)
{
    const struct published *p = &vm->pub;
    bool busy = p->known && p->activity != ACTIVITY_NONE;
    g_autofree char *since = table_uses(t, COLUMN_SINCE) ? cli_time(p->since) : NULL;
    g_autofree char *stale_since = p->has_stale_since ? cli_time(p->stale_since) : NULL;
    g_autofree char *actions
        = table_uses(t, COLUMN_ACTIONS)
              ? actions_text(p->actions, stoney && vm->kind == KIND_TEMPLATE)
              : NULL;
    g_autofree char *alarms = p->alarms != NULL ? g_strjoinv("; ", p->alarms) : NULL;
    char uuid[UUID_TEXT_SIZE], permille[8];

    uuid_format(&vm->uuid, uuid);
    if (p->permille >= 0)
        g_snprintf(permille, sizeof(permille), "%d", p->permille);
    const char *cells[COLUMN_COUNT] = {
        [COLUMN_NAME] = vm->name != NULL ? vm->name : uuid,
        [COLUMN_STATUS] = p->text,
        [COLUMN_NODE] = p->node != NULL ? p->node : vm->home,
        [COLUMN_SINCE] = since,
        [COLUMN_STALE] = stale_text(p),
        [COLUMN_ALARMS] = alarms,
        [COLUMN_UUID] = vm->valid ? uuid : NULL,
        [COLUMN_ACTIONS] = actions,
        [COLUMN_REASON] = p->reason,
        [COLUMN_STATE] = p->known ? state_name((enum state)p->state) : NULL,
        [COLUMN_ACTIVITY] = busy ? activity_name((enum activity)p->activity) : NULL,
        [COLUMN_PERMILLE] = p->permille >= 0 ? permille : NULL,
        [COLUMN_STALE_SINCE] = stale_since,
        [COLUMN_ONE] = p->one_name,
    };
    fill_usual(vm, more, cells);
    table_row(t, cells);
    table_paint(t, COLUMN_STATUS, paint_of(p));
    table_paint(t, COLUMN_STALE, stale_text(p) != NULL ? PAINT_WARN : PAINT_PLAIN);
    table_paint(t, COLUMN_ALARMS, alarms != NULL ? PAINT_BAD : PAINT_PLAIN);
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
    [ONE_COLUMN_ID] = {N_("id"), true, TABLE_WORDS},
    [ONE_COLUMN_USER] = {N_("user"), true, TABLE_WORDS},
    [ONE_COLUMN_GROUP] = {N_("group"), true, TABLE_WORDS},
    [ONE_COLUMN_NAME] = {N_("name"), true, TABLE_WORDS},
    [ONE_COLUMN_STAT] = {N_("stat"), true, TABLE_WORDS},
    [ONE_COLUMN_CPU] = {N_("cpu"), true, TABLE_WORDS},
    [ONE_COLUMN_MEM] = {N_("mem"), true, TABLE_SIZE},
    [ONE_COLUMN_HOST] = {N_("host"), true, TABLE_WORDS},
    [ONE_COLUMN_TIME] = {N_("time"), true, TABLE_WORDS},
    [ONE_COLUMN_UUID] = {N_("uuid"), false, TABLE_WORDS},
    [ONE_COLUMN_STATE] = {N_("state"), false, TABLE_NUMBER},
    [ONE_COLUMN_LCM] = {N_("lcm_state"), false, TABLE_NUMBER},
    [ONE_COLUMN_PAIR] = {N_("name_of_state"), false, TABLE_WORDS},
    [ONE_COLUMN_STATUS] = {N_("status"), false, TABLE_ENGLISH},
    [ONE_COLUMN_STALE] = {N_("stale"), false, TABLE_ENGLISH},
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
    const struct published *p = &vm->pub;
    const char *dn = vm->base.dn;
    char uuid[UUID_TEXT_SIZE], state[16], lcm[16], number[24];
    gint64 id = number_of(vm);
    g_autofree char *stat = stat_text(p);

    g_autofree char *memory = memory_text(list_more_get(m, dn, LIST_MORE_MEMORY));
    g_autofree char *age = age_text(list_more_get(m, dn, LIST_MORE_CREATED), now);
    uuid_format(&vm->uuid, uuid);
    g_snprintf(number, sizeof(number), "%" G_GINT64_FORMAT, id);
    g_snprintf(state, sizeof(state), "%d", p->one_state);
    g_snprintf(lcm, sizeof(lcm), "%d", p->one_lcm);
    const char *cells[ONE_COLUMN_COUNT] = {
        [ONE_COLUMN_ID] = id >= 0     ? number
                          : vm->valid ? uuid
                                      : NULL,
        [ONE_COLUMN_USER] = list_more_get(m, dn, LIST_MORE_CUSTOMER),
        [ONE_COLUMN_GROUP] = list_more_get(m, dn, LIST_MORE_RESELLER),
        [ONE_COLUMN_NAME] = vm->name,
        [ONE_COLUMN_STAT] = stat,
        [ONE_COLUMN_CPU] = list_more_get(m, dn, LIST_MORE_CPU),
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
list_more_need_columns(struct list_more *m, enum list_words words, const struct table *t)
{
    static const struct {
        unsigned column; /* of either list */
        enum list_more_id id;
        bool one;
    } needs[] = {
        {COLUMN_POOL, LIST_MORE_POOL, false},
        {COLUMN_CUSTOMER, LIST_MORE_CUSTOMER, false},
        {COLUMN_RESELLER, LIST_MORE_RESELLER, false},
        {ONE_COLUMN_USER, LIST_MORE_CUSTOMER, true},
        {ONE_COLUMN_GROUP, LIST_MORE_RESELLER, true},
        {ONE_COLUMN_CPU, LIST_MORE_CPU, true},
        {ONE_COLUMN_MEM, LIST_MORE_MEMORY, true},
        {ONE_COLUMN_TIME, LIST_MORE_CREATED, true},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(needs); i++) {
        if (needs[i].one == (words == LIST_OPENNEBULA) && table_uses(t, needs[i].column))
            list_more_need(m, needs[i].id);
    }
}

bool
list_shows(enum list_words words, const struct vm_entry *vm)
{
    return words != LIST_OPENNEBULA || vm->pub.one_state != ONE_STATE_DONE;
}

void
list_row(struct table *t, enum list_words words, const struct vm_entry *vm,
         const struct list_more *more, gint64 now)
{
    if (words == LIST_OPENNEBULA)
        one_row(t, vm, more, now);
    else
        usual_row(t, vm, more, words == LIST_STONEY);
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
    int order = text_compare(va->name, vb->name);

    return order != 0 ? order : uuid_compare(&va->uuid, &vb->uuid);
}

void
list_sort(GPtrArray *vms, enum list_words words)
{
    g_ptr_array_sort(vms, words == LIST_OPENNEBULA ? by_id : by_name);
}

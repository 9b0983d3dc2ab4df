/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/alarms.h"

#include "core/meaning.h"
#include "core/words.h"
#include "engine/attributes.h"
#include "log/log.h"

#include <string.h>

#define BEGAN "an alarm began, it stands until its cause is gone"
#define ENDED "an alarm is over, its cause is gone"
#define MORE "more alarms began or ended, statesync list --alarm names the machines"

/* Those that had no line of their own. */
struct heap {
    unsigned n;
    unsigned of[ALARM_COUNT];
};

struct alarms {
    gint64 since; /* when the first one came */
    unsigned n[2]; /* since then; [true]: urgent ones, which others do not crowd out */
    bool urgent;  /* one that began, of those without a line */
    struct heap began;
    struct heap ended;
};

struct alarms *
alarms_new(void)
{
    return g_new0(struct alarms, 1);
}

void
alarms_free(struct alarms *a)
{
    g_free(a);
}

/* Data are at stake, or a guest is down. */
static bool
is_urgent(enum alarm_id id)
{
    return alarm_gravity(id) <= GRAVITY_DOWN;
}

/* "id: text"; false where the id is no word of ours. */
static bool
id_of(const char *alarm, enum alarm_id *id)
{
    g_autofree char *word = g_strndup(alarm, strcspn(alarm, ":"));

    return alarm_parse(word, id);
}

static bool
holds(char *const *alarms, guint n, enum alarm_id id)
{
    enum alarm_id other;

    for (guint i = 0; i < n; i++) {
        if (id_of(alarms[i], &other) && other == id)
            return true;
    }
    return false;
}

/* One more; false: it has no line of its own. */
static bool
has_line(struct alarms *a, gint64 now, bool urgent)
{
    if (a->n[false] + a->n[true] == 0)
        a->since = now;
    return a->n[urgent]++ < ALARMS_SINGLY;
}

static void
heap_up(struct heap *h, enum alarm_id id)
{
    h->n++;
    h->of[id]++;
}

static void
began(struct alarms *a, const struct change *c, const char *alarm, enum alarm_id id, gint64 now)
{
    const char *text = strchr(alarm, ' ');

    if (!has_line(a, now, is_urgent(id))) {
        heap_up(&a->began, id);
        a->urgent |= is_urgent(id);
        return;
    }
    log_event(is_urgent(id) ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE, BEGAN, "alarm", alarm_name(id),
              "vm", c->name, "dn", c->dn, "text", text != NULL ? text + 1 : NULL, "remedy",
              alarm_remedy(id), NULL);
}

static void
ended(struct alarms *a, const struct change *c, enum alarm_id id, gint64 now)
{
    if (has_line(a, now, false))
        log_event(LOG_LEVEL_NOTICE, ENDED, "alarm", alarm_name(id), "vm", c->name, "dn", c->dn,
                  NULL);
    else
        heap_up(&a->ended, id);
}

static const struct change_mod *
mod_of(const struct change *c)
{
    for (guint i = 0; i < c->mods->len; i++) {
        const struct change_mod *m = &g_array_index(c->mods, struct change_mod, i);
        if (strcmp(m->attribute, attribute_name(ATTR_ALARM)) == 0)
            return m;
    }
    return NULL;
}

void
alarms_written(struct alarms *a, const struct change *c, gint64 now)
{
    const struct change_mod *m = mod_of(c);
    enum alarm_id id;

    if (m == NULL)
        return;
    char **were = c->alarms_were;
    char **are = m->values != NULL ? (char **)m->values->pdata : NULL;
    guint n_were = were != NULL ? g_strv_length(were) : 0;
    guint n_are = m->values != NULL ? m->values->len : 0;
    for (guint i = 0; i < n_are; i++) {
        if (id_of(are[i], &id) && !holds(were, n_were, id) && !holds(are, i, id))
            began(a, c, are[i], id, now);
    }
    for (guint i = 0; i < n_were; i++) {
        if (id_of(were[i], &id) && !holds(are, n_are, id) && !holds(were, i, id))
            ended(a, c, id, now);
    }
}

/* "io-error 480, wrong-node 1"; NULL where there are none. */
static char *
heap_text(const struct heap *h)
{
    GString *text = g_string_new(NULL);

    for (unsigned id = 0; id < ALARM_COUNT; id++) {
        if (h->of[id] > 0)
            g_string_append_printf(text, "%s%s %u", text->len > 0 ? ", " : "",
                                   alarm_name((enum alarm_id)id), h->of[id]);
    }
    return g_string_free(text, text->len == 0);
}

void
alarms_tell(struct alarms *a, gint64 now)
{
    if (a->n[false] + a->n[true] == 0 || now - a->since < ALARMS_EVERY_MS)
        return;
    if (a->began.n + a->ended.n > 0) {
        g_autofree char *began_text = heap_text(&a->began);
        g_autofree char *ended_text = heap_text(&a->ended);
        log_event(a->urgent ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE, MORE, "began", began_text,
                  "ended", ended_text, NULL);
    }
    memset(a, 0, sizeof(*a));
}

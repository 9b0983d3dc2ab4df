/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statuses and details in other languages, as options of the same attributes
 * (RFC 3866): what is missing or differs is written, what is in a language
 * nobody asked for is removed, and what stands so already is left alone.
 */
#include "config.h"

#include "core/progress.h"
#include "engine/engine-internal.h"

#include <string.h>

static const char *
translate(const struct engine_language *l, const char *text)
{
    return l->text(text, NULL, 1, l->data);
}

/* "Läuft, streamt [5.1 %]"; NULL: there is no status. */
static char *
status_in(const struct engine_language *l, const struct verdict *v)
{
    char percent[PROGRESS_TEXT_SIZE];

    if (v->state == STATE_NONE)
        return NULL;
    const char *state = translate(l, state_name((enum state)v->state));
    if (v->activity == ACTIVITY_NONE)
        return g_strdup(state);
    const char *activity = translate(l, activity_name((enum activity)v->activity));
    if (v->permille < 0)
        return g_strdup_printf("%s, %s", state, activity);
    progress_text(v->permille, percent);
    return g_strdup_printf("%s, %s [%s]", state, activity, percent);
}

/* Names and percentages are the same in all languages; only the last line has words. */
static char **
details_in(const struct engine_language *l, const struct verdict *v)
{
    char **lines = g_strdupv(v->details);

    if (lines == NULL || v->more == 0)
        return lines;
    char **last = &lines[g_strv_length(lines) - 1];
    GString *line = g_string_new(l->text(details_more[0], details_more[1], v->more, l->data));
    char *number = strstr(line->str, "%u");
    if (number != NULL) {
        gssize at = number - line->str;
        g_autofree char *text = g_strdup_printf("%u", v->more);
        g_string_erase(line, at, 2);
        g_string_insert(line, at, text);
    }
    g_free(*last);
    *last = g_string_free(line, FALSE);
    return lines;
}

static const struct published_language *
published_in(const struct published *p, const char *tag)
{
    for (guint i = 0; p->languages != NULL && i < p->languages->len; i++) {
        const struct published_language *l
            = &g_array_index(p->languages, struct published_language, i);
        if (same_word(l->tag, tag))
            return l;
    }
    return NULL;
}

static void
publish_one(struct change *c, const struct engine_language *l, const struct verdict *v)
{
    const struct published_language *have = published_in(&v->vm->pub, l->tag);
    const char *tag = have != NULL ? have->tag : l->tag;

    if (l->text == NULL || (v->kept && v->state == STATE_NONE))
        return;
    g_autofree char *text = status_in(l, v);
    if (g_strcmp0(have != NULL ? have->text : NULL, text) != 0)
        change_replace(c, attribute_in_language(ATTR_TEXT, tag), text);
    if (v->kept)
        return;
    g_auto(GStrv) details = details_in(l, v);
    change_put_set(c, attribute_in_language(ATTR_DETAIL, tag),
                   have != NULL ? have->details : NULL, details);
}

static bool
is_wanted(const struct engine *e, const char *tag)
{
    for (unsigned i = 0; i < e->options.n_languages; i++) {
        if (same_word(e->options.languages[i].tag, tag))
            return true;
    }
    return false;
}

/* Published before the language was taken out of the configuration. */
static void
withdraw(const struct engine *e, struct change *c, const struct published *p)
{
    for (guint i = 0; p->languages != NULL && i < p->languages->len; i++) {
        const struct published_language *l
            = &g_array_index(p->languages, struct published_language, i);
        if (is_wanted(e, l->tag))
            continue;
        if (l->text != NULL)
            change_replace(c, attribute_in_language(ATTR_TEXT, l->tag), NULL);
        if (l->details != NULL)
            change_replace(c, attribute_in_language(ATTR_DETAIL, l->tag), NULL);
    }
}

void
publish_languages(const struct engine *e, struct change *c, const struct verdict *v)
{
    for (unsigned i = 0; i < e->options.n_languages; i++)
        publish_one(c, &e->options.languages[i], v);
    withdraw(e, c, &v->vm->pub);
}

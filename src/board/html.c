/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "board/html.h"

#include "core/status.h"

#include <string.h>

/* Sentences that one page translates: the first time, each takes a millisecond per language.  What
 * it has beyond that stays English. */
#define SENTENCES_MAX 300

enum said_kind {
    SAID_TEXT,
    SAID_STATUS,
    SAID_SENTENCE, /* published, with facts in it */
};

/* What the page said, to be said in other languages. */
struct said {
    char *key;
    const char *english; /* in key */
    char *here;          /* SAID_SENTENCE: in the page's language */
    enum said_kind kind;
    unsigned number;
    enum state state;
    enum activity activity;
};

const struct board_language board_english = {.tag = "en"};

static void
said_free(gpointer data)
{
    struct said *s = data;

    g_free(s->key);
    g_free(s->here);
    g_free(s);
}

struct html *
html_new(const struct board_page *page, GString *out)
{
    struct html *h = g_new0(struct html, 1);

    h->out = out;
    h->page = page;
    h->said = g_hash_table_new(g_str_hash, g_str_equal);
    h->texts = g_ptr_array_new_with_free_func(said_free);
    return h;
}

void
html_free(struct html *h)
{
    if (h == NULL)
        return;
    g_hash_table_unref(h->said);
    g_ptr_array_unref(h->texts);
    g_free(h);
}

/* --- escaping ----------------------------------------------------------------------- */

static bool
is_plain(guchar c)
{
    return c >= 0x20 && c < 0x7f && c != '&' && c != '<' && c != '>' && c != '"' && c != '\'';
}

/* Control characters, and those that change the direction of what follows. */
static bool
is_unseen(gunichar c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f
           || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff
           || (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
}

static void
append_character(GString *out, gunichar c)
{
    switch (c) {
    case '&':
        g_string_append(out, "&amp;");
        break;
    case '<':
        g_string_append(out, "&lt;");
        break;
    case '>':
        g_string_append(out, "&gt;");
        break;
    case '"':
        g_string_append(out, "&quot;");
        break;
    case '\'':
        g_string_append(out, "&#39;");
        break;
    default:
        g_string_append_unichar(out, is_unseen(c) ? 0xfffd : c);
    }
}

void
html_text(GString *out, const char *text)
{
    const char *p = text;

    if (text == NULL)
        return;
    while (is_plain((guchar)*p))
        p++;
    g_string_append_len(out, text, p - text);
    if (*p == '\0')
        return;
    g_autofree char *valid = g_utf8_make_valid(p, -1);
    for (p = valid; *p != '\0'; p += g_utf8_skip[(guchar)*p])
        append_character(out, g_utf8_get_char(p));
}

/* --- words -------------------------------------------------------------------------- */

const char *
html_word_in(const struct board_language *l, const char *english)
{
    const char *text = l->text != NULL ? l->text(english, l->data) : NULL;

    return text != NULL ? text : english;
}

const char *
html_word(const struct html *h, const char *english)
{
    return html_word_in(&h->page->languages[h->page->language], english);
}

static const char *const marks[] = {
    [SAID_TEXT] = "",
    [SAID_STATUS] = "=",
    [SAID_SENTENCE] = "~",
};

/* What was said before; each kind has its own, though they are spelled alike.  NULL: it is new, and
 * there is no room for more. */
static struct said *
said_of(struct html *h, const char *english, enum said_kind kind, bool room)
{
    g_autofree char *key = g_strconcat(marks[kind], english, NULL);
    struct said *s = g_hash_table_lookup(h->said, key);

    if (s != NULL || !room)
        return s;
    s = g_new0(struct said, 1);
    s->key = g_steal_pointer(&key);
    s->english = s->key + strlen(marks[kind]);
    s->kind = kind;
    s->number = h->texts->len;
    g_ptr_array_add(h->texts, s);
    g_hash_table_insert(h->said, s->key, s);
    return s;
}

static char *
status_in(const struct board_language *l, enum state state, enum activity activity)
{
    char english[STATUS_TEXT_SIZE];

    if (l->status != NULL)
        return l->status(state, activity, l->data);
    status_text(state, activity, english);
    return g_strdup(english);
}

static void
open_span(struct html *h, unsigned number)
{
    g_string_append_printf(h->out, "<span data-t=\"%u\">", number);
}

void
html_say(struct html *h, const char *english)
{
    if (h->page->n_languages > 1)
        open_span(h, said_of(h, english, SAID_TEXT, true)->number);
    else
        g_string_append(h->out, "<span>");
    html_text(h->out, html_word(h, english));
    g_string_append(h->out, "</span>");
}

static void
say_attribute(struct html *h, const char *attribute, const char *english, const char *foreign)
{
    g_string_append_printf(h->out, " %s=\"", attribute);
    html_text(h->out, html_word(h, english));
    g_string_append(h->out, foreign != NULL ? ": " : "");
    html_text(h->out, foreign);
    g_string_append_c(h->out, '"');
    if (h->page->n_languages > 1)
        g_string_append_printf(h->out, " data-t-%s=\"%u\"", attribute,
                               said_of(h, english, SAID_TEXT, true)->number);
}

void
html_say_attribute(struct html *h, const char *attribute, const char *english)
{
    say_attribute(h, attribute, english, NULL);
}

void
html_say_title(struct html *h, const char *english, const char *foreign)
{
    say_attribute(h, "title", english, foreign);
}

void
html_say_status(struct html *h, enum state state, enum activity activity)
{
    char english[STATUS_TEXT_SIZE];
    g_autofree char *text
        = status_in(&h->page->languages[h->page->language], state, activity);

    status_text(state, activity, english);
    if (h->page->n_languages > 1) {
        struct said *s = said_of(h, english, SAID_STATUS, true);
        s->state = state;
        s->activity = activity;
        open_span(h, s->number);
    } else {
        g_string_append(h->out, "<span>");
    }
    html_text(h->out, text);
    g_string_append(h->out, "</span>");
}

void
html_say_in(struct html *h, const char *tag, const char *class, const char *english)
{
    g_string_append_printf(h->out, "<%s class=\"%s\">", tag, class);
    html_say(h, english);
    g_string_append_printf(h->out, "</%s>", tag);
}

void
html_foreign(struct html *h, const char *text)
{
    if (text == NULL)
        return;
    g_string_append(h->out, "<bdi>");
    html_text(h->out, text);
    g_string_append(h->out, "</bdi>");
}

static char *
sentence_in(const struct board_language *l, const char *english)
{
    return l->sentence != NULL ? l->sentence(english, l->data) : g_strdup(english);
}

/* NULL: there are too many. */
static struct said *
sentence_of(struct html *h, const char *english)
{
    struct said *s;

    if (h->page->n_languages < 2 && h->page->languages[h->page->language].sentence == NULL)
        return NULL;
    s = said_of(h, english, SAID_SENTENCE, h->n_sentences < SENTENCES_MAX);
    if (s != NULL && s->here == NULL) {
        s->here = sentence_in(&h->page->languages[h->page->language], english);
        h->n_sentences++;
    }
    return s;
}

const char *
html_sentence_word(struct html *h, const char *english)
{
    const struct said *s = english != NULL ? sentence_of(h, english) : NULL;

    return s != NULL ? s->here : english;
}

void
html_sentence(struct html *h, const char *english)
{
    const struct said *s = english != NULL ? sentence_of(h, english) : NULL;

    if (s == NULL) {
        html_foreign(h, english);
        return;
    }
    if (h->page->n_languages > 1)
        g_string_append_printf(h->out, "<bdi data-t=\"%u\">", s->number);
    else
        g_string_append(h->out, "<bdi>");
    html_text(h->out, s->here);
    g_string_append(h->out, "</bdi>");
}

/* --- times ---------------------------------------------------------------------------- */

void
html_time(struct html *h, gint64 seconds, bool exact)
{
    g_autoptr(GDateTime) t = seconds >= 0 ? g_date_time_new_from_unix_utc(seconds) : NULL;

    if (t == NULL)
        return;
    g_autofree char *machine = g_date_time_format(t, "%Y-%m-%dT%H:%M:%SZ");
    g_autofree char *people = g_date_time_format(t, exact ? "%Y-%m-%d %H:%M:%S UTC"
                                                          : "%Y-%m-%d %H:%M");
    g_string_append_printf(h->out, "<time datetime=\"%s\">%s</time>", machine, people);
}

void
html_age(struct html *h, gint64 seconds, gint64 now)
{
    gint64 age = MAX(now - seconds, 0);

    if (seconds < 0)
        return;
    if (age < 60)
        g_string_append_printf(h->out, "%d s", (int)age);
    else if (age < 3600)
        g_string_append_printf(h->out, "%d min", (int)(age / 60));
    else if (age < 86400)
        g_string_append_printf(h->out, "%d h %02d min", (int)(age / 3600), (int)(age / 60 % 60));
    else
        g_string_append_printf(h->out, "%" G_GINT64_FORMAT " d %d h", age / 86400,
                               (int)(age / 3600 % 24));
}

/* --- the texts for the script ------------------------------------------------------------ */

/* As a JSON string that also may stand in a script element. */
static void
append_json(GString *out, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    g_string_append_c(out, '"');
    for (const char *p = valid; *p != '\0'; p += g_utf8_skip[(guchar)*p]) {
        gunichar c = g_utf8_get_char(p);
        if (c < 0x20 || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c == 0x7f
            || c == 0x2028 || c == 0x2029)
            g_string_append_printf(out, "\\u%04x", c);
        else if (is_unseen(c)) /* content that the script sets turns the line around as well */
            g_string_append_unichar(out, 0xfffd);
        else
            g_string_append_unichar(out, c);
    }
    g_string_append_c(out, '"');
}

static void
append_language(struct html *h, const struct board_language *l)
{
    append_json(h->out, l->tag);
    g_string_append(h->out, ":[");
    for (guint i = 0; i < h->texts->len; i++) {
        const struct said *s = g_ptr_array_index(h->texts, i);
        g_autofree char *made = s->kind == SAID_STATUS     ? status_in(l, s->state, s->activity)
                                : s->kind == SAID_SENTENCE ? sentence_in(l, s->english)
                                                           : NULL;
        if (i > 0)
            g_string_append_c(h->out, ',');
        append_json(h->out, made != NULL ? made : html_word_in(l, s->english));
    }
    g_string_append_c(h->out, ']');
}

void
html_texts(struct html *h)
{
    if (h->page->n_languages < 2)
        return;
    g_string_append(h->out, "<script type=\"application/json\" id=\"texts\">{");
    for (unsigned i = 0; i < h->page->n_languages; i++) {
        if (i > 0)
            g_string_append_c(h->out, ',');
        append_language(h, &h->page->languages[i]);
    }
    g_string_append(h->out, "}</script>\n");
}

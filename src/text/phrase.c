/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "text/phrase.h"

#include "core/status.h"
#include "text/format.h"
#include "text/text.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 4096 /* longer ones are not looked through */
#define PARTS_MAX 24  /* between commas */
#define COLONS_MAX 3
#define DEPTH_MAX 5   /* texts within texts */
#define TRIES_MAX 3000 /* texts that are held against all patterns; the rest of a text stays English */
#define LETTERS_MIN 2 /* a message of less says nothing */
#define LETTERS_WEAK 6 /* one of so few that begins with an argument fits what other people wrote, too */

/* What stands between the arguments of a message; one more than there are arguments. */
struct pattern {
    const char *text; /* the message: the key */
    const char *one;  /* of one with plurals: that of one; else NULL */
    const char *many;
    bool weak;        /* "%s of %s": its arguments must be figures, or known themselves */
    bool prefix;      /* "reading the record: ", which another text follows: its last argument */
    unsigned n;       /* arguments */
    unsigned letters; /* that are not an argument's */
    char *literals[FORMAT_ARGUMENTS_MAX + 1];
    bool number[FORMAT_ARGUMENTS_MAX];
    unsigned argument[FORMAT_ARGUMENTS_MAX]; /* which one stands there, from 1 */
    bool quoted[FORMAT_ARGUMENTS_MAX]; /* "%s": what somebody typed, or a name */
};

struct phrases {
    const struct catalog *catalog;
    GPtrArray *patterns; /* of struct pattern * */
};

/* One way to read a text. */
struct reading {
    char *text; /* translated */
    unsigned letters; /* that messages explain */
};

static struct reading read_text(const struct phrases *p, const char *text, unsigned depth, unsigned *tries);

static void
pattern_free(gpointer data)
{
    struct pattern *p = data;

    for (unsigned i = 0; i <= FORMAT_ARGUMENTS_MAX; i++)
        g_free(p->literals[i]);
    g_free(p);
}

static unsigned
count_letters(const char *text)
{
    unsigned n = 0;

    for (; *text != '\0'; text++)
        n += g_ascii_isalpha(*text) != 0;
    return n;
}

static void
add_pattern(struct phrases *p, const char *text, const char *one, const char *many)
{
    struct pattern *pattern = g_new0(struct pattern, 1);
    GString *literal = g_string_new(NULL);
    struct format_part part;
    const char *at = text;
    unsigned n = 0;

    *pattern = (struct pattern){.text = text, .one = one, .many = many};
    while (format_next(at, &n, &part)) {
        g_string_append_len(literal, at, part.at - at);
        at = part.at + part.len;
        if (part.argument == 0) {
            g_string_append_c(literal, '%');
            continue;
        }
        pattern->letters += count_letters(literal->str);
        pattern->number[pattern->n] = strchr("diu", part.type[strlen(part.type) - 1]) != NULL;
        pattern->argument[pattern->n] = part.argument;
        pattern->quoted[pattern->n] = g_str_has_suffix(literal->str, "\"") && *at == '"';
        pattern->literals[pattern->n++] = g_strdup(literal->str);
        g_string_truncate(literal, 0);
    }
    g_string_append(literal, at);
    pattern->letters += count_letters(literal->str);
    pattern->weak = pattern->letters <= LETTERS_WEAK && pattern->n > 0
                    && *pattern->literals[0] == '\0' && strpbrk(text, ":,;") == NULL;
    pattern->prefix = g_str_has_suffix(text, ": ") && pattern->n < FORMAT_ARGUMENTS_MAX;
    if (pattern->prefix) {
        pattern->argument[pattern->n] = pattern->n + 1;
        pattern->literals[pattern->n++] = g_strdup(literal->str);
        g_string_truncate(literal, 0);
    }
    pattern->literals[pattern->n] = g_string_free(literal, FALSE);
    if (pattern->letters >= LETTERS_MIN)
        g_ptr_array_add(p->patterns, pattern);
    else
        pattern_free(pattern);
}

static void
add_message(const char *text, const char *many, const char *translation, unsigned n_forms,
            void *data)
{
    struct phrases *p = data;

    (void)translation;
    (void)n_forms;
    if (strchr(text, '%') == NULL && many == NULL && !g_str_has_suffix(text, ": "))
        return; /* found by its text */
    add_pattern(p, text, many != NULL ? text : NULL, many);
    if (many != NULL)
        add_pattern(p, many, text, many);
}

struct phrases *
phrases_new(const struct catalog *c)
{
    struct phrases *p = g_new0(struct phrases, 1);

    p->catalog = c;
    p->patterns = g_ptr_array_new_with_free_func(pattern_free);
    catalog_each(c, add_message, p);
    return p;
}

void
phrases_free(struct phrases *p)
{
    if (p == NULL)
        return;
    g_ptr_array_unref(p->patterns);
    g_free(p);
}

/* --- fitting ------------------------------------------------------------------------ */

static bool
is_number(const char *text, size_t len)
{
    size_t from = len > 1 && *text == '-';

    for (size_t i = from; i < len; i++) {
        if (!g_ascii_isdigit(text[i]))
            return false;
    }
    return len > from;
}

/* Each literal where it comes first, the last one at the end.  What stands between is copied into
 * `found`; free them. */
static bool
fits(const struct pattern *p, const char *text, char *found[FORMAT_ARGUMENTS_MAX])
{
    size_t len = strlen(p->literals[0]);
    const char *at = text + len;

    if (strncmp(text, p->literals[0], len) != 0)
        return false;
    for (unsigned i = 0; i < p->n; i++) {
        const char *literal = p->literals[i + 1];
        const char *end = at + strlen(at);
        const char *next;
        if (i + 1 == p->n) {
            next = end - strlen(literal);
            if (next < at || strcmp(next, literal) != 0)
                next = NULL;
        } else {
            next = *literal == '\0' ? end : *at != '\0' ? strstr(at + 1, literal) : NULL;
        }
        size_t size = next != NULL ? (size_t)(next - at) : 0;
        if (next == NULL || (size == 0 && !(i > 0 && *p->literals[i] == '\0'))
            || (p->number[i] && !is_number(at, size))) {
            while (i > 0)
                g_free(found[--i]);
            return false;
        }
        found[i] = g_strndup(at, size);
        at = next + strlen(literal);
    }
    return *at == '\0' || p->n > 0;
}

/* The translation with what was found in the places of its arguments. */
static char *
fill(const char *format, char *const *arguments)
{
    GString *out = g_string_new(NULL);
    struct format_part part;
    unsigned n = 0;

    while (format_next(format, &n, &part)) {
        g_string_append_len(out, format, part.at - format);
        g_string_append(out, part.argument == 0 ? "%" : arguments[part.argument - 1]);
        format = part.at + part.len;
    }
    g_string_append(out, format);
    return g_string_free(out, FALSE);
}

static const char *
translation_of(const struct phrases *p, const struct pattern *pattern, char *const *found)
{
    unsigned long n = 1;

    if (pattern->many == NULL)
        return catalog_text(p->catalog, pattern->text);
    for (unsigned i = 0; i < pattern->n; i++) {
        if (pattern->number[i]) {
            n = strtoul(found[i], NULL, 10);
            break;
        }
    }
    return catalog_plural(p->catalog, pattern->one, pattern->many, n);
}

static void
take_better(struct reading *best, struct reading *other)
{
    struct reading loser = *other;

    if (other->letters > best->letters) {
        loser = *best;
        *best = *other;
    }
    g_free(loser.text);
}

static void
try_patterns(const struct phrases *p, const char *text, unsigned depth, unsigned *tries,
             struct reading *best)
{
    for (guint i = 0; i < p->patterns->len; i++) {
        const struct pattern *pattern = g_ptr_array_index(p->patterns, i);
        char *found[FORMAT_ARGUMENTS_MAX] = {NULL};
        char *arguments[FORMAT_ARGUMENTS_MAX] = {NULL};
        struct reading mine = {NULL, pattern->letters};
        bool ours = true;

        if (!fits(pattern, text, found))
            continue;
        for (unsigned k = 0; k < pattern->n; k++) {
            struct reading inner = pattern->quoted[k] ? (struct reading){g_strdup(found[k]), 0}
                                                      : read_text(p, found[k], depth + 1, tries);
            ours &= !pattern->weak || inner.letters > 0 || g_ascii_isdigit(found[k][0]);
            mine.letters += inner.letters;
            arguments[pattern->argument[k] - 1] = inner.text;
        }
        mine.text = fill(translation_of(p, pattern, found), arguments);
        if (pattern->prefix) {
            char *whole = g_strconcat(mine.text, arguments[pattern->n - 1], NULL);
            g_free(mine.text);
            mine.text = whole;
        }
        if (ours)
            take_better(best, &mine);
        else
            g_free(mine.text);
        for (unsigned k = 0; k < pattern->n; k++) {
            g_free(found[k]);
            g_free(arguments[k]);
        }
    }
}

/* "Running, streaming [5.1 %]", in its own words. */
static char *
status_of(const struct phrases *p, const char *text)
{
    char canonical[STATUS_TEXT_SIZE];
    enum activity activity;
    enum state state;

    if (!status_parse(text, &state, &activity))
        return NULL;
    size_t len = status_text(state, activity, canonical);
    if (strncmp(text, canonical, len) != 0 || (text[len] != '\0' && text[len] != ' '))
        return NULL;
    g_autofree char *status = text_status(p->catalog, state, activity);
    return g_strconcat(status, text + len, NULL);
}

/* A text as a whole.  Within another one a single word is a name rather than a message. */
static struct reading
read_whole(const struct phrases *p, const char *text, unsigned depth, unsigned *tries)
{
    struct reading best = {g_strdup(text), 0};
    const char *exact = catalog_find(p->catalog, text);
    char *status = status_of(p, text);

    if (exact != NULL && (depth == 0 || strchr(text, ' ') != NULL)) {
        struct reading mine = {g_strdup(exact), count_letters(text)};
        take_better(&best, &mine);
    } else if (status != NULL) {
        struct reading mine = {g_strdup(status), count_letters(text)};
        take_better(&best, &mine);
    }
    g_free(status);
    if (depth < DEPTH_MAX && *tries > 0) {
        --*tries;
        try_patterns(p, text, depth, tries, &best);
    }
    return best;
}

/* --- what is made of several -------------------------------------------------------------- */

/* Where the parts of a text begin: behind ", ", "; " and the first few ": ". */
static unsigned
split(const char *text, const char *starts[PARTS_MAX + 1])
{
    unsigned n = 0;
    unsigned colons = 0;

    starts[n++] = text;
    for (const char *at = text; (at = strpbrk(at, ",;:")) != NULL; at++) {
        if (at[1] != ' ' || at[2] == '\0' || (*at == ':' && colons == COLONS_MAX))
            continue;
        colons += *at == ':';
        if (n == PARTS_MAX)
            return 1;
        starts[n++] = at + 2;
    }
    starts[n] = text + strlen(text) + 2; /* as if a separator followed */
    return n;
}

static void
readings_clear(struct reading *readings, unsigned n)
{
    for (unsigned i = 0; i <= n; i++)
        g_free(readings[i].text);
}

/* The best way to read it as one or several, one behind the other. */
static struct reading
read_text(const struct phrases *p, const char *text, unsigned depth, unsigned *tries)
{
    const char *starts[PARTS_MAX + 1];
    struct reading best[PARTS_MAX + 1] = {{NULL, 0}};
    unsigned n = strlen(text) <= TEXT_MAX && depth < DEPTH_MAX ? split(text, starts) : 0;

    if (n < 2)
        return read_whole(p, text, depth, tries);
    best[n] = (struct reading){g_strdup(""), 0};
    for (unsigned i = n; i-- > 0;) {
        for (unsigned k = i + 1; k <= n; k++) {
            g_autofree char *piece = g_strndup(starts[i], (gsize)(starts[k] - 2 - starts[i]));
            bool whole = i == 0 && k == n;
            struct reading r = read_whole(p, piece, whole ? depth : depth + 1, tries);
            g_autofree char *gap = k < n ? g_strndup(starts[k] - 2, 2) : g_strdup("");
            struct reading mine = {g_strconcat(r.text, gap, best[k].text, NULL),
                                   r.letters + best[k].letters};
            g_free(r.text);
            if (best[i].text == NULL)
                best[i] = mine;
            else
                take_better(&best[i], &mine);
        }
    }
    struct reading result = best[0];
    best[0].text = NULL;
    readings_clear(best, n);
    return result;
}

char *
phrases_text(const struct phrases *p, const char *english)
{
    return phrases_text_soon(p, english, TRIES_MAX);
}

char *
phrases_text_soon(const struct phrases *p, const char *english, unsigned tries)
{
    return read_text(p, english, 0, &tries).text;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/one.h"

#include "core/one-table.h"

#include <stdio.h>

static const char *const kind_words[] = {
#define ONE_WORD(id, word) [id] = word,
    ONE_KIND_LIST(ONE_WORD)
};
static const char *const class_words[] = {ONE_CLASS_LIST(ONE_WORD)};
#undef ONE_WORD

static const struct {
    enum one_flag flag;
    const char *word;
    const char *meaning;
} flag_words[] = {
#define ONE_FLAG(id, bit, word, meaning) {id, word, meaning},
    ONE_FLAG_LIST(ONE_FLAG)
#undef ONE_FLAG
};

static const struct one_word *
by_number(const struct one_word *words, size_t n, int number)
{
    for (size_t i = 0; i < n; i++) {
        if (words[i].number == number)
            return &words[i];
    }
    return NULL;
}

const struct one_word *
one_state_word(int state)
{
    return by_number(one_state_words, n_one_state_words, state);
}

const struct one_word *
one_lcm_word(int lcm)
{
    return by_number(one_lcm_words, n_one_lcm_words, lcm);
}

const struct one_word *
one_word_of(int state, int lcm)
{
    return state == ONE_ACTIVE ? one_lcm_word(lcm) : one_state_word(state);
}

const struct one_word *
one_next(enum one_kind kind, const struct one_word *row)
{
    const struct one_word *first = kind == ONE_STATE ? one_state_words : one_lcm_words;
    size_t n = kind == ONE_STATE ? n_one_state_words : n_one_lcm_words;

    if (row == NULL)
        return first;
    return row + 1 < first + n ? row + 1 : NULL;
}

/* As names are spelled.  Not toupper(): in Turkish the i is another one. */
static char
plain(char c)
{
    if (c == ' ' || c == '-')
        return '_';
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool
same_name(const char *typed, const char *name)
{
    while (*typed != '\0' && plain(*typed) == *name) {
        typed++;
        name++;
    }
    return *typed == '\0' && *name == '\0';
}

const struct one_word *
one_by_name(const char *name)
{
    for (unsigned kind = 0; kind < ONE_KIND_COUNT; kind++) {
        const struct one_word *row = NULL;
        while ((row = one_next((enum one_kind)kind, row)) != NULL) {
            if (same_name(name, row->name))
                return row;
        }
    }
    return NULL;
}

static bool
same_alias(const char *typed, const char *alias)
{
    while (*typed != '\0' && plain(*typed) == plain(*alias)) {
        typed++;
        alias++;
    }
    return *typed == '\0' && *alias == '\0';
}

size_t
one_by_alias(const char *alias, const struct one_word **out, size_t n)
{
    size_t found = 0;

    if (*alias == '\0')
        return 0;
    for (unsigned kind = 0; kind < ONE_KIND_COUNT; kind++) {
        const struct one_word *row = NULL;
        while ((row = one_next((enum one_kind)kind, row)) != NULL) {
            if (!same_alias(alias, row->alias)
                && (row->alias_also == NULL || !same_alias(alias, row->alias_also)))
                continue;
            if (found < n)
                out[found] = row;
            found++;
        }
    }
    return found;
}

const char *
one_kind_name(enum one_kind kind)
{
    return (size_t)kind < ONE_KIND_COUNT ? kind_words[kind] : "?";
}

const char *
one_class_name(enum one_class class)
{
    return (size_t)class < ONE_CLASS_COUNT ? class_words[class] : "?";
}

bool
one_kind_parse(const char *word, enum one_kind *out)
{
    if (same_name(word, "STATE"))
        *out = ONE_STATE;
    else if (same_name(word, "LCM") || same_name(word, "LCM_STATE"))
        *out = ONE_LCM;
    else
        return false;
    return true;
}

const char *
one_flag_name(enum one_flag flag)
{
    for (size_t i = 0; i < sizeof(flag_words) / sizeof(flag_words[0]); i++) {
        if (flag_words[i].flag == flag)
            return flag_words[i].word;
    }
    return "?";
}

const char *
one_flag_meaning(enum one_flag flag)
{
    for (size_t i = 0; i < sizeof(flag_words) / sizeof(flag_words[0]); i++) {
        if (flag_words[i].flag == flag)
            return flag_words[i].meaning;
    }
    return "";
}

size_t
one_flags_text(unsigned flags, char out[ONE_FLAGS_TEXT_SIZE])
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < sizeof(flag_words) / sizeof(flag_words[0]); i++) {
        if (flags & flag_words[i].flag)
            len += (size_t)snprintf(out + len, ONE_FLAGS_TEXT_SIZE - len, "%s%s",
                                    len > 0 ? " " : "", flag_words[i].word);
    }
    return len;
}

/* HISTORY/ACTION: shutdown-hard, undeploy-hard, poweroff-hard, terminate-hard. */
static bool
is_hard(int action)
{
    return action == 4 || action == 6 || action == 20 || action == 28;
}

/* All that is going on is that it goes off. */
static bool
is_shutdown(const struct one_word *word)
{
    return word->kind == ONE_LCM
           && (word->number == ONE_LCM_SHUTDOWN || word->number == ONE_LCM_SHUTDOWN_POWEROFF
               || word->number == ONE_LCM_SHUTDOWN_UNDEPLOY);
}

struct one_meaning
one_meaning(int state, int lcm, int action)
{
    const struct one_word *word = one_word_of(state, lcm);

    if (word == NULL)
        return (struct one_meaning){.kept = true, .flags = ONE_BUSY};
    struct one_meaning meaning = {.known = true,
                                  .kept = word->kept,
                                  .no_entry = word->no_entry,
                                  .state = word->state,
                                  .activity = word->activity,
                                  .flags = word->flags};
    if (is_hard(action) && is_shutdown(word))
        meaning.state = STATE_POWERING_OFF;
    return meaning;
}

size_t
one_alias(int state, int lcm, char *out, size_t size)
{
    const struct one_word *word = one_word_of(state, lcm);
    int len = word != NULL ? snprintf(out, size, "%s", word->alias)
                           : snprintf(out, size, "unkn?%d", state == ONE_ACTIVE ? lcm : state);

    return len > 0 ? (size_t)len : 0;
}

size_t
one_name(int state, int lcm, char *out, size_t size)
{
    const struct one_word *word = one_word_of(state, lcm);

    if (word == NULL)
        return one_alias(state, lcm, out, size);
    int len = snprintf(out, size, "%s%s %s", state == ONE_ACTIVE ? "ACTIVE/" : "", word->name,
                       word->alias);
    return len > 0 ? (size_t)len : 0;
}

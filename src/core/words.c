/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/words.h"

#include <string.h>

#define WORDS_NAME(id, word) [id] = word,

static const char *const state_names[] = {STATE_LIST(WORDS_NAME)};
static const char *const activity_names[] = {ACTIVITY_LIST(WORDS_NAME)};
static const char *const mode_names[] = {MODE_LIST(WORDS_NAME)};
static const char *const kind_names[] = {KIND_LIST(WORDS_NAME)};
static const char *const intent_names[] = {INTENT_LIST(WORDS_NAME)};
static const char *const request_names[] = {REQUEST_LIST(WORDS_NAME)};
static const char *const dstate_names[] = {DSTATE_LIST(WORDS_NAME)};
static const char *const dreason_names[] = {DREASON_LIST(WORDS_NAME)};
static const char *const job_names[] = {JOB_LIST(WORDS_NAME)};
static const char *const block_job_names[] = {BLOCK_JOB_LIST(WORDS_NAME)};
static const char *const job_end_names[] = {JOB_END_LIST(WORDS_NAME)};
static const char *const agent_names[] = {AGENT_LIST(WORDS_NAME)};
static const char *const control_names[] = {CONTROL_LIST(WORDS_NAME)};
static const char *const result_names[] = {RESULT_LIST(WORDS_NAME)};
static const char *const error_class_names[] = {ERROR_CLASS_LIST(WORDS_NAME)};
static const char *const alarm_names[] = {ALARM_LIST(WORDS_NAME)};

/* Words other programs use for one of ours. */
struct synonym {
    const char *word;
    unsigned value;
};

static const struct synonym state_synonyms[] = {
    {"destroying", STATE_POWERING_OFF},
    {"non responding", STATE_FROZEN},
    {NULL, 0},
};

static const struct synonym dstate_synonyms[] = {
    {"no state", DSTATE_NOSTATE},
    {"idle", DSTATE_BLOCKED},
    {"in shutdown", DSTATE_SHUTDOWN},
    {"shut off", DSTATE_SHUTOFF},
    {NULL, 0},
};

static const struct synonym dreason_synonyms[] = {
    {"i/o error", DREASON_IOERROR},
    {NULL, 0},
};

static int
lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* word[0..len) against name, ASCII case ignored. */
static bool
same(const char *word, size_t len, const char *name)
{
    if (strlen(name) != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (lower((unsigned char)word[i]) != lower((unsigned char)name[i]))
            return false;
    }
    return true;
}

static bool
find(const char *word, const char *const *names, size_t n, const struct synonym *synonyms,
     unsigned *out)
{
    if (word == NULL)
        return false;
    while (is_blank(*word))
        word++;
    size_t len = strlen(word);
    while (len > 0 && is_blank(word[len - 1]))
        len--;
    if (len == 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (same(word, len, names[i])) {
            *out = (unsigned)i;
            return true;
        }
    }
    for (; synonyms != NULL && synonyms->word != NULL; synonyms++) {
        if (same(word, len, synonyms->word)) {
            *out = synonyms->value;
            return true;
        }
    }
    return false;
}

/* One name function per vocabulary; a number outside it is a caller's bug and prints "?". */
#define DEFINE_NAME(function, type, names)                                                         \
    const char *function(type value)                                                               \
    {                                                                                              \
        return (size_t)value < sizeof(names) / sizeof(names[0]) ? names[value] : "?";              \
    }

DEFINE_NAME(state_name, enum state, state_names)
DEFINE_NAME(activity_name, enum activity, activity_names)
DEFINE_NAME(mode_name, enum mode, mode_names)
DEFINE_NAME(kind_name, enum kind, kind_names)
DEFINE_NAME(intent_name, enum intent, intent_names)
DEFINE_NAME(request_name, enum request, request_names)
DEFINE_NAME(dstate_name, enum dstate, dstate_names)
DEFINE_NAME(dreason_name, enum dreason, dreason_names)
DEFINE_NAME(job_name, enum job, job_names)
DEFINE_NAME(block_job_name, enum block_job_type, block_job_names)
DEFINE_NAME(job_end_name, enum job_end, job_end_names)
DEFINE_NAME(agent_name, enum agent, agent_names)
DEFINE_NAME(control_name, enum control, control_names)
DEFINE_NAME(result_name, enum result, result_names)
DEFINE_NAME(error_class_name, enum error_class, error_class_names)
DEFINE_NAME(alarm_name, enum alarm_id, alarm_names)

#define DEFINE_PARSE(function, type, names, count, synonyms)                                       \
    bool function(const char *word, type *out)                                                     \
    {                                                                                              \
        unsigned value;                                                                            \
        if (!find(word, names, count, synonyms, &value))                                           \
            return false;                                                                          \
        *out = (type)value;                                                                        \
        return true;                                                                               \
    }

DEFINE_PARSE(state_parse, enum state, state_names, STATE_COUNT, state_synonyms)
DEFINE_PARSE(activity_parse, enum activity, activity_names, ACTIVITY_COUNT, NULL)
DEFINE_PARSE(mode_parse, enum mode, mode_names, MODE_COUNT, NULL)
DEFINE_PARSE(kind_parse, enum kind, kind_names, KIND_COUNT, NULL)
/* The last word of these lists stands for "any other word" and is not itself a word. */
DEFINE_PARSE(request_parse, enum request, request_names, REQUEST_UNKNOWN, NULL)
DEFINE_PARSE(dstate_parse, enum dstate, dstate_names, DSTATE_OTHER, dstate_synonyms)
DEFINE_PARSE(dreason_parse, enum dreason, dreason_names, DREASON_OTHER, dreason_synonyms)
DEFINE_PARSE(job_parse, enum job, job_names, JOB_COUNT, NULL)
DEFINE_PARSE(block_job_parse, enum block_job_type, block_job_names, BLOCK_JOB_COUNT, NULL)
DEFINE_PARSE(job_end_parse, enum job_end, job_end_names, JOB_END_COUNT, NULL)
DEFINE_PARSE(agent_parse, enum agent, agent_names, AGENT_COUNT, NULL)
DEFINE_PARSE(result_parse, enum result, result_names, RESULT_COUNT, NULL)
DEFINE_PARSE(error_class_parse, enum error_class, error_class_names, ERROR_OTHER, NULL)
DEFINE_PARSE(alarm_parse, enum alarm_id, alarm_names, ALARM_COUNT, NULL)

enum intent
intent_of_status(const char *status)
{
    unsigned value = INTENT_NONE;

    if (find(status, intent_names, INTENT_COUNT, NULL, &value))
        return (enum intent)value;
    return INTENT_NONE;
}

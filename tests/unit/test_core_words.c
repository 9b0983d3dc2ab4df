/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vocabularies, typed in a second time: every word, its number, the
 * spellings that are accepted beside it, and words that are not.
 */
#include "config.h"

#include "rows.h"

#include "core/words.h"

#include <stdlib.h>
#include <string.h>

struct vocabulary {
    const char *name;
    bool (*parse)(const char *word, unsigned *out);
    const char *(*spell)(unsigned value);
    unsigned count;
};

#define ADAPT(v, type, COUNT)                                                                      \
    static bool parse_##v(const char *word, unsigned *out)                                         \
    {                                                                                              \
        type value;                                                                                \
        bool known = v##_parse(word, &value);                                                      \
        if (known)                                                                                 \
            *out = (unsigned)value;                                                                \
        return known;                                                                              \
    }                                                                                              \
    static const char *spell_##v(unsigned value)                                                   \
    {                                                                                              \
        return v##_name((type)value);                                                              \
    }                                                                                              \
    static const struct vocabulary v##_words = {#v, parse_##v, spell_##v, COUNT};

ADAPT(state, enum state, STATE_COUNT)
ADAPT(activity, enum activity, ACTIVITY_COUNT)
ADAPT(mode, enum mode, MODE_COUNT)
ADAPT(kind, enum kind, KIND_COUNT)
ADAPT(request, enum request, REQUEST_COUNT)
ADAPT(dstate, enum dstate, DSTATE_COUNT)
ADAPT(dreason, enum dreason, DREASON_COUNT)
ADAPT(job, enum job, JOB_COUNT)
ADAPT(block_job, enum block_job_type, BLOCK_JOB_COUNT)
ADAPT(job_end, enum job_end, JOB_END_COUNT)
ADAPT(agent, enum agent, AGENT_COUNT)
ADAPT(result, enum result, RESULT_COUNT)
ADAPT(error_class, enum error_class, ERROR_CLASS_COUNT)
ADAPT(alarm, enum alarm_id, ALARM_COUNT)

/* The words as they are published, or as libvirt's tools print them. */
static const struct word {
    const struct vocabulary *of;
    const char *word;
    unsigned value;
} words[] = {
    {&state_words, "Stopped", STATE_STOPPED},
    {&state_words, "Starting", STATE_STARTING},
    {&state_words, "Paused", STATE_PAUSED},
    {&state_words, "Running", STATE_RUNNING},
    {&state_words, "Shutting down", STATE_SHUTTING_DOWN},
    {&state_words, "Powering off", STATE_POWERING_OFF},
    {&state_words, "Deleting", STATE_DELETING},
    {&state_words, "Crashed", STATE_CRASHED},
    {&state_words, "Frozen", STATE_FROZEN},
    {&state_words, "Do not use", STATE_DO_NOT_USE},
    {&activity_words, "streaming", ACTIVITY_STREAMING},
    {&activity_words, "backing up", ACTIVITY_BACKING_UP},
    {&activity_words, "migrating", ACTIVITY_MIGRATING},
    {&activity_words, "maintenance mode", ACTIVITY_MAINTENANCE},
    {&activity_words, "first installation", ACTIVITY_FIRST_INSTALLATION},
    {&mode_words, "do not use", MODE_DO_NOT_USE},
    {&mode_words, "maintenance mode", MODE_MAINTENANCE},
    {&mode_words, "first installation", MODE_FIRST_INSTALLATION},
    {&mode_words, "ready for use", MODE_READY},
    {&kind_words, "persistent", KIND_PERSISTENT},
    {&kind_words, "dynamic", KIND_DYNAMIC},
    {&kind_words, "template", KIND_TEMPLATE},
    {&kind_words, "profile", KIND_PROFILE},
    {&request_words, "start", REQUEST_START},
    {&request_words, "shutdown", REQUEST_SHUTDOWN},
    {&request_words, "power-off", REQUEST_POWER_OFF},
    {&request_words, "migrate", REQUEST_MIGRATE},
    {&request_words, "delete", REQUEST_DELETE},
    {&dstate_words, "nostate", DSTATE_NOSTATE},
    {&dstate_words, "running", DSTATE_RUNNING},
    {&dstate_words, "blocked", DSTATE_BLOCKED},
    {&dstate_words, "paused", DSTATE_PAUSED},
    {&dstate_words, "shutdown", DSTATE_SHUTDOWN},
    {&dstate_words, "shutoff", DSTATE_SHUTOFF},
    {&dstate_words, "crashed", DSTATE_CRASHED},
    {&dstate_words, "pmsuspended", DSTATE_PMSUSPENDED},
    {&dreason_words, "unknown", DREASON_UNKNOWN},
    {&dreason_words, "booted", DREASON_BOOTED},
    {&dreason_words, "migrated", DREASON_MIGRATED},
    {&dreason_words, "restored", DREASON_RESTORED},
    {&dreason_words, "from snapshot", DREASON_FROM_SNAPSHOT},
    {&dreason_words, "unpaused", DREASON_UNPAUSED},
    {&dreason_words, "migration canceled", DREASON_MIGRATION_CANCELED},
    {&dreason_words, "save canceled", DREASON_SAVE_CANCELED},
    {&dreason_words, "event wakeup", DREASON_WAKEUP},
    {&dreason_words, "crashed", DREASON_CRASHED},
    {&dreason_words, "post-copy", DREASON_POSTCOPY},
    {&dreason_words, "post-copy failed", DREASON_POSTCOPY_FAILED},
    {&dreason_words, "user", DREASON_USER},
    {&dreason_words, "migrating", DREASON_MIGRATING},
    {&dreason_words, "saving", DREASON_SAVING},
    {&dreason_words, "dumping", DREASON_DUMPING},
    {&dreason_words, "ioerror", DREASON_IOERROR},
    {&dreason_words, "watchdog", DREASON_WATCHDOG},
    {&dreason_words, "shutting down", DREASON_SHUTTING_DOWN},
    {&dreason_words, "creating snapshot", DREASON_CREATING_SNAPSHOT},
    {&dreason_words, "starting up", DREASON_STARTING_UP},
    {&dreason_words, "api error", DREASON_API_ERROR},
    {&dreason_words, "shutdown", DREASON_SHUTDOWN},
    {&dreason_words, "destroyed", DREASON_DESTROYED},
    {&dreason_words, "saved", DREASON_SAVED},
    {&dreason_words, "failed", DREASON_FAILED},
    {&dreason_words, "daemon", DREASON_DAEMON},
    {&dreason_words, "panicked", DREASON_PANICKED},
    {&job_words, "unknown", JOB_UNKNOWN},
    {&job_words, "start", JOB_START},
    {&job_words, "save", JOB_SAVE},
    {&job_words, "restore", JOB_RESTORE},
    {&job_words, "incoming migration", JOB_INCOMING},
    {&job_words, "outgoing migration", JOB_OUTGOING},
    {&job_words, "snapshot", JOB_SNAPSHOT},
    {&job_words, "snapshot revert", JOB_SNAPSHOT_REVERT},
    {&job_words, "snapshot delete", JOB_SNAPSHOT_DELETE},
    {&job_words, "dump", JOB_DUMP},
    {&job_words, "backup", JOB_BACKUP},
    {&block_job_words, "unknown", BLOCK_JOB_UNKNOWN},
    {&block_job_words, "pull", BLOCK_JOB_PULL},
    {&block_job_words, "copy", BLOCK_JOB_COPY},
    {&block_job_words, "commit", BLOCK_JOB_COMMIT},
    {&block_job_words, "active commit", BLOCK_JOB_ACTIVE_COMMIT},
    {&block_job_words, "backup", BLOCK_JOB_BACKUP},
    {&job_end_words, "completed", JOB_END_COMPLETED},
    {&job_end_words, "failed", JOB_END_FAILED},
    {&job_end_words, "canceled", JOB_END_CANCELED},
    {&agent_words, "none", AGENT_NONE},
    {&agent_words, "disconnected", AGENT_DISCONNECTED},
    {&agent_words, "connected", AGENT_CONNECTED},
    {&agent_words, "unresponsive", AGENT_UNRESPONSIVE},
    {&result_words, "complete", RESULT_COMPLETE},
    {&result_words, "partial", RESULT_PARTIAL},
    {&result_words, "error", RESULT_ERROR},
    {&error_class_words, "refused", ERROR_REFUSED},
    {&error_class_words, "timeout", ERROR_TIMEOUT},
    {&error_class_words, "tls", ERROR_TLS},
    {&error_class_words, "auth", ERROR_AUTH},
    {&error_class_words, "rpc", ERROR_RPC},
    {&error_class_words, "closed", ERROR_CLOSED},
    {&error_class_words, "unknown-node", ERROR_UNKNOWN_NODE},
    {&error_class_words, "no-uri", ERROR_NO_URI},
    {&alarm_words, "backup-failed", ALARM_BACKUP_FAILED},
    {&alarm_words, "backup-stuck", ALARM_BACKUP_STUCK},
    {&alarm_words, "conflict", ALARM_CONFLICT},
    {&alarm_words, "delete-of-active", ALARM_DELETE_OF_ACTIVE},
    {&alarm_words, "disagree", ALARM_DISAGREE},
    {&alarm_words, "duplicate", ALARM_DUPLICATE},
    {&alarm_words, "duplicate-entry", ALARM_DUPLICATE_ENTRY},
    {&alarm_words, "io-error", ALARM_IO_ERROR},
    {&alarm_words, "leftover", ALARM_LEFTOVER},
    {&alarm_words, "lost-in-migration", ALARM_LOST_IN_MIGRATION},
    {&alarm_words, "malformed-entry", ALARM_MALFORMED_ENTRY},
    {&alarm_words, "migration-to-self", ALARM_MIGRATION_TO_SELF},
    {&alarm_words, "name-clash", ALARM_NAME_CLASH},
    {&alarm_words, "one-done", ALARM_ONE_DONE},
    {&alarm_words, "shutdown-ignored", ALARM_SHUTDOWN_IGNORED},
    {&alarm_words, "stale-migration-marker", ALARM_STALE_MIGRATION_MARKER},
    {&alarm_words, "streaming-failed", ALARM_STREAMING_FAILED},
    {&alarm_words, "streaming-interrupted", ALARM_STREAMING_INTERRUPTED},
    {&alarm_words, "streaming-stalled", ALARM_STREAMING_STALLED},
    {&alarm_words, "template-running", ALARM_TEMPLATE_RUNNING},
    {&alarm_words, "template-running-while-streaming", ALARM_TEMPLATE_RUNNING_WHILE_STREAMING},
    {&alarm_words, "unknown-backup-mode", ALARM_UNKNOWN_BACKUP_MODE},
    {&alarm_words, "unknown-mode", ALARM_UNKNOWN_MODE},
    {&alarm_words, "unknown-request", ALARM_UNKNOWN_REQUEST},
    {&alarm_words, "wrong-node", ALARM_WRONG_NODE},
    {&alarm_words, "orphan", ALARM_ORPHAN},
    {&alarm_words, "events-lost", ALARM_EVENTS_LOST},
    {&alarm_words, "look-blocked", ALARM_LOOK_BLOCKED},
    {&alarm_words, "budget", ALARM_BUDGET},
    {&alarm_words, "gap", ALARM_GAP},
    {&alarm_words, "overlap", ALARM_OVERLAP},
};

/* Accepted beside the canonical word, never printed. */
static const struct word synonyms[] = {
    {&state_words, "destroying", STATE_POWERING_OFF},
    {&state_words, "non responding", STATE_FROZEN},
    {&state_words, "NON RESPONDING", STATE_FROZEN},
    {&state_words, "  Destroying\t", STATE_POWERING_OFF},
    {&dstate_words, "no state", DSTATE_NOSTATE},
    {&dstate_words, "idle", DSTATE_BLOCKED},
    {&dstate_words, "in shutdown", DSTATE_SHUTDOWN},
    {&dstate_words, "shut off", DSTATE_SHUTOFF},
    {&dstate_words, "Shut Off\n", DSTATE_SHUTOFF},
    {&dreason_words, "i/o error", DREASON_IOERROR},
    {&dreason_words, "I/O Error", DREASON_IOERROR},
};

/* Not words: the value must stay what it was. */
static const struct word strangers[] = {
    {&state_words, "", 0},          {&state_words, " ", 0},        {&state_words, "Runningg", 0},
    {&state_words, "Run", 0},       {&state_words, "Run ning", 0}, {&state_words, "Stopped, streaming", 0},
    {&activity_words, "none", 0},   {&activity_words, "", 0},      {&activity_words, "backing-up", 0},
    {&mode_words, "ready", 0},      {&mode_words, "ready  for use", 0},
    {&kind_words, "vm", 0},         {&kind_words, "persistent;x", 0},
    {&request_words, "?", 0},       {&request_words, "", 0},       {&request_words, "reboot", 0},
    {&request_words, "power off", 0}, {&request_words, "destroy", 0},
    {&dstate_words, "other", 0},    {&dstate_words, "shutting down", 0}, {&dstate_words, "\xc3\xbc", 0},
    {&dreason_words, "other", 0},   {&dreason_words, "", 0},       {&dreason_words, "io error", 0},
    {&job_words, "", 0},            {&job_words, "migration", 0},
    {&block_job_words, "", 0},      {&block_job_words, "mirror", 0},
    {&job_end_words, "cancelled", 0}, {&agent_words, "", 0},
    {&result_words, "ok", 0},       {&error_class_words, "other", 0}, {&error_class_words, "", 0},
    {&alarm_words, "", 0},          {&alarm_words, "leftover:", 0},
};

static const struct {
    const char *status;
    enum intent intent;
} intents[] = {
    {"running", INTENT_RUN},   {"Running", INTENT_RUN},      {" RUNNING ", INTENT_RUN},
    {"shutdown", INTENT_STOP}, {"ShutDown\n", INTENT_STOP},  {"none", INTENT_NONE},
    {"", INTENT_NONE},         {"  ", INTENT_NONE},          {"stopped", INTENT_NONE},
    {"run", INTENT_NONE},      {"shut down", INTENT_NONE},   {"running!", INTENT_NONE},
    {NULL, INTENT_NONE},
};

static void
must_read(const struct word *w, const char *text)
{
    unsigned value = 12345;

    if (!w->of->parse(text, &value))
        fail_msg("\"%s\" is not known", text);
    assert_int_equal(value, w->value);
}

static void
test_word(void **state)
{
    const struct word *w = *state;
    g_autofree char *upper = g_ascii_strup(w->word, -1);
    g_autofree char *title = g_strdup(w->word);
    g_autofree char *padded = g_strdup_printf(" \t%s\r\n", w->word);
    g_autofree char *longer = g_strdup_printf("%sx", w->word);
    unsigned value = 12345;

    title[0] = g_ascii_toupper(title[0]);
    assert_string_equal(w->of->spell(w->value), w->word);
    must_read(w, w->word);
    must_read(w, upper);
    must_read(w, title);
    must_read(w, padded);
    assert_false(w->of->parse(longer, &value));
    assert_int_equal(value, 12345);
}

static void
test_synonym(void **state)
{
    const struct word *w = *state;

    must_read(w, w->word);
    assert_string_not_equal(w->of->spell(w->value), w->word);
}

static void
test_stranger(void **state)
{
    const struct word *w = *state;
    unsigned value = 12345;

    assert_false(w->of->parse(w->word, &value));
    assert_int_equal(value, 12345);
}

static const struct vocabulary *const all[]
    = {&state_words,   &activity_words, &mode_words,  &kind_words,   &request_words,     &dstate_words, &dreason_words,
       &job_words,     &block_job_words, &job_end_words, &agent_words, &result_words, &error_class_words, &alarm_words};

/* Numbers outside a vocabulary print "?", NULL is no word, and no word of the list is untested. */
static void
test_edges(void **state)
{
    const struct vocabulary *v = *(const struct vocabulary *const *)*state;
    unsigned value = 12345;
    unsigned listed = 0;

    assert_string_equal(v->spell(v->count), "?");
    assert_string_equal(v->spell(~0u), "?");
    assert_false(v->parse(NULL, &value));
    for (unsigned i = 0; i < v->count; i++) {
        const char *word = v->spell(i);
        bool nothing = *word == '\0' || strcmp(word, "?") == 0 || strcmp(word, "other") == 0;
        assert_true(strlen(word) < 64);
        listed += nothing;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        listed += words[i].of == v;
    assert_int_equal(listed, v->count);
}

static void
test_intent(void **state)
{
    const __typeof__(intents[0]) *row = *state;

    assert_int_equal(intent_of_status(row->status), row->intent);
}

int
main(void)
{
    ROWS_TABLE(test_word, words, "%s: %s", row->of->name, row->word);
    ROWS_TABLE(test_synonym, synonyms, "%s: synonym %s", row->of->name, row->word);
    ROWS_TABLE(test_stranger, strangers, "%s: not a word: %s", row->of->name, row->word);
    ROWS_TABLE(test_edges, all, "%s: edges", (*row)->name);
    ROWS_TABLE(test_intent, intents, "intent: %s", row->status != NULL ? row->status : "(null)");
    return rows_run("core words");
}

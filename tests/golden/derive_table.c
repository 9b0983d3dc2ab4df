/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "derive_table.h"

#include "core/derive.h"

#include <string.h>

/* The copy that counts, with each reason a rule looks at and one that none does. */
static const struct {
    enum copy copy;
    enum dreason reason;
} copies[] = {
    {COPY_ABSENT, DREASON_NONE},
    {COPY_SHUTOFF, DREASON_SHUTDOWN},
    {COPY_SHUTOFF, DREASON_UNKNOWN},
    {COPY_SHUTOFF, DREASON_DAEMON},
    {COPY_SHUTOFF, DREASON_CRASHED},
    {COPY_SHUTOFF, DREASON_FAILED},
    {COPY_SHUTOFF, DREASON_SAVED},
    {COPY_RUNNING, DREASON_BOOTED},
    {COPY_PAUSED, DREASON_USER},
    {COPY_PAUSED, DREASON_MIGRATING},
    {COPY_PAUSED, DREASON_SHUTTING_DOWN},
    {COPY_PAUSED, DREASON_STARTING_UP},
    {COPY_PAUSED, DREASON_CRASHED},
    {COPY_PAUSED, DREASON_WATCHDOG},
    {COPY_PAUSED, DREASON_IOERROR},
    {COPY_SHUTDOWN, DREASON_USER},
    {COPY_PMSUSPENDED, DREASON_UNKNOWN},
    {COPY_CRASHED, DREASON_PANICKED},
    {COPY_UNMAPPED, DREASON_NONE},
};

/* A named context: something the directory or the memory says beside the copy. */
#define CONTEXT_LIST(X)                                                                            \
    X(PLAIN, "-", (void)f)                                                                         \
    X(INVALID, "invalid", f->invalid = true)                                                       \
    X(DUPLICATE, "duplicate", f->duplicate = true)                                                 \
    X(UNSEEN, "unseen", f->unseen = true)                                                          \
    X(RUN, "meant-to-run", f->intent = INTENT_RUN)                                                 \
    X(STOP, "meant-to-stop", f->intent = INTENT_STOP)                                              \
    X(WAS_ON, "was-running", f->running_like = true)                                               \
    X(WAS_CRASHED, "was-crashed", f->was_crashed = true)                                           \
    X(WAS_LEAVING, "was-leaving", f->running_like = f->was_leaving = true)                         \
    X(WAS_HELD, "was-backup-paused", f->was_backup_paused = true)                                  \
    X(DELETE, "delete", f->request_delete = true)                                                  \
    X(POWER_OFF, "power-off", f->request_power_off = true)                                         \
    X(START, "start", f->request_start = f->start_under_way = true)                                \
    X(STARTING, "start-under-way", f->start_under_way = true)                                      \
    X(STOPPING, "stop-under-way", f->stop_under_way = true)                                        \
    X(EXCUSED, "excused", f->excused = true)                                                       \
    X(SIGNS, "signs", f->signs = true)                                                             \
    X(MARKER, "marker", f->marker = true)                                                          \
    X(PROVEN_ABSENT, "corroborated", f->corroborated = true)                                       \
    X(POSTCOPY_FAILED, "post-copy-failed", f->postcopy_failed = true)                              \
    X(OTHER_RUNS, "other-copy-runs", f->any_running = f->move_running = f->active = true)          \
    X(OTHER_PAUSED, "other-copy-paused", f->any_paused = f->active = true)                         \
    X(WAITING, "backup-waiting", f->backup = BACKUP_WAITING)                                       \
    X(SAVING, "backup-saving", f->backup = BACKUP_SAVING)                                          \
    X(MERGING, "backup-merging", f->backup = BACKUP_MERGING)                                       \
    X(RESTORING, "backup-restoring", f->backup = BACKUP_RESTORING)                                 \
    X(UNKNOWN, "backup-unknown", f->backup = BACKUP_UNKNOWN)                                       \
    X(BACKUP_JOB, "backup-job", f->backup_job = true)                                              \
    X(MERGE_JOB, "merge-job", f->merge_job = true)                                                 \
    X(STREAMING, "streaming", f->streaming = true)                                                 \
    X(CHILDREN, "children-stream", f->children_streaming = true)                                   \
    X(CONTROL, "control-frozen", f->control_frozen = true)                                         \
    X(AGENT, "agent-frozen", f->agent_frozen = true)                                               \
    X(IMAGE, "saved-image", f->managed_save = true)                                                \
    X(JOB_IS_START, "job-start", f->job = JOB_START)                                               \
    X(JOB_IS_SAVE, "job-save", f->job = JOB_SAVE)                                                  \
    X(JOB_IS_RESTORE, "job-restore", f->job = JOB_RESTORE)                                         \
    X(JOB_IS_DUMP, "job-dump", f->job = JOB_DUMP)                                                  \
    X(JOB_IS_OUT, "job-outgoing", (f->job = JOB_OUTGOING, f->signs = true))                        \
    X(JOB_IS_BACKUP, "job-backup", (f->job = JOB_BACKUP, f->backup_job = true))                    \
    X(ONE_RUNS, "opennebula-runs", (f->one = true, f->one_state = STATE_RUNNING))                  \
    X(ONE_OFF, "opennebula-off", (f->one = true, f->one_state = STATE_STOPPED))                    \
    X(ONE_LOST, "opennebula-lost", f->one_lost = true)

#define CONTEXT_ENUM(id, name, apply) id,
enum context { CONTEXT_LIST(CONTEXT_ENUM) CONTEXT_COUNT };

#define CONTEXT_NAME(id, name, apply) [id] = name,
static const char *const context_names[] = {CONTEXT_LIST(CONTEXT_NAME)};

static void
apply(struct facts *f, enum context c)
{
    switch (c) {
#define CONTEXT_CASE(id, name, statement)                                                          \
    case id:                                                                                       \
        statement;                                                                                 \
        break;
        CONTEXT_LIST(CONTEXT_CASE)
    case CONTEXT_COUNT:
        break;
    }
}

/* Contexts that two or more rules weigh against each other. */
static const enum context together[][4] = {
    {RUN, WAS_ON},
    {RUN, WAS_CRASHED},
    {RUN, WAS_LEAVING},
    {RUN, WAS_ON, IMAGE},
    {RUN, WAS_ON, SIGNS},
    {RUN, WAS_ON, STARTING},
    {RUN, WAS_ON, MARKER},
    {RUN, WAS_ON, MARKER, PROVEN_ABSENT},
    {RUN, WAS_ON, WAITING},
    {RUN, WAS_ON, SAVING},
    {RUN, WAS_ON, RESTORING},
    {RUN, WAS_HELD, SAVING},
    {STOP, WAS_ON},
    {RUN, SAVING},
    {SAVING, IMAGE},
    {SAVING, JOB_IS_SAVE},
    {SAVING, JOB_IS_OUT},
    {RESTORING, JOB_IS_RESTORE},
    {RESTORING, EXCUSED},
    {MERGING, MERGE_JOB},
    {MERGING, MERGE_JOB, RUN},
    {MERGING, STREAMING},
    {WAITING, STOPPING},
    {WAITING, MARKER},
    {SAVING, MARKER},
    {SAVING, SIGNS},
    {MARKER, SIGNS},
    {MARKER, STOPPING},
    {MARKER, POWER_OFF},
    {MARKER, DELETE},
    {MARKER, START},
    {MARKER, STREAMING},
    {SIGNS, OTHER_RUNS},
    {SIGNS, OTHER_PAUSED},
    {MARKER, OTHER_PAUSED},
    {POSTCOPY_FAILED, OTHER_PAUSED},
    {STREAMING, RUN},
    {STREAMING, START},
    {STREAMING, BACKUP_JOB},
    {STREAMING, STOPPING},
    {DELETE, STARTING},
    {DELETE, SAVING},
    {POWER_OFF, STOPPING},
    {START, IMAGE},
    {ONE_OFF, DUPLICATE},
    {ONE_OFF, UNSEEN},
    {ONE_RUNS, DELETE},
    {ONE_RUNS, POWER_OFF},
    {ONE_LOST, UNSEEN},
    {ONE_LOST, EXCUSED},
    {ONE_LOST, DELETE},
};

/* For templates. */
static const enum context template_contexts[][4] = {
    {PLAIN},     {RUN, WAS_ON}, {WAS_CRASHED},      {DELETE},       {POWER_OFF},
    {START},     {STOPPING},    {MARKER},           {SIGNS},        {WAITING},
    {SAVING},    {MERGING},     {CHILDREN},         {CHILDREN, RUN, WAS_ON},
    {CHILDREN, WAITING},        {CHILDREN, MARKER}, {CHILDREN, START}, {STREAMING},
};

/* For guests that are transient: where gone means stopped, not crashed. */
static const enum context transient_contexts[][4] = {
    {PLAIN},  {RUN, WAS_ON}, {RUN, WAS_CRASHED}, {RUN, WAS_ON, MARKER},
    {RUN, WAS_ON, MARKER, PROVEN_ABSENT}, {RUN, WAS_ON, SAVING}, {EXCUSED}, {STREAMING, RUN},
};

static bool
is_active(enum copy copy)
{
    return copy != COPY_ABSENT && copy != COPY_SHUTOFF && copy != COPY_UNMAPPED;
}

static void
append_row(GString *out, const struct facts *base, const char *kind, size_t at,
           const enum context contexts[4])
{
    struct facts f = *base;
    g_autoptr(GString) context = g_string_new(NULL);
    g_autoptr(GString) alarms = g_string_new(NULL);

    f.copy = copies[at].copy;
    f.reason = copies[at].reason;
    f.active = is_active(f.copy);
    f.any_running = f.move_running = f.copy == COPY_RUNNING;
    f.any_paused = f.copy == COPY_PAUSED;
    for (unsigned i = 0; i < 4 && (i == 0 || contexts[i] != PLAIN); i++) {
        apply(&f, contexts[i]);
        g_string_append_printf(context, "%s%s", i > 0 ? " " : "", context_names[contexts[i]]);
    }
    struct decision d = derive(&f);
    for (unsigned a = 0; a < ALARM_COUNT; a++) {
        if (d.alarms & (UINT32_C(1) << a))
            g_string_append_printf(alarms, "%s%s", alarms->len > 0 ? " " : "",
                                   alarm_name((enum alarm_id)a));
    }
    const char *activity = activity_name(d.activity);
    g_string_append_printf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s%s%s\t%s\t%s\n", kind,
                           f.kind == KIND_TEMPLATE ? mode_name(f.mode) : "-", copy_name(f.copy),
                           f.reason == DREASON_NONE ? "-" : dreason_name(f.reason), context->str,
                           rule_name(d.rule), d.kept ? "(kept)" : state_name(d.state),
                           *activity != '\0' ? ", " : "", activity, f.active ? "yes" : "no",
                           alarms->len > 0 ? alarms->str : "-");
}

static void
append_rows(GString *out, const struct facts *base, const char *kind,
            const enum context (*contexts)[4], size_t n)
{
    for (size_t c = 0; c < n; c++) {
        for (size_t at = 0; at < G_N_ELEMENTS(copies); at++)
            append_row(out, base, kind, at, contexts[c]);
    }
}

char *
derive_table(void)
{
    static const enum mode modes[]
        = {MODE_READY, MODE_MAINTENANCE, MODE_FIRST_INSTALLATION, MODE_DO_NOT_USE};
    GString *out
        = g_string_new("kind\tmode\tcopy\treason\tcontext\trule\tstatus\tactive\talarms\n");
    struct facts persistent = {.kind = KIND_PERSISTENT};
    struct facts dynamic = {.kind = KIND_DYNAMIC, .transient = true};
    struct facts golden = {.kind = KIND_PERSISTENT, .transient = true};

    for (unsigned c = 0; c < CONTEXT_COUNT; c++) {
        enum context alone[1][4] = {{(enum context)c}};
        append_rows(out, &persistent, "persistent", (const enum context(*)[4])alone, 1);
    }
    append_rows(out, &persistent, "persistent", together, G_N_ELEMENTS(together));
    append_rows(out, &dynamic, "dynamic", transient_contexts, G_N_ELEMENTS(transient_contexts));
    append_rows(out, &golden, "golden", transient_contexts, G_N_ELEMENTS(transient_contexts));
    for (size_t m = 0; m < G_N_ELEMENTS(modes); m++) {
        struct facts template = {.kind = KIND_TEMPLATE, .mode = modes[m]};
        append_rows(out, &template, "template", template_contexts,
                    G_N_ELEMENTS(template_contexts));
    }
    return g_string_free(out, FALSE);
}

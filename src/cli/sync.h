/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/sync.h - one pass, shared by the modules of `statesync sync`.
 *
 * sync.c is the order of things; sync-lease.c says who may work, sync-read.c
 * asks directory and nodes, sync-frontends.c OpenNebula, sync-write.c sends what the engine planned,
 * sync-report.c says what became of it; sync-open.c is what every pass begins with, sync-vms.c those
 * that --vm names.
 */
#ifndef STATESYNC_CLI_SYNC_H
#define STATESYNC_CLI_SYNC_H

#include "cli/exit.h"
#include "cli/progress.h"
#include "cli/record.h"
#include "daemon/languages.h"
#include "daemon/statestore.h"
#include "config/conf.h"
#include "daemon/metrics.h"
#include "directory/connection.h"
#include "directory/from_config.h"
#include "directory/service.h"
#include "engine/engine.h"
#include "hypervisor/hypervisor.h"

#include <json-glib/json-glib.h>

struct sync_options {
    char *config;
    char *state_file;
    char *record;
    char **vms;   /* --vm: names as of find.h, NULL = all */
    char **nodes; /* --node: names, NULL = all */
    gboolean dry_run;
    gboolean json;
    gboolean force_budget;
    gboolean sweep;
    gboolean quiet;
    gboolean wait;     /* until those of --vm are fresh */
    char *timeout;     /* --timeout as typed; NULL = none */
    int64_t timeout_s;
};

/* One that --vm names. */
struct sync_vm {
    char *dn;
    char *uuid;   /* NULL = its entry has none that is valid */
    char *name;   /* display name, or NULL */
    char *status; /* after waiting, "stale" and why included; NULL = not looked at */
    bool fresh;
};

/* X(ID, name) in the order of a pass; the names appear in --json as NAME_ms */
#define SYNC_PHASE_LIST(X)                                                                         \
    X(CONNECT, "connect")     /* directory: connect, bind, schema, the lease; the state file */    \
    X(DIRECTORY, "read_directory")                                                                 \
    X(NODES, "nodes")         /* first question to last answer, beside the directory read */       \
    X(FRONTENDS, "front_ends") /* OpenNebula: from the question to the last answer, beside both */ \
    X(LOOKS, "looks")                                                                              \
    X(JUDGE, "judge")                                                                              \
    X(WRITE, "write")                                                                              \
    X(CLOSE, "close")         /* service entry and state file */

#define SYNC_PHASE_MEMBER(id, name) SYNC_##id,
enum sync_phase { SYNC_PHASE_LIST(SYNC_PHASE_MEMBER) SYNC_PHASES };
#undef SYNC_PHASE_MEMBER

struct sync {
    struct sync_options options;
    struct config *config;
    struct languages *languages; /* of the configuration */
    struct directory_options *where;
    struct directory_connection *connection;
    struct service *service;
    struct statestore *store;
    struct engine *engine;
    struct hypervisor *hypervisor;
    struct recording *recording; /* NULL = none */
    struct metrics *metrics;     /* NULL = nobody wants them */
    struct progress progress;
    GPtrArray *plans;        /* of struct node_plan * */
    GPtrArray *observations; /* of struct observation * */
    GPtrArray *frontends;    /* of struct sync_frontend *: those that are configured */
    GPtrArray *answers;      /* of struct frontend_answer *: theirs; NULL = there are none */
    GPtrArray *vms;          /* of struct sync_vm *: those of --vm; NULL = all */
    GPtrArray *requests;     /* of char *: refresh requests found before the pass */
    gint64 began;            /* monotonic ms */
    gint64 spent_us[SYNC_PHASES];
    gint64 asked_us;         /* when the nodes were asked last */
    gint64 frontends_us;     /* and the front-ends */
    unsigned frontends_asked; /* that have not answered yet */
    unsigned codes;          /* EXIT_BIT set */
    /* what became of it */
    bool handed_over;        /* another body did the work */
    bool outrun;             /* another body took the lease while we were reading */
    bool overtaken;          /* another body worked after us: what it remembers is newer */
    char *holder;            /* who, where known */
    bool paused;
    char *pause_text;
    unsigned n_entries;
    unsigned n_planned, n_written, n_refused, n_gone, n_retried;
    unsigned n_stale, n_invalid, n_held, n_silent, n_silent_frontends;
    unsigned states[STATE_COUNT];
    char *budget_text;
    char *abort_text;
    char *invalid_text;      /* malformed and duplicate entries: how many, which */
    int left_by;             /* 128 + signal that ended the waiting; 0 = none did */
    bool broken_off;         /* the pass came to no end, failure_text says why */
    char *failure_text;      /* the first failure, also of a pass that came to its end */
    JsonNode *report; /* with --json */
    /* for commands that ask (look.h); NULL = nobody does */
    char *memory_text;       /* why the state file could not be read */
    GHashTable *heard;       /* node, or HEARD_FRONTEND and front-end, lower case: when it answered
                              * (gint64, monotonic us) */
    void (*value)(const char *dn, const char *attribute, const char *value, size_t len,
                  void *data); /* each value of the directory as it arrives */
    void *value_data;
};

#define HEARD_FRONTEND "opennebula "


/* sync-open.c */
/* Once the configuration is loaded: nothing is asked yet. */
void sync_prepare(struct sync *s);
/* Connects; the schema has to be there. */
bool sync_connect(struct sync *s, GError **error);
/* A new engine with what the last pass saved: once it is known that we may work, since whoever
 * worked before us may have saved just now.  False and error: the state file cannot be read, and
 * the engine remembers nothing. */
bool sync_remember(struct sync *s, GError **error);
/* It answered just now. */
void sync_heard(struct sync *s, const char *kind, const char *name);
enum exit_code sync_code_of(const GError *error);
void sync_clear(struct sync *s);

/* sync-vms.c */
/* Finds those that --vm names.  False and error: FIND_ERROR, or the directory cannot be used. */
bool sync_find_vms(struct sync *s, GError **error);
bool sync_names_vm(const struct sync *s, const char *dn);
/* --wait, after the pass: until each of them is fresh.  Its code is among s->codes, in the place of
 * that of all others. */
void sync_wait(struct sync *s);
/* The time that --timeout leaves, in ms; -1 = no limit. */
gint64 sync_time_left(const struct sync *s);
void sync_report_vms(const struct sync *s, JsonBuilder *b);

/* sync-lease.c */
/* May we work?  False without error: another body did it.  The service entry is made when it is
 * missing. */
bool sync_claim(struct sync *s, GError **error);
/* The lease is needed before the first modify.  False without error: somebody was faster
 * (s->outrun); what was read is old then, and the pass begins again. */
bool sync_take_lease(struct sync *s, GError **error);

/* sync-read.c: false with error when the directory could not be read; nodes never fail. */
bool sync_read(struct sync *s, GError **error);
/* Closer looks at what the engine names. */
void sync_look(struct sync *s);
/* Asks all nodes again, for absences that a gap interrupted. */
void sync_read_nodes_again(struct sync *s);

/* sync-frontends.c: they never fail */
void sync_open_frontends(struct sync *s);
void sync_ask_frontends(struct sync *s);  /* goes on beside what follows */
void sync_hear_frontends(struct sync *s); /* waits for all, and tells the engine */
/* A signal: nobody waits for them any more. */
void sync_end_frontends(struct sync *s);
void sync_report_frontends(const struct sync *s, JsonBuilder *b);
void sync_note_frontends(const struct sync *s); /* in the metrics */

/* sync-write.c */
/* Every name given with --node means something in the directory (array of struct entry *); else
 * false with error. */
bool sync_check_nodes(const struct sync *s, const GPtrArray *entries, GError **error);
/* How many of the planned modifies --vm and --node let through. */
unsigned sync_wanted(const struct sync *s, const struct engine_output *o);
bool sync_is_wanted(const struct sync *s, const struct verdict *v);
/* Sends the planned modifies; false with error when the directory went away in the middle. */
bool sync_write(struct sync *s, struct engine_output *o, GError **error);
void sync_print_ldif(const struct sync *s, const struct engine_output *o);

/* Adds the time since from_us, which it returns anew, to what a phase took. */
gint64 sync_spent(struct sync *s, enum sync_phase phase, gint64 from_us);

/* sync-report.c */
void sync_note(struct sync *s, const struct engine_output *o);
bool sync_close(struct sync *s, const struct engine_output *o, GError **error);
void sync_summary(struct sync *s);
/* The figures of a pass that came to its end, for node_exporter; nothing where none are wanted. */
bool sync_write_metrics(struct sync *s, GError **error);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/engine.h - joins directory and observations, remembers, decides, plans.
 *
 * The engine does no I/O and asks no clock: time is an argument, what is to be
 * written is returned.  One-shot runs, the daemon, replay and the property
 * tests call the same functions:
 *
 *     engine_directory()        the directory as it was read (or stands)
 *     engine_looks()            which domains deserve a closer look
 *     engine_frontends()        what OpenNebula says, where there is one
 *     engine_step()             one pass: verdicts and the modifies to send
 *     engine_written()          a modify was accepted
 *     engine_redecide()         an entry changed under us: decide it again
 *     engine_save()             what must survive until the next run
 *
 * Single-threaded; nothing blocks.
 */
#ifndef STATESYNC_ENGINE_ENGINE_H
#define STATESYNC_ENGINE_ENGINE_H

#include "core/actions.h"
#include "core/cleanup.h"
#include "core/derive.h"
#include "core/limits.h"
#include "core/one.h"
#include "engine/change.h"
#include "engine/entry.h"
#include "engine/frontend.h"
#include "engine/observation.h"

#include <glib.h>

struct engine;
struct vm_entry;
struct node_entry;

/* A language in which statuses are published, beside English. */
struct engine_language {
    const char *tag; /* RFC 3866: "de", "de-CH" */
    /* The translation of an English text; with `many` of what n of them are called.  Static, or of
     * data.  NULL: there is none at all, and what is published in the language stays. */
    const char *(*text)(const char *one, const char *many, unsigned long n, void *data);
    void *data;
};

struct engine_options {
    struct limits limits;
    bool force_budget;   /* neither the negative budget nor the directory floor holds anything */
    bool repair_mode;    /* write "do not use" where a template has no mode */
    bool repair_streams; /* remove proven-finished UUIDs from thin lists */
    bool agent;          /* judge guests by their agent */
    /* Is this node ours?  VMs whose home is not are left to other bodies; NULL for the node asks
     * about VMs without a home.  NULL: all are ours. */
    bool (*owns)(const char *node, void *data);
    void *owns_data;
    /* Not owned; they live as long as the options count. */
    const struct engine_language *languages;
    unsigned n_languages;
};

struct engine_time {
    gint64 mono; /* milliseconds, monotonic since boot */
    gint64 wall; /* milliseconds since the epoch, UTC */
};

/* What was decided about one VM or template. */
struct verdict {
    struct vm_entry *vm; /* owned by the engine */
    enum rule rule;
    bool kept;  /* the published status stands */
    bool stale;
    bool written_only_stale; /* invalid entries: nothing but staleness and actions is written */
    bool by_absence; /* the rules decided so because the domain is absent */
    uint8_t state;    /* enum state; STATE_NONE = no status */
    uint8_t activity; /* enum activity */
    int8_t active;    /* 1, 0, or -1 = not known and never published */
    int16_t permille; /* -1 = none */
    uint32_t alarms;  /* bits 1 << enum alarm_id */
    unsigned actions; /* bits 1 << enum action */
    uint8_t denials[ACTION_COUNT]; /* enum denial */
    bool request_done; /* the request is done or expired: clear it */
    char *node;         /* ref: where the domain was last seen, or NULL */
    char *reason;       /* ref */
    char *stale_reason; /* ref, NULL = fresh */
    gint64 stale_since; /* wall clock, seconds; -1 = fresh, or an unreadable time is published */
    char *lock_text;    /* ref: what locks it ("backup retaining since ..."), or NULL */
    char *source;       /* ref: the OpenNebula front-end it belongs to, or NULL */
    char *one_text;     /* ref: what that says of it, or NULL */
    bool one_exact;     /* one_state and one_lcm are what it says, in its numbers */
    int one_state;
    int one_lcm;
    char **alarm_texts; /* "id: text", sorted; NULL = none */
    char **details;     /* NULL = none */
    unsigned more;      /* how many the last of the details stands for ("... and 3 more"); 0 = it
                           is like the others */
    struct change *change; /* the modify to send, or NULL */
};

/* What was decided about one node entry. */
struct node_verdict {
    struct node_entry *entry;
    uint32_t alarms;
    char **alarm_texts; /* NULL = none */
    struct change *change; /* or NULL */
};

/* Things a person may want to mend. */
struct finding {
    const char *kind; /* static: FINDING_LIST of findings.h; engine_findings() adds alarms */
    char *dn;   /* NULL: of a node without an entry */
    char *name; /* of the VM, template or node; NULL = it has none */
    char *text;
    struct change *repair; /* a modify that mends it, or NULL */
};

struct engine_output {
    bool aborted; /* nothing was judged */
    char *why;    /* why it was aborted */
    GArray *verdicts; /* of struct verdict */
    GArray *nodes;    /* of struct node_verdict */
    GArray *findings; /* of struct finding */
    uint32_t alarms;  /* of the pass */
    char *budget_text; /* what the budget holds, or NULL */
    unsigned held;    /* statuses held by the budget */
    unsigned changes; /* modifies planned, of VMs, templates and nodes */
    unsigned stale;   /* VMs and templates that are stale now */
    unsigned invalid; /* malformed and duplicate entries */
    unsigned silent_nodes; /* nodes that gave an error or a partial answer */
    unsigned silent_frontends; /* the same of OpenNebula's front-ends */
    gint64 next; /* monotonic ms at which a counter runs out, or G_MAXINT64 */
    unsigned repeats; /* VMs whose absence a one-shot run must look at again itself */
};

struct engine *engine_new(const struct engine_options *options);
void engine_free(struct engine *e); /* NULL is ignored */

/* Other limits from the next pass on; what is remembered stays. */
void engine_set_options(struct engine *e, const struct engine_options *options);
DEFINE_CLEANUP(struct engine, engine_free)

/*
 * The complete directory as one read returned it: takes the array and its
 * entries (of struct entry *, made with g_ptr_array_new_with_free_func or
 * without; entries are freed by the engine).
 */
void engine_directory(struct engine *e, GPtrArray *entries);

/* Replaces (or adds) one entry, e.g. after an assertion failed.  Takes it. */
void engine_put_entry(struct engine *e, struct entry *entry);

/* Forgets the entry with this DN; unknown DNs are ignored. */
void engine_remove_entry(struct engine *e, const char *dn);

/* The wishes for closer looks, given the bulk answers of this pass (array of struct observation *).
 * Returns an array of struct look_request; the caller frees it with g_array_unref(). */
GArray *engine_looks(struct engine *e, struct engine_time now, const GPtrArray *observations);

/*
 * What the OpenNebula front-ends answered (array of struct frontend_answer *, one
 * for each that is configured, be it an error), for the passes to come: takes
 * references, and forgets all that was told of front-ends before.  A site without
 * front-ends never calls it.
 */
void engine_frontends(struct engine *e, const GPtrArray *answers);

/*
 * One pass: judges every entry against the observations (array of struct
 * observation *, at most one per node) and plans modifies.  complete false, or
 * why not NULL, says that the directory read failed: the pass is aborted.
 * Never fails; free the output with engine_output_free().
 */
struct engine_output *engine_step(struct engine *e, struct engine_time now,
                                  const GPtrArray *observations, bool complete, const char *why);
void engine_output_free(struct engine_output *o); /* NULL is ignored */
DEFINE_CLEANUP(struct engine_output, engine_output_free)

/* A modify was accepted: the entry is what it made of it; csn is the new entryCSN or NULL. */
void engine_written(struct engine *e, const struct change *c, const char *csn);

/*
 * Decides one entry of the current pass again (its entry was replaced by
 * engine_put_entry()).  Counts nothing twice.  NULL when nothing is to be
 * written (any more); the caller owns the change.
 */
struct change *engine_redecide(struct engine *e, struct engine_time now, const char *dn);

/* Boot id of this machine; with it engine_save() and engine_load() tell another boot. */
void engine_set_boot(struct engine *e, const char *boot_id);

/* The state as text (engine/statefile.h).  Order is stable; equal memories give equal bodies. */
char *engine_save_header(const struct engine *e);
void engine_save_body(struct engine *e, GString *out);

/* Loads what engine_save wrote.  False with *problem (caller frees) when it is not readable: the
 * engine is then as new. */
bool engine_load(struct engine *e, const char *text, struct engine_time now, char **problem);

/* The epoch a new connection to this node starts with (one-shot runs): what the last pass
 * had, one more when that pass got no answer. */
guint64 engine_epoch(const struct engine *e, const char *node);

/* The OpenNebula front-end that a published reason names, and the number of its VM there (-1: it is
 * not told); NULL where it names none.  The caller frees. */
char *engine_named_source(const char *reason, gint64 *id);
/* "5.1 %" and friends: the status text of a verdict, NULL when none; the caller frees. */
char *verdict_status(const struct verdict *v);
/* OpenNebula's pair: exact where OpenNebula said it (or had said it), else the nearest.  False when
 * there is none. */
struct verdict_pair {
    int state;
    int lcm;
    char name[ONE_NAME_SIZE];
};
bool verdict_pair(const struct verdict *v, struct verdict_pair *out);
/* Is this line of published details no name, but says how many are not listed? */
bool details_is_more(const char *line);
/* Why an action is denied, in words; NULL when it is allowed.  The caller frees. */
char *verdict_denial(const struct verdict *v, enum action a);

/* How long a request counts, in seconds; 0 for what is none. */
gint64 engine_request_limit(const struct limits *l, enum request request);

/*
 * What the directory says about a VM or template whose entry and backups were
 * just read, as a verdict: state, actions, and why others are denied.  now:
 * seconds since the epoch.  An action is allowed only where it is published so
 * and no lock that came later (a backup, a migration marker) denies it.
 * Release with verdict_clear().
 */
void verdict_as_published(struct vm_entry *vm, gint64 now, struct verdict *v);
void verdict_clear(gpointer verdict);

/* Walks the VM and template entries the engine holds. */
unsigned engine_entries(const struct engine *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/engine-internal.h - what the modules of the engine share.  Nobody
 * outside engine/ includes it.
 */
#ifndef STATESYNC_ENGINE_INTERNAL_H
#define STATESYNC_ENGINE_INTERNAL_H

#include "engine/engine.h"
#include "engine/entry-data.h"
#include "engine/memory.h"

#define BIT(alarm) (UINT32_C(1) << (alarm))

/* Alarms of facts, which a kept status carries as well. */
#define FACT_ALARMS                                                                                \
    (BIT(ALARM_STALE_MIGRATION_MARKER) | BIT(ALARM_MIGRATION_TO_SELF) | BIT(ALARM_BACKUP_FAILED)   \
     | BIT(ALARM_BACKUP_STUCK) | BIT(ALARM_UNKNOWN_BACKUP_MODE) | BIT(ALARM_CONFLICT)              \
     | BIT(ALARM_UNKNOWN_MODE) | BIT(ALARM_LEFTOVER) | BIT(ALARM_SHUTDOWN_IGNORED)                 \
     | BIT(ALARM_NAME_CLASH) | BIT(ALARM_UNKNOWN_REQUEST) | BIT(ALARM_DISAGREE)                    \
     | BIT(ALARM_ONE_DONE))

/* One node: what the directory says of it and what it answered in this pass. */
struct node_state {
    char *key;  /* lower case name */
    char *name; /* as it answers, else as its entry has it, else the key */
    struct node_entry *entry;  /* NULL = no node entry */
    char *state;               /* sstNodeState, NULL = unknown */
    bool runs_vms;             /* its type says so */
    bool typed;                /* it has a type at all */
    struct observation *obs;   /* this pass's answer, NULL = none: an unknown node */
    guint64 epoch;             /* of the last answer */
    bool answered;             /* in the last pass */
    GPtrArray *patches;        /* of struct observation *: newer words about single domains */
    bool news;                 /* something about it may have to be published */
    bool recount;              /* and, when there is time, how many domains are active */
    bool wanted;               /* a row of absences waits for its next answer */
    bool look_blocked;         /* as its newest words say */
    unsigned active;           /* active domains; counted by world_count() */
    unsigned orphans;
    GPtrArray *foreign;        /* of char *: UUIDs active here whose home is elsewhere */
    /* budget */
    unsigned like;    /* running-like entries that belong here */
    unsigned leaving; /* of them, leaving by absence */
};

/* A domain of an observation that belongs to an entry; chained per VM. */
struct sighting {
    const struct domain *domain;
    struct node_state *node;
    guint64 query; /* of the answer that the domain came with */
    guint32 next;  /* index + 1, 0 = last; of the next free one while it is free */
};

struct engine {
    struct engine_options options;
    /* directory */
    GPtrArray *vms;      /* of struct vm_entry * */
    GPtrArray *others;   /* backups, nodes, node facts */
    bool entries_changed; /* entries came or went since they were counted */
    GHashTable *by_dn;   /* DN -> struct entry *, all of them; made when first needed */
    GHashTable *by_uuid; /* struct uuid -> struct vm_entry *, valid ones */
    GHashTable *thin;    /* struct uuid -> struct vm_entry * (a template that lists it) */
    bool thin_shared;    /* some VM is listed by several, or twice */
    GHashTable *clashes; /* struct uuid -> NULL: names of domains whose UUID differs */
    /* nodes */
    GHashTable *nodes;     /* lower case name -> struct node_state * */
    GHashTable *node_refs; /* ref pointer -> struct node_state *: a cache */
    /* OpenNebula (origin.h) */
    GHashTable *fronts; /* lower case name -> struct front_state * */
    GArray *claims;     /* of struct claim */
    bool claims_outdated; /* entries or answers changed since they were joined */
    GHashTable *hosts;  /* OpenNebula's host -> struct node_state * or NULL: a cache */
    /* this pass */
    GArray *sightings; /* of struct sighting */
    guint32 free_sighting; /* first of those not in use + 1, 0 = none */
    GPtrArray *touched; /* of struct vm_entry *: to be judged in the next update */
    gint64 due;         /* no counter of a VM runs out before; may be too early */
    struct engine_time now;
    guint64 pass;
    bool cold; /* nothing was remembered when this pass began */
    bool gap;  /* too long since the last pass: counters start again */
    bool any_shutoff_migrated;
    unsigned repeats;
    gint64 next;
    /* memory */
    struct memory *memory;
    bool warm;            /* a pass was completed (in this process or by the state file) */
    gint64 last_mono;     /* of the last completed pass */
    gint64 last_wall;
    gint64 distances[4];  /* between the last passes, ms */
    unsigned n_distances;
    gint64 entries_before; /* VM and template entries of the last completed pass, -1 */
    gint64 calendar_wall;  /* wall clock the dates are read by: steps of up to 2 h are ignored */
    gint64 calendar_mono;
    guint64 budget_pass;   /* pass in which the budget held something */
    char *boot_id;
};

/* What all nodes together say about one VM (sight.c). */
struct sight {
    struct node_state *home;   /* NULL = no sstNode */
    struct node_state *target; /* NULL = no marker, or equal to home */
    bool to_self;
    const struct domain *it;   /* the copy that counts, NULL = none */
    struct node_state *it_node;
    const struct domain *here; /* home's copy */
    const struct domain *there; /* target's copy */
    enum copy copy;
    bool active; /* any copy */
    unsigned n_living; /* active, not crashed */
    bool any_running;
    bool any_paused;
    bool all_running; /* all living copies are running */
    bool postcopy_failed;
    bool move_running; /* home or target runs it */
    bool wrong_node;
    bool home_silent;
    bool signs; /* of movement, on any copy */
    bool signs_of_nodes; /* the same without copies that may arrive from a file */
    bool leftover;
    bool absent; /* every node in play answered, and no copy is left to count */
    bool sourced; /* it belongs to an OpenNebula front-end, which decides instead of the nodes */
    bool said;    /* that one gives the status */
    bool off;     /* and says that no domain is active; nor does any node show one */
    bool moving;  /* it moves the VM from node to node */
    const struct sighting *living[2]; /* the first two living copies */
    GString *silent; /* why a node in play did not answer; NULL = all did */
    GString *leftovers; /* names of the nodes, NULL = none */
    GString *alive;  /* names of the nodes with living copies, NULL unless two or more */
    guint64 query;   /* oldest answer of the nodes in play */
    GString *played; /* nodes in play with their epochs; NULL unless no copy counts */
};

/* What the directory and memory say is under way (upkeep.c). */
struct underway {
    enum request request; /* counting now */
    bool request_done;    /* to be cleared */
    bool request_unknown;
    bool stop;
    bool start;
    bool stop_ignored;
    bool marker;         /* live */
    bool marker_expired;
    bool signs;          /* of movement, request included */
    bool from_file;      /* paused (migrating) is the backup at work, no sign of movement */
    enum backup_phase backup; /* of the live backup that gives the phase */
    const struct backup_entry *backup_entry; /* that one */
    bool merging; /* a counting backup does, did before it failed, or is stuck there */
    const struct backup_entry *lock_entry;   /* newest counting, not failed: locks actions */
    const struct backup_entry *failed_entry;
    const struct backup_entry *stuck_entry;
    const struct backup_entry *unknown_entry;
    bool streaming;      /* VM: listed or pulling, not proven */
    bool listed;
    bool proven;
    int permille;        /* best progress, -1 = not streaming */
    bool stalled;
    bool job_failed;
    bool interrupted;
    bool merge_job;
    bool backup_job;
    bool control_frozen;
    bool agent_frozen;
    bool excused;
    bool corroborated;
    bool down;           /* for certain: seen inactive, or absence is believed */
    bool request_new;    /* noted in this pass */
    bool first_sight;    /* the first answer about it after a cold start */
    bool duplicate;
    bool one_lock;       /* OpenNebula is busy with it, or left it in a fault */
    struct record *record; /* NULL = nothing remembered */
};

/* engine.c: the parts of a pass and of an update */
void engine_begin(struct engine *e, struct engine_time now);
void engine_end(struct engine *e);
struct engine_output *engine_output_new(guint entries);
/* Budget and modifies of what was judged; nobody is touched any more. */
void engine_conclude(struct engine *e, struct engine_output *o);
/* Counts entries, forgets what is remembered of those that are gone. */
void engine_forget_gone(struct engine *e);

/* world.c: nodes */
struct node_state *world_node(struct engine *e, const char *name); /* made when missing */
struct node_state *world_node_of_ref(struct engine *e, const char *ref); /* NULL for NULL */
GList *world_nodes(const struct engine *e); /* by name; free with g_list_free() */
gint compare_texts(gconstpointer a, gconstpointer b); /* sorts arrays of char * */
void world_name_node(struct node_state *n, const char *name);
/* Why nobody wonders when it is silent, as engine_node_excuse() says it; NULL = there is no reason. */
const char *world_excuse(const struct node_state *n);
void world_observe(struct engine *e, const GPtrArray *observations);
void world_unobserve(struct engine *e);
/* To be judged in the next update; NULL is ignored. */
void world_touch(struct engine *e, struct vm_entry *vm);
void world_touch_all(struct engine *e);
/* Joins the entry with what the nodes said; the same for all; and the opposite. */
void world_join(struct engine *e, struct vm_entry *vm);
void world_join_all(struct engine *e);
void world_part(struct engine *e, struct vm_entry *vm);
/* Counts the node's active, orphaned and foreign domains. */
void world_count(struct engine *e, struct node_state *n);
/* Is there an entry of that UUID, if only a malformed one?  Looks through all where there is none. */
bool world_has_entry(const struct engine *e, const struct uuid *uuid);
bool world_owns(const struct engine *e, const struct vm_entry *vm);
enum mode world_mode(const struct vm_entry *vm, bool *unknown);
bool world_running_like(const struct vm_entry *vm);
const char *world_last_seen(struct engine *e, const struct vm_entry *vm); /* ref or NULL */

/* index.c: the entries; engine_directory() and its like are there, too */
struct entry *index_find(struct engine *e, const char *dn); /* NULL = no such entry */
void index_free_entries(struct engine *e);
/* The thin lists of templates changed. */
void index_thin(struct engine *e);
/* Judges the templates that list this VM again. */
void index_touch_lists(struct engine *e, const struct vm_entry *vm);

/* sight.c */
struct origin;
bool domain_is_active(const struct domain *d);
bool domain_is_crashed(const struct domain *d);
enum job domain_job(const struct domain *d);
void sight_collect(struct engine *e, const struct vm_entry *vm, struct origin *o,
                   struct sight *s);
void sight_clear(struct sight *s);
bool sight_is_duplicate(struct engine *e, const struct sight *s, const struct underway *u);
bool sight_is_unseen(const struct sight *s);

/* upkeep.c: memory of one VM brought up to date */
void upkeep(struct engine *e, struct vm_entry *vm, struct sight *s, struct underway *u);
/* Does the published alarm `id` say so already, and of this node (NULL: of any)? */
bool upkeep_alarm_published(const struct vm_entry *vm, enum alarm_id id,
                            const struct node_state *node);
/* After the verdict: what must be remembered for the next pass. */
void upkeep_after(struct engine *e, struct vm_entry *vm, const struct sight *s,
                  struct underway *u, const struct verdict *v);
/* The counter named `since` runs out `limit` seconds later: be called again then. */
void upkeep_deadline(struct engine *e, gint64 since, gint64 limit_s);

/* The record of the VM, made when there is something to remember. */
struct record *upkeep_record(struct engine *e, const struct vm_entry *vm, struct underway *u);

/* upkeep-request.c; down: the domain is off for certain */
void upkeep_request(struct engine *e, struct vm_entry *vm, const struct sight *s,
                    struct underway *u, bool down);
/* The request was cleared: the next one is another, whatever its word. */
void upkeep_request_cleared(struct record *r);
/* Node names compared as DNS does; NULL equals NULL only. */
bool upkeep_same_host(const char *a, const char *b);

/* upkeep-backup.c */
/* The newest backup that is at work, or due, at this time (seconds since the epoch) and has not
 * failed; NULL = none.  What the actions are locked by. */
const struct backup_entry *backup_lock_of(const struct vm_entry *vm, gint64 now);
void upkeep_backups(struct engine *e, struct vm_entry *vm, struct underway *u);

/* upkeep-stream.c */
void upkeep_streaming(struct engine *e, struct vm_entry *vm, const struct sight *s,
                      struct underway *u);
/* Paused while it streams: to start it means to resume it, so being active is not yet the start. */
bool upkeep_waits_for_stream(struct engine *e, const struct vm_entry *vm, const struct sight *s,
                             const struct record *r);
void upkeep_guest(struct engine *e, struct vm_entry *vm, const struct sight *s,
                  struct underway *u);

/* absence.c: the only place that turns absence into a verdict */
void absence_count(struct engine *e, const struct vm_entry *vm, const struct sight *s,
                   struct underway *u);
/* A start that was noted after the answers were counted is a birth as well. */
void absence_start_seen(struct engine *e, struct underway *u);
enum absence {
    ABSENCE_SAYS_NOTHING, /* the status does not follow from absence */
    ABSENCE_KNOWN,        /* it was inactive before */
    ABSENCE_PROVEN,
    ABSENCE_DOUBTED, /* the status may be said, but the domain counts as active */
    ABSENCE_HELD,    /* the published status stays */
};
enum absence absence_judge(const struct vm_entry *vm, const struct underway *u, struct verdict *v);
/* The same in words; u with its record.  The caller frees. */
char *absence_text(struct engine *e, const struct underway *u, enum absence a);

/* judge.c */
void judge_vm(struct engine *e, struct vm_entry *vm, struct verdict *v);

/* The same, and shows what the verdict was made of, unless the entry is not judged by the rules. */
struct judging; /* origin.h */
typedef void (*judge_visit)(struct engine *e, const struct vm_entry *vm, const struct judging *j,
                            void *data);
void judge_vm_visited(struct engine *e, struct vm_entry *vm, struct verdict *v, judge_visit visit,
                      void *data);
void verdict_keep(struct verdict *v, const struct vm_entry *vm);
void verdict_actions(struct verdict *v, enum mode mode, bool duplicate, bool streaming_lock,
                     const struct underway *u);
/* What locks it: the backup, or the migration to target; either may be NULL. */
void verdict_lock_text(struct verdict *v, const struct backup_entry *b, const char *target);

/* words.c of verdicts: reasons and alarm texts */
char *reason_text(const struct vm_entry *vm, const struct origin *o, const struct sight *s,
                  const struct underway *u, const struct verdict *v);
void alarm_texts(const struct vm_entry *vm, const struct origin *o, const struct sight *s,
                 const struct underway *u, struct verdict *v);

/* The line of details that stands for those there is no room for, of one and of several. */
extern const char *const details_more[2];

/* publish-language.c: statuses and details in the languages of the options, and nothing in others */
void publish_languages(const struct engine *e, struct change *c, const struct verdict *v);
/* Replaces the values by others where they are not the same set. */
void change_put_set(struct change *c, const char *description, char **have, char **want);

/* budget.c */
void budget_judge(struct engine *e, struct engine_output *o);

/* publish.c */
GArray *findings_new(void);
struct change *publish_vm(struct engine *e, const struct vm_entry *vm, const struct verdict *v,
                          GArray *findings);
GArray *node_verdicts_new(void);
void publish_nodes(struct engine *e, struct engine_output *o);
/* The modify that one node's entry needs, now that the entry was read again; NULL = none. */
struct change *publish_node_again(struct engine *e, const char *dn);

/* The streaming percent the template shows for one of its VMs, and whether it still streams. */
bool streaming_of(struct engine *e, const struct vm_entry *vm, int *permille);

#endif

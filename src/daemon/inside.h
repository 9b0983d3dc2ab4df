/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/inside.h - what the modules of the daemon share.  Nobody outside
 * this room includes it.
 *
 *     daemon.c   life: start, signals, the tick, stop
 *     mirror.c   the directory: connection, watch, what comes from it
 *     nodes.c    which nodes there are; complete reads
 *     frontends.c  OpenNebula: which front-ends there are; what is read anew
 *     frontend.c   one of them: complete reads, events
 *     sweep.c    probes and sweeps
 *     hints.c    events: targeted reads, closer looks
 *     decide.c   the engine is asked, its verdicts are passed on
 *     send.c     modifies: pacing, answers, conflicts
 *     lease.c    the service entry: lease, reports, pause, requests
 *     others.c   gaps and overlaps of shares
 *     reload.c   a new configuration
 *
 * Everything runs on one main context; nothing blocks it.
 */
#ifndef STATESYNC_DAEMON_INSIDE_H
#define STATESYNC_DAEMON_INSIDE_H

#include "daemon/alarms.h"
#include "daemon/daemon.h"
#include "daemon/http.h"
#include "daemon/languages.h"
#include "daemon/live.h"
#include "daemon/metrics.h"
#include "daemon/notify.h"
#include "daemon/outcome.h"
#include "daemon/pace.h"
#include "daemon/pidfile.h"
#include "daemon/statestore.h"
#include "daemon/trail.h"
#include "directory/dialer.h"
#include "directory/service_async.h"
#include "directory/watch.h"
#include "directory/writer.h"
#include "engine/engine.h"
#include "engine/flow.h"
#include "hypervisor/hypervisor.h"

#include <glib.h>

#define REPORT_MS 60000 /* between two reports on the service entry */

enum phase {
    PHASE_DIRECTORY, /* the directory is read for the first time */
    PHASE_NODES,     /* every node is asked for the first time */
    PHASE_RUNNING,
    PHASE_STOPPING,  /* no verdict any more */
};

/* A node that is asked. */
struct body_node {
    struct daemon *d;
    char *name;
    char *uri; /* NULL = none */
    bool ours; /* else it is asked because a VM of ours may be there */
    bool up;
    bool down_told;          /* its statuses were told of it */
    enum error_class down_class; /* how it failed, as the log has it */
    gint64 down_since;       /* monotonic ms; 0 = it is up */
    bool reading;            /* a complete read is under way */
    bool read_again;         /* one more when it has come */
    bool surprised;          /* the last complete read found what no event had announced */
    bool answer;             /* its next answer is waited for by who asked us to look */
    bool resync;             /* its next complete answer is waited for before anything is sent */
    bool asking;             /* a targeted read is under way */
    bool probing;
    unsigned n_looks;        /* looks under way */
    unsigned n_patched;      /* domains told singly since the last complete answer */
    struct observation *first; /* PHASE_NODES: its answer */
    struct observation *refusal; /* a node of another body that does not answer us: how it said so */
    GHashTable *dirty;       /* struct uuid -> gint64 us: domains an event named */
    GArray *jobs;            /* of struct ended_job: block jobs that ended, not yet looked at */
    GArray *sweep;           /* of struct uuid: running domains this sweep has still to visit */
    gint64 read_at;          /* monotonic ms: the next complete read, probe, sweep */
    gint64 probe_at;
    gint64 sweep_at;
    gint64 read_began_us;
    gint64 complete_us;      /* when the last complete answer came; 0 = never */
    gint64 read_us;          /* what it took */
};

/* An entry of the directory that was, or is, written. */
struct writing {
    struct pace pace;
    char *dn;
    bool is_vm;
    struct uuid uuid;     /* is_vm */
    char *node;           /* else */
    gint64 arrived_us;    /* when the hint came that is written now; 0 = none */
    int attempts;         /* decided again in a row */
    bool rewritten;       /* while it was under way: by us, or by somebody else */
};

struct daemon {
    char *config_path;
    char *state_file; /* NULL = as configured */
    struct config *config;
    struct languages *languages; /* of the configuration */
    GMainLoop *loop;
    enum phase phase;

    struct engine *engine;
    struct statestore *store;
    struct metrics *metrics;
    struct http *http;     /* NULL = none */
    struct live *shown;    /* the board it serves; NULL = none */
    GArray *to_show;       /* of struct uuid: the machines of a board that is being made */
    guint n_shown;         /* of them */
    struct trail *trail;   /* what it shows of the past; NULL = there is no board */
    struct notify *notify;
    struct pidfile *pidfile; /* NULL = none */

    /* directory (mirror.c) */
    struct directory_options *where;
    struct dialer *dialer;
    struct directory_connection *connection; /* NULL = none */
    GSource *source;
    GSource *relink;         /* the connection is about to be replaced */
    struct watch *watch;
    GHashTable *gathered;    /* DN -> struct entry: the first refresh */
    bool live;               /* the mirror is what the directory is */

    /* service entry (lease.c) */
    struct service *service;
    gint64 resync_began;     /* monotonic ms */
    bool resyncing;          /* nothing is sent until all nodes have answered anew */
    bool reported;           /* a report of ours was written */
    bool service_missing;    /* there is no service entry */
    bool took_over;          /* the lease was taken from a body that was silent */
    bool paused;
    bool standing_by;        /* another body holds the lease */
    gint64 report_at;        /* monotonic ms: the next report */
    gint64 wrote_at;         /* when something was sent last */
    gint64 event_at;         /* when the last event came; 0 = memory was given back since */
    gint64 trimmed_at;       /* when that was */
    bool answering;          /* everybody is asked to look, for them */
    GPtrArray *requests;     /* of char *: refresh requests being answered; NULL = none */
    struct gaps *gaps;       /* of the shares (others.c); NULL = not looked for */
    bool asking_siblings;
    bool overlap;            /* somebody else writes what is ours */
    unsigned overlap_n;
    gint64 overlap_since;
    gint64 overlap_at;
    gint64 save_at;
    gint64 again_at;         /* the directory is read anew, after it was implausibly small; 0 = no */
    gint64 fed_at;           /* the manager's watchdog */

    /* nodes */
    struct hypervisor *hypervisor;
    GHashTable *nodes;       /* lower case name -> struct body_node */
    bool replan;             /* node entries changed */
    gint64 unasked_at;       /* those whose home nobody asks are judged again */
    unsigned poll_part;      /* who has his turn to be looked at again */
    unsigned first_looks;    /* looks of the first pass under way */

    /* OpenNebula (frontends.c) */
    GHashTable *frontends;   /* name -> struct body_frontend */
    gint64 frontends_began;  /* monotonic ms: all were asked to answer anew */

    /* deciding */
    GSource *update;         /* the engine is to be asked */
    GSource *due;            /* a counter runs out, an entry may be written */
    gint64 due_at;
    GHashTable *arrivals;    /* struct uuid -> gint64 us: hints not yet written */
    struct writer *writer;   /* NULL = no connection */
    GQueue queue;            /* of struct change: no room in the writer's window */
    GHashTable *writings;    /* DN -> struct writing */
    GHashTable *waiting;     /* set of struct writing: those whose pace says `again' */
    GHashTable *flying;      /* set of struct change: handed to the writer, or queued */
    bool counted;            /* what metrics tell of the entries is what there is */
    struct alarms *alarms;   /* of machines, in the log */
    struct refusals *refusals; /* writes the directory refused, not yet told */
    unsigned held;           /* statuses the budget held when they were counted last */
    bool unsent;             /* something could not be sent: all is judged again when it can */
};

struct ended_job {
    struct uuid uuid;
    char *disk;
    enum block_job_type type;
    enum job_end end;
};

gint64 now_ms(void);

/* daemon.c */
void daemon_progressed(struct daemon *d); /* feeds the watchdogs: some work was completed */
struct engine_options daemon_engine_options(struct daemon *d);
void daemon_open_hypervisor(struct daemon *d);
bool daemon_listen(struct daemon *d, GError **error); /* metrics; true also where none are wanted */
void daemon_unlisten(struct daemon *d);
gint64 daemon_health_limit(const struct daemon *d); /* without completed work: not healthy; ms */
/* What is known now: begun, and a part more; false: that was all (live-board.c). */
struct board *daemon_board(void *daemon);
bool daemon_board_more(struct board *b, void *daemon);
void daemon_status(struct daemon *d);     /* one line for the service manager */
struct pace_limits daemon_pace(const struct daemon *d);

/* mirror.c */
void mirror_start(struct daemon *d);
void mirror_stop(struct daemon *d);
void mirror_restart(struct daemon *d); /* with other options */
void mirror_set_lease(struct daemon *d); /* as configured; one that we hold stays ours */
/* Where there is no connection, the servers are tried now. */
void mirror_retry(struct daemon *d);
/* The whole directory anew, beside what is known: what is gone is noticed, too. */
void mirror_resync(struct daemon *d);
/* We are to stop: nothing is dialed any more, unless the lease is ours and there is no connection
 * to give it back on; that one is asked for, and true is returned until it is there. */
bool mirror_end(struct daemon *d);
void mirror_tick(struct daemon *d);
/* The connection is of no use any more: another one is dialed. */
void mirror_relink(struct daemon *d);
/* An entry as the directory has it now, and one that it has no more, with all that follows: told by
 * the watch, or read singly; whoever comes second changes nothing.  news: somebody wrote it just
 * now, and it was not us.  Takes the entry. */
void mirror_take(struct daemon *d, struct entry *entry, bool news);
void mirror_lose(struct daemon *d, const char *dn);

/* nodes.c */
void nodes_plan_again(struct daemon *d);
void nodes_tick(struct daemon *d, gint64 now);
void nodes_read(struct body_node *n);
/* Reads every node; then the next report answers what others asked for. */
void nodes_answer(struct daemon *d);
/* Has everybody answered who was asked to look? */
void nodes_note_answers(struct daemon *d);
/* Where everybody has answered for the first time, the first pass begins. */
void nodes_first(struct daemon *d);
/* Nothing is sent until every node has answered once more. */
void nodes_resync(struct daemon *d);
struct body_node *nodes_find(struct daemon *d, const char *name);
void nodes_free(gpointer node);
/* Between 90 and 110 percent, so that nodes do not fall into step. */
gint64 nodes_jittered(gint64 ms);
/* No node is asked any more; answers still due are dropped. */
void nodes_end(struct daemon *d);
bool nodes_owns(const char *node, void *daemon);

/* frontends.c */
void frontends_free(gpointer frontend);
/* Opens those of the configuration, closes others; one that has changed is opened anew. */
void frontends_plan(struct daemon *d);
/* Reads all anew: until one has answered nothing of its VMs is sent. */
void frontends_read(struct daemon *d);
bool frontends_holds(struct daemon *d, const char *name); /* NULL: no */
/* Is one waited for, which ends after some seconds? */
bool frontends_are_awaited(struct daemon *d);
/* Reads all for who asked to look; is one's answer outstanding? */
void frontends_answer(struct daemon *d);
bool frontends_are_answering(struct daemon *d);
/* Before a first pass: the engine has the newest answers; and after it. */
void frontends_tell(struct daemon *d);
void frontends_told(struct daemon *d);
void frontends_tick(struct daemon *d, gint64 now);
/* No front-end is asked any more. */
void frontends_end(struct daemon *d);

/* sweep.c */
void sweep_tick(struct body_node *n, gint64 now);

/* hints.c */
void hints_event(const struct hypervisor_event *event, void *daemon);
void hints_ask(struct body_node *n);
/* Starts closer looks (array of struct look_request, sorted by node; unref'd).  Where a look of
 * this node fails, base (may be NULL) is what is known. */
void hints_look(struct daemon *d, GArray *wishes, struct observation *base);
/* At what moves; not on nodes where looks are under way. */
void hints_look_again(struct daemon *d, unsigned part, unsigned parts);
/* Before o, which holds words about single domains, is told: where later words say something else,
 * these stand, and the question is put once more. */
void hints_ask_overtaken(struct body_node *n, struct observation *o);
void hints_arrived(struct daemon *d, const struct uuid *uuid, gint64 us);

/* decide.c */
/* In the loop's next turn, with all that is touched until then; and now, what was meant to be then. */
void decide_soon(struct daemon *d);
void decide_now(struct daemon *d);
void decide_at(struct daemon *d, gint64 ms);
/* The first pass, over everything. */
void decide_first(struct daemon *d, GPtrArray *observations);
void decide_stop(struct daemon *d);

/* send.c */
bool send_may(struct daemon *d);
void send_change(struct daemon *d, struct change *change, const struct verdict *v,
                 const char *node);
/* The engine has nothing to write into this entry, as far as it knows what is in it. */
void send_nothing(struct daemon *d, const char *dn);
void send_queued(struct daemon *d);
/* What waits for room is not sent any more. */
void send_drop_queued(struct daemon *d);
/* Entries whose time has come are judged again; returns when the next one's will. */
gint64 send_wake(struct daemon *d, gint64 now);
void send_result(const struct writer_result *r, void *daemon);
/* The connection is gone: what was under way is not known. */
void send_forget(struct daemon *d);
void send_free_writing(gpointer writing);
void send_free_change(gpointer change);
void send_prune(struct daemon *d, gint64 now);

/* lease.c */
void lease_state(struct daemon *d, const struct service_state *state);
void lease_tick(struct daemon *d, gint64 now);
/* Each second: pauses end by the clock, and whether we are ready is told. */
void lease_clock(struct daemon *d);
bool lease_give_back(struct daemon *d, service_done done); /* false: there is nothing to give */

/* others.c */
void others_look(struct daemon *d); /* at the service entries of the other shares */
void others_entry(struct daemon *d, const struct entry *entry); /* changed, and not by what we hold */
void others_answer(struct daemon *d, struct writing *w, enum directory_class class);
void others_alarms(struct daemon *d, GPtrArray *alarms); /* adds texts */
void others_forget(struct daemon *d);

/* reload.c */
void reload_config(struct daemon *d);

#endif

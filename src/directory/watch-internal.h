/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/watch-internal.h - for watch*.c only.
 *
 * watch.c         start, stop, loss, signs of life
 * watch-known.c   what was given: UUID -> name and version; what is held back
 * watch-sync.c    RFC 4533
 * watch-poll.c    servers without it
 */
#ifndef STATESYNC_DIRECTORY_WATCH_INTERNAL_H
#define STATESYNC_DIRECTORY_WATCH_INTERNAL_H

#include "directory/csn.h"
#include "directory/dispatch.h"
#include "directory/watch.h"
#include "engine/uuid.h"

/* The nodes first: who reads the directory wants to ask them soon. */
enum part_kind { PART_NODES, PART_VMS, PART_SERVICE, N_PARTS };

/* One of the three searches. */
struct part {
    struct watch *watch;
    enum part_kind kind;
    char *base;
    int scope;
    char *filter;
    char **attributes;
    int id; /* of the search under way; 0 = none */
    GBytes *cookie; /* where the server is to go on; NULL = from the beginning */
    GBytes *offered; /* the newest one, valid once the refresh is over */
    bool resumed;    /* the search under way was sent with a cookie */
    uint32_t generation; /* of the refresh; what was seen in it carries the number */
    bool full;      /* the refresh gives all entries */
    bool present;   /* the refresh tells what is still there: what it does not tell is gone */
    bool live;      /* the refresh is over */
    bool seen;      /* PART_SERVICE: the entry came in this refresh */
    GArray *sweep;  /* of struct uuid: not seen in the refresh, to be said gone; NULL = none */
    /* polling */
    char *newest_csn, *newest_change;
    bool stranger; /* the list has an entry that is not known */
};

/* An entry that was given. */
struct known {
    struct uuid uuid;
    struct csn csn;
    uint32_t generation;
    uint8_t part;
    bool tail; /* dn has to be completed by the base of the part */
    char dn[];
};

enum hold_kind {
    HOLD_ENTRY, /* it came, but older than before */
    HOLD_GONE,  /* it did not come */
    HOLD_GRAVE, /* it is gone; an older version may come back for a while */
};

struct held {
    struct uuid uuid;
    enum hold_kind kind;
    uint8_t part;
    struct csn csn; /* what was given last: a newer one is given at once */
    struct csn own; /* HOLD_ENTRY: its own */
    int64_t until;
    struct entry *entry; /* HOLD_ENTRY */
};

struct watch {
    struct directory_options *options;
    struct watch_listener listener;
    struct directory_connection *connection; /* NULL = off */
    struct part parts[N_PARTS];
    GHashTable *known; /* of struct known */
    GHashTable *held;  /* of struct held */
    struct entry_builder *builder;
    char *uri;     /* of the server that made it live last; NULL = none */
    bool foreign;  /* this one is another, or has refused our cookie */
    bool live;
    struct uuid service_uuid;
    bool has_service;
    int hold_timer, ping_timer, ping, sweep_timer, service_timer; /* ids; 0 = none */
    int64_t hold_until;
    guint64 n_messages, n_pinged; /* the count at the last look */
    int hold_ms, ping_ms, poll_ms, complete_ms;
    struct poll *poll; /* NULL = not polling */
    struct watch_figures figures;
};

/* An entry as it came. */
struct given {
    struct uuid uuid;
    bool has_uuid; /* polling: it is among the attributes */
    struct csn csn;
    const char *dn;
    struct entry *entry; /* NULL = of no interest */
    struct watch *watch;
    struct part *part;
};

/* --- watch.c --- */

/* Ends it and tells the listener. */
void watch_lose(struct watch *w, const GError *error);
/* A part is refreshed: sweeps, and says live() when it was the last one. */
void watch_part_done(struct part *p);
void watch_begin_part(struct part *p, bool full);

/* --- watch-known.c --- */
void watch_known_init(struct watch *w);
void watch_known_clear(struct watch *w);
struct known *watch_find(const struct watch *w, const struct uuid *uuid);
/* Decodes an entry.  False: it cannot be decoded. */
bool watch_decode(struct part *p, LDAPMessage *message, struct given *given);
/* Gives the entry to the listener, or holds it back.  Takes given->entry over. */
void watch_give(struct part *p, struct given *given);
/* It is still there. */
void watch_mark(struct part *p, const struct uuid *uuid);
/* It is gone; held back when absent is only what a refresh did not tell. */
void watch_remove(struct part *p, const struct uuid *uuid, bool absent);
/* Collects what the refresh did not tell, as p->sweep. */
void watch_collect(struct part *p);
/* Handles what is overdue and sets the timer. */
void watch_held_run(struct watch *w);

/* The service entry, as found; NULL = it is not there.  False: this is another entry. */
bool watch_give_service(struct part *p, LDAPMessage *message);

/* --- watch-sync.c --- */
bool watch_sync_start(struct part *p, GError **error);

/* --- watch-poll.c --- */
bool watch_poll_start(struct watch *w, GError **error);
/* A part has to be read in full; and: a part's sweep is over. */
void watch_poll_full(struct part *p);
void watch_poll_next(struct watch *w);
void watch_poll_stop(struct watch *w);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/watch.h - what happens in the directory, as it happens.
 *
 * A watch reads everything the engine works on (VMs, templates, backups,
 * nodes with their addresses and types, the service entry) and then hears of
 * each change: by content synchronization (RFC 4533, refreshAndPersist) where
 * the server has it, else by polling.  It runs on a connection that has a
 * source (directory/source.h) and never blocks.
 *
 * It outlives connections.  After lost() one dials again (directory/dialer.h)
 * and calls watch_start() with the new connection: the watch goes on where it
 * was, on the same server or on another one.  It keeps the UUID and the name
 * of each entry, so it can say what is gone although servers tell only UUIDs,
 * or nothing but what is still there.
 *
 * Absence.  gone() is said when the server said so, or when a refresh (or a
 * complete poll) has ended well without the entry.  A refresh that breaks off
 * says nothing is gone.
 *
 * Several servers.  On another server than before everything is read anew;
 * where the last one had got to says nothing about this one.  After a
 * fail-over it may lag behind the old one.  An entry that comes older than what was given before (by entryCSN),
 * one that was said to be gone already, and the absence of an entry from a
 * refresh are held back then (also where the same server refuses to go on from
 * our cookie: behind one name there may be several, and slapd that was killed
 * may have forgotten how far it was): until the server catches up, at most for
 * WATCH_HOLD (watch_set_hold()).  After that they are given as they are: the
 * write was lost with its server, or the directory was put back from a backup.
 */
#ifndef STATESYNC_DIRECTORY_WATCH_H
#define STATESYNC_DIRECTORY_WATCH_H

#include "core/cleanup.h"
#include "directory/connection.h"
#include "directory/options.h"
#include "directory/service.h"
#include "engine/entry.h"

#include <glib.h>
#include <stdbool.h>

enum {
    WATCH_HOLD = 30000,         /* ms */
    WATCH_POLL = 5000,          /* ms between two polls for changes */
    WATCH_POLL_COMPLETE = 60000, /* ms between two complete lists */
    WATCH_PING = 30000,         /* ms of silence before the server is asked for a sign of life */
};

struct watch;

/*
 * Who listens; every member is needed.  Listeners may send on the connection
 * and start the dialer; they may close the connection (that is put off until
 * they return); they must not free or start the watch from within.
 */
struct watch_listener {
    /* An entry as it is now, the listener's to keep.  refreshing: it comes as part of a refresh and
     * may be what was given before; else it has changed (our own writes come back as well). */
    void (*entry)(struct entry *entry, bool refreshing, void *data);
    /* There is no such entry any more.  One that was renamed: gone() with the old name, entry()
     * with the new one. */
    void (*gone)(const char *dn, void *data);
    /* The service entry; NULL = it does not exist.  Valid during the call. */
    void (*service)(const struct service_state *state, void *data);
    /*
     * The refresh is over, gone() was said where it applied: what was given so far is the
     * directory.  complete: all entries were given in this refresh, else only what changed since
     * the last.  Called again when a part had to be read anew on the same connection.
     */
    void (*live)(bool complete, void *data);
    /* The connection or a search has ended; nothing more comes until watch_start().  Called once
     * per start. */
    void (*lost)(const GError *error, void *data);
    void *data;
};

/* The options are copied. */
struct watch *watch_new(const struct directory_options *o, const struct watch_listener *l);

/* Of VMs and templates only the one with this UUID, without its backups; nodes and the service entry
 * as ever.  Before the first watch_start(). */
void watch_narrow(struct watch *w, const char *uuid);

/* Stops; not from within a listener.  NULL is ignored. */
void watch_free(struct watch *w);
DEFINE_CLEANUP(struct watch, watch_free)

/*
 * Starts on a connection, or goes on there; an earlier one is left in peace.
 * What the server can do has to be known (the dialer asks it).  False and
 * error when nothing can be sent; lost() is not called then.
 */
bool watch_start(struct watch *w, struct directory_connection *c, GError **error);

/* Stops and remembers; watch_start() goes on.  Call it before the connection is closed, unless
 * lost() was called. */
void watch_stop(struct watch *w);

/* The next watch_start() reads everything, wherever this one had got to, and says what is gone. */
void watch_doubt(struct watch *w);

/* Forgets everything that was given: the next watch_start() gives the whole directory again. */
void watch_forget(struct watch *w);

/* "syncrepl", "poll" or "off"; static. */
const char *watch_mode(const struct watch *w);
/* The refresh is over and nothing has broken since. */
bool watch_is_live(const struct watch *w);

struct watch_figures {
    guint n_entries;    /* known now */
    guint n_held;       /* held back now: older than what was given, or not there after a fail-over */
    guint64 n_changes;  /* entries and deletions that came outside of refreshes */
    guint64 n_refreshes; /* complete ones */
    guint64 n_malformed; /* entries that could not be decoded; they stay as they were */
    guint64 n_overdue;  /* held back to the end, then given: older than before */
};
void watch_figures(const struct watch *w, struct watch_figures *out);

/* ms; before watch_start(). */
void watch_set_poll(struct watch *w, int interval, int complete);
void watch_set_hold(struct watch *w, int ms);
void watch_set_ping(struct watch *w, int ms);

#endif

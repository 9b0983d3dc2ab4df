/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * board/board.h - the status board: what is published about all machines and
 * nodes, as one page for people.
 *
 * A struct board is a copy of what the page needs, taken where the entries
 * are; when it is complete it is never changed any more, so another thread may render
 * it (board/page.h).  All texts are as the directory has them, whoever wrote
 * them: cut where they are too long, and nothing else.
 */
#ifndef STATESYNC_BOARD_BOARD_H
#define STATESYNC_BOARD_BOARD_H

#include "core/actions.h"
#include "core/cleanup.h"
#include "core/mark.h"
#include "core/words.h"

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>

/* Texts longer than this many bytes are cut. */
enum { BOARD_NAME_MAX = 200, BOARD_TEXT_MAX = 1000 };

/* No more changes of one machine are shown. */
enum { BOARD_CHANGES_MAX = 8 };

/* Something that became of a machine.  NULL: not known, or none. */
struct board_change {
    gint64 time;      /* seconds since the epoch */
    const char *what; /* a word of the page's own: "status" */
    bool known;       /* old is known, be it none */
    const char *old;
    const char *new;
    const char *who;
    const char *why;
    bool ours; /* old and new are texts of this program */
};

/* What of it the page draws as a bar. */
#define BOARD_STATUS N_("status")
/* What became of the entry itself: new is a word of the page's own. */
#define BOARD_ENTRY N_("entry")

/* A virtual machine or template.  NULL: absent.  Times are seconds since the epoch, -1 = absent. */
struct board_vm {
    const char *uuid; /* NULL: the entry is malformed */
    const char *name;
    const char *dn;
    const char *problem; /* why it is malformed */
    const char *node;    /* where it was seen last */
    const char *home;
    const char *target;
    const char *reason;
    const char *stale; /* why; "" = that is not told, NULL = fresh */
    const char *request;
    const char *one; /* OpenNebula's words */
    const char *denied[ACTION_COUNT]; /* why not; NULL = allowed, or it does not exist */
    const char **alarms;  /* NULL-terminated; NULL = none */
    const char **details;
    GArray *changes; /* of struct board_change, the newest first; NULL = none */
    bool more_changes; /* there were older ones */
    gint64 since;
    gint64 stale_since;
    unsigned actions; /* bits 1 << enum action: allowed */
    int permille;     /* -1 = none */
    enum kind kind;   /* KIND_COUNT: unknown */
    enum state state; /* STATE_NONE: never published */
    enum activity activity;
};

struct board_node {
    const char *name;
    const char *state; /* "maintenance" */
    const char *reason;
    const char *hypervisor;
    const char **alarms;
    gint64 domains;   /* -1 = not published */
    int reachable;    /* -1 = not published */
};

struct board {
    atomic_uint refs;
    GStringChunk *texts;
    const char *site; /* where in the directory */
    gint64 taken;     /* when */
    GArray *vms;      /* of struct board_vm */
    GArray *nodes;    /* of struct board_node */
    GPtrArray *notices; /* of const char *: what concerns everything */
    gint64 changes_since; /* since when changes are known; -1 = they are not */
    bool own_changes;     /* they are this program's alone */
};

/* An empty one; what is added is as it is published at this time. */
struct board *board_new(const char *site, gint64 taken);
struct board *board_ref(struct board *b);
void board_unref(struct board *b); /* any thread; NULL is ignored */
DEFINE_CLEANUP(struct board, board_unref)

/* A sentence for the top of the page; NULL is ignored. */
void board_add_notice(struct board *b, const char *text);

/* One VM or template; profiles are ignored. */
struct vm_entry;
void board_add_vm(struct board *b, struct vm_entry *vm);

/*
 * The VMs, templates and nodes among these entries (of struct entry *); what
 * says how a node is meant to be must be in the same array.  VMs need their
 * backups (vm->backups) for what locks them.
 */
void board_add_entries(struct board *b, const GPtrArray *entries);

/* One more change of one of b->vms, older than those before; texts are copied, what has to be
 * static.  Of too many the older ones are left out. */
void board_add_change(struct board *b, struct board_vm *vm, const struct board_change *change);

#endif

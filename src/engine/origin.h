/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/origin.h - VMs that belong to an OpenNebula front-end: which rows of
 * its answers (fronts.c) are an entry's (claims.c), what that says of one VM
 * (origin.c), and which entries were whose (whose.c).  Nobody outside engine/ includes it.
 *
 * An entry that a row claims is *sourced* by that front-end, and stays so when
 * the front-end falls silent: what is published names it, and until that is
 * written the record does.
 */
#ifndef STATESYNC_ENGINE_ORIGIN_H
#define STATESYNC_ENGINE_ORIGIN_H

#include "engine/engine-internal.h"
#include "engine/frontend.h"

#include "core/one.h"

/* One front-end: its newest answer, and what came after it. */
struct front_state {
    char *key;  /* lower case name */
    char *name; /* as it answers */
    struct frontend_answer *answer; /* NULL = nobody asks it */
    GPtrArray *patches; /* of struct frontend_answer *: newer words about single VMs; NULL = none */
    GHashTable *rows;   /* id -> const struct frontend_vm *, each as it was told last */
    guint joined;       /* rows that name an entry */
};

/* A row that names an entry by a UUID; chained per entry. */
struct claim {
    const struct frontend_vm *row;
    struct front_state *front;
    guint32 next; /* index + 1, 0 = last */
};

/* --- claims.c ------------------------------------------------------------------ */

void claims_init(struct engine *e);
void claims_free(struct engine *e);
struct front_state *claims_front(struct engine *e, const char *name); /* NULL = never heard of */
/* All entries are about to go. */
void claims_forget(struct engine *e);
/* Entries came or went: rows are joined anew before the next verdict. */
void claims_outdate(struct engine *e);
void claims_refresh(struct engine *e);
/* Everything is joined anew. */
void claims_join(struct engine *e);
/* The first of the row's UUIDs that is an entry's names it; NULL = none is. */
struct vm_entry *claims_entry(struct engine *e, const struct frontend_vm *row);
/* Nobody claims anything: the rows are about to go. */
void claims_drop(struct engine *e);
/* What the front-ends say of each entry, in numbers to be compared; free with g_free(). */
guint64 *claims_fingerprints(struct engine *e);
void claims_touch_changed(struct engine *e, const guint64 *before);
/* A newer word in the place of a front-end's row. */
void claims_patch(struct engine *e, struct front_state *f, struct frontend_vm *row);
/* fronts.c */
void claims_free_front(gpointer front);
unsigned claims_silent(const struct engine *e); /* front-ends that gave no complete answer */
/* A node answers for the first time, or not any more: hosts may be found under other names. */
void claims_touch_hosts(struct engine *e);
/* The node that an OpenNebula host is, if anybody asks it; NULL = nobody does. */
struct node_state *claims_host(struct engine *e, const char *host);
/* Does an answer of this node matter because OpenNebula has the VM there? */
bool claims_concern(struct engine *e, const struct vm_entry *vm, const struct node_state *n);
/* Calls visit for every row that is this entry's, by UUID or by the name of a domain, and where
 * there is none for the one that was before and names nobody; a row may come twice.
 * claims_shown() leaves the last kind out and tells whether there was any. */
typedef void (*claim_visit)(const struct frontend_vm *row, struct front_state *front, void *data);
bool claims_shown(struct engine *e, const struct vm_entry *vm, claim_visit visit, void *data);
void claims_each(struct engine *e, const struct vm_entry *vm, claim_visit visit, void *data);

/* --- origin.c ------------------------------------------------------------------ */

/* What OpenNebula says of one VM. */
struct origin {
    bool sourced;  /* it belongs to a front-end */
    bool said;     /* the pair of its row gives the status */
    bool lost;     /* OpenNebula lost sight of it, libvirt sees or answers */
    bool conflict; /* several rows claim it */
    bool done;     /* a row says that it is gone for good, and none that it lives */
    bool doubtful; /* it is sourced only while libvirt shows nothing */
    bool moving;
    bool disagrees; /* with libvirt about power, for too long */
    const struct frontend_vm *row; /* NULL = none, or several */
    const struct frontend_vm *other; /* with conflict */
    const struct front_state *front; /* of row */
    const struct front_state *other_front;
    unsigned n_living;
    struct one_meaning meaning;
    char *name;   /* of the front-end, NULL = none */
    char *silent; /* why there is no word about it */
    char pair[ONE_NAME_SIZE]; /* of row */
};

/* What one verdict is made of. */
struct judging {
    struct origin o;
    struct sight s;
    struct underway u;
    struct facts f;
    struct decision d;
    enum absence absence;
};

void origin_find(struct engine *e, const struct vm_entry *vm, struct origin *o);
/* With what the nodes show: the copies are collected, nodes in play are not. */
void origin_settle(struct engine *e, const struct vm_entry *vm, const struct sight *s,
                   struct origin *o);
void origin_clear(struct origin *o);
/* What is to be remembered: whose it is, and since when libvirt contradicts. */
void origin_upkeep(struct engine *e, const struct vm_entry *vm, const struct sight *s,
                   struct origin *o, struct underway *u);
/* Its verdict says whose it is, and the exact pair. */
void origin_tell(const struct origin *o, struct verdict *v);
/* The status the pair means, with what libvirt shows of it. */
enum state origin_state(const struct origin *o, const struct sight *s);
/* Does it say that a domain is active, or that none is? */
bool origin_is_on(const struct origin *o);
bool origin_is_off(const struct origin *o);
/* Where it says that the domain is; NULL = it does not say. */
const char *origin_place(struct engine *e, const struct origin *o);
/* A VM names this template, which is of no consequence; NULL = none does.  The caller frees. */
char *origin_template_text(struct engine *e, const struct vm_entry *vm);

/* "lab: VM 12 ACTIVE/RUNNING runn on kvm-1, ...", appended. */
void origin_append(GString *out, const struct origin *o, const struct sight *s);
char *origin_conflict_text(const struct origin *o);
char *origin_done_text(const struct origin *o);
char *origin_disagree_text(const struct origin *o, const struct sight *s);

/* --- whose.c ------------------------------------------------------------------- */

/* Is it published as one of OpenNebula's? */
bool origin_is_any(const struct vm_entry *vm);
/* Is this front-end the one? */
bool origin_is_published(const struct vm_entry *vm, const char *name);
/* The front-end and the VM there that the entry is remembered or published as; NULL, or -1: not
 * told.  The caller frees. */
char *origin_memory(struct engine *e, const struct vm_entry *vm, gint64 *id);
/* Is the entry remembered or published as one of this front-end's? */
bool origin_is_of(struct engine *e, const struct vm_entry *vm, const char *key);
/* What is said of it now is kept in its record, unless it is published. */
void origin_remember(struct engine *e, const struct vm_entry *vm, const struct origin *o,
                     struct underway *u);

#endif

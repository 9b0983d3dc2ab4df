/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opennebula/pool.h - VMs out of OpenNebula's XML, as it arrives.
 *
 * Three documents hold VMs: the pool, one VM (one.vm.info), and the message of
 * an event.  A VM's values are the first ones directly inside <VM>; its host
 * is that of the history record with the highest SEQ.  PREV_* and LOCK are not
 * looked at, nor is anything this file does not name.
 */
#ifndef STATESYNC_OPENNEBULA_POOL_H
#define STATESYNC_OPENNEBULA_POOL_H

#include "engine/frontend.h"
#include "opennebula/walk.h"

/* Longest value that is taken, in bytes.  A VM with a longer one is bad; longer names and UUIDs,
 * which its owner writes, are none. */
enum { POOL_TEXT_MAX = 1024 };

enum pool_form { POOL_FORM_POOL, POOL_FORM_VM, POOL_FORM_EVENT };

struct pool_options {
    enum pool_form form;
    const char *link_attribute; /* without case; NULL = none */
    bool linked;  /* leave out VMs without any UUID */
    gint64 first; /* only numbers from first to last were asked for, -1 = no end; another one
                     fails the whole document */
    gint64 last;
};

/* What was seen; valid as long as the pool. */
struct pool_seen {
    guint n_vms;      /* all, bad ones and those left out too */
    guint n_bad;
    guint n_left_out;
    gint64 first_id;  /* in the order of the document; -1 = none */
    gint64 max_id;
    const char *bad;  /* what is wrong with the first bad one, or NULL */
};

struct pool;

/* VMs are appended to into; options are copied but for their text. */
struct pool *pool_new(const struct pool_options *options, struct frontend_answer *into);
void pool_free(struct pool *p); /* NULL is ignored */
DEFINE_CLEANUP(struct pool, pool_free)

/* Takes more of the document.  False: it is not what it should be; what was appended is of no use. */
bool pool_push(struct pool *p, const char *bytes, size_t len, GError **error);
bool pool_end(struct pool *p, GError **error);

/* Was it refused for what one of its VMs holds, and may be fine without? */
bool pool_is_spoiled(const struct pool *p);

const struct pool_seen *pool_seen(const struct pool *p);

/* Does a VM in this state have its target as newest host, so that only one.vm.info names the
 * source? */
bool pool_is_moving(int state, int lcm);

#endif

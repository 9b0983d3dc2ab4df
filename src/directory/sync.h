/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/sync.h - the messages of content synchronization (RFC 4533), decoded where they lie.
 *
 * Nothing is copied: all bytes point into what was decoded.  Cookies are
 * opaque; bv_val is NULL where there is none.
 */
#ifndef STATESYNC_DIRECTORY_SYNC_H
#define STATESYNC_DIRECTORY_SYNC_H

#include <glib.h>
#include <ldap.h>
#include <stdbool.h>

enum { SYNC_UUID_SIZE = 16 };

enum sync_state {
    SYNC_PRESENT, /* unchanged, still there */
    SYNC_ADD,
    SYNC_MODIFY,
    SYNC_DELETE,
};

/* Sync State control, on each entry. */
struct sync_entry {
    enum sync_state state;
    const unsigned char *uuid; /* SYNC_UUID_SIZE bytes */
    struct berval cookie;
};
bool sync_decode_entry(const struct berval *value, struct sync_entry *out);

/* Sync Done control, on the result. */
struct sync_done {
    struct berval cookie;
    bool refresh_deletes;
};
bool sync_decode_done(const struct berval *value, struct sync_done *out);

/* Sync Info message. */
enum sync_info_kind {
    SYNC_NEW_COOKIE,
    SYNC_REFRESH_DELETE,  /* the delete phase is over */
    SYNC_REFRESH_PRESENT, /* the present phase is over */
    SYNC_ID_SET,
};
struct sync_info {
    enum sync_info_kind kind;
    struct berval cookie;
    bool refresh_done;    /* SYNC_REFRESH_...: the refresh is over */
    bool refresh_deletes; /* SYNC_ID_SET: these are gone; else these are present */
    struct berval uuids;  /* SYNC_ID_SET: for sync_next_uuid(); checked already */
};
bool sync_decode_info(const struct berval *value, struct sync_info *out);

/* Takes the first UUID off; NULL when there is none left. */
const unsigned char *sync_next_uuid(struct berval *uuids);

/*
 * Can a search go on from this cookie?  Cookies are opaque, but slapd 2.5 now
 * and then sends one that says nothing ("rid=000" without a CSN) with a change.
 * Asked with it, it gives everything and does not tell what is gone.
 */
bool sync_cookie_says_something(const struct berval *cookie);

/*
 * The request: refreshAndPersist, from this cookie on (bv_val NULL = from
 * nothing).  With the hint the server shall prefer a complete refresh to
 * e-syncRefreshRequired (it may ignore that).  Critical.  ldap_control_free().
 */
LDAPControl *sync_request(const struct berval *cookie, bool reload_hint);

#endif

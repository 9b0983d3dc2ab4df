/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/search.h - paged searches, one message at a time.
 *
 * Results are handed over as they arrive (LDAP_MSG_ONE), so memory does not
 * grow with the directory, and values are not copied on the way.
 */
#ifndef STATESYNC_DIRECTORY_SEARCH_H
#define STATESYNC_DIRECTORY_SEARCH_H

#include "directory/connection.h"

#include <glib.h>
#include <ldap.h>
#include <stdbool.h>

struct search {
    const char *base;
    int scope;                      /* LDAP_SCOPE_... */
    const char *filter;             /* from directory/filter.h */
    const char *const *attributes;  /* NULL-terminated */
    int page_size;                  /* 0 = not paged; ignored where the server cannot page */
};

/* Takes one entry; the message is freed by the caller.  False and error end the search. */
typedef bool (*search_entry_func)(struct directory_connection *c, LDAPMessage *entry, void *data,
                                  GError **error);

/*
 * Runs the search and calls func for each entry, in the server's order.
 * Control ManageDsaIT (RFC 3296) is sent, so entries that look like referrals
 * come as entries.  Each message has to arrive within the connection's timeout
 * after the one before.
 *
 * True: the server said success, and everything it has was handed over.
 * False: error says why, by class; whatever was handed over before is right
 * but may not be all.  A server that points elsewhere for a part of the answer
 * counts as DIRECTORY_REFERRAL: that part is missing.
 */
bool directory_search(struct directory_connection *c, const struct search *search,
                      search_entry_func func, void *data, GError **error);

/* One value of an attribute, as it lies in the message: valid during the callback only, may hold
 * any bytes, not NUL-terminated. */
struct search_value {
    const char *name;
    size_t name_len;
    const char *bytes;
    size_t len;
};
typedef void (*search_value_func)(const struct search_value *value, void *data);

/* Calls func for each value of each attribute of an entry.  False and error (class malformed)
 * when the message cannot be decoded. */
bool search_entry_values(struct directory_connection *c, LDAPMessage *entry,
                         search_value_func func, void *data, GError **error);

/* Is this the attribute?  Case does not matter (RFC 4512 2.5); options have to be the same. */
bool search_name_is(const struct search_value *value, const char *name);

#endif

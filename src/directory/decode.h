/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/decode.h - the attributes of a found entry, straight from the message.
 *
 * Every VM passes through here in every pass.  ldap_get_attribute_ber() makes
 * a list of each attribute's values first; here they are given to the builder
 * where they lie.  BER as RFC 4511 section 5.1 restricts it: tags of one byte,
 * definite lengths.
 */
#ifndef STATESYNC_DIRECTORY_DECODE_H
#define STATESYNC_DIRECTORY_DECODE_H

#include "engine/entry.h"

#include <lber.h>
#include <ldap.h>
#include <stdbool.h>

/*
 * Takes the first element off *rest.  False, and nothing changed, when it has
 * another tag or is longer than *rest.  *contents points into *rest; no NUL
 * follows.
 */
bool decode_element(struct berval *rest, unsigned char tag, struct berval *contents);

/* Sees each value; name and value are not terminated by NUL. */
typedef void (*decode_value_func)(const struct berval *name, const struct berval *value,
                                  void *data);

/*
 * Feeds one PartialAttribute (RFC 4511 section 4.5.2; the contents of its
 * SEQUENCE) to the builder.  func may be NULL.  False when it cannot be
 * decoded; values before that have been fed.
 */
bool decode_attribute(struct berval attribute, struct entry_builder *builder,
                      decode_value_func func, void *data);

/*
 * Decodes a found entry.  *dn is set before func sees the first value, and
 * stays valid as long as the message; *entry receives the entry, which is the
 * caller's, or NULL when it is of no interest.  False when the message cannot
 * be decoded; *dn may be NULL then.
 */
bool decode_entry(LDAP *ld, LDAPMessage *message, struct entry_builder *builder, const char **dn,
                  decode_value_func func, void *data, struct entry **entry);

#endif

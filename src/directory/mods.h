/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/mods.h - a change as libldap wants it.
 */
#ifndef STATESYNC_DIRECTORY_MODS_H
#define STATESYNC_DIRECTORY_MODS_H

#include "engine/change.h"

#include <ldap.h>

struct mods;

/* The modifications of a change.  Names and values are not copied: the change must outlive it. */
struct mods *mods_new(const struct change *change);
void mods_free(struct mods *m);

/* NULL-terminated; belongs to m. */
LDAPMod **mods_list(struct mods *m);

#endif

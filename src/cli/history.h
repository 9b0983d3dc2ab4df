/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/history.h - how a server comes to keep a log of changes.
 */
#ifndef STATESYNC_CLI_HISTORY_H
#define STATESYNC_CLI_HISTORY_H

/* Commands for the administrator of the server; who: the DN that shall read it (NULL: to be filled
 * in).  Free with g_free(). */
char *history_how_to(const char *who);

#endif

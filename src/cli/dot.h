/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/dot.h - both state machines for Graphviz.
 *
 * Every word is a node of its own and every transition an edge of its own, so
 * that the text can be compared and searched; of two edges between the same
 * words one is drawn, with an arrow at each end.
 */
#ifndef STATESYNC_CLI_DOT_H
#define STATESYNC_CLI_DOT_H

#include <glib.h>

/* The whole digraph, ready for dot(1). */
GString *dot_opennebula(void);
GString *dot_stoney(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * board/view.h - a board, sorted and counted, and the sections of its page.
 * Private to this room.
 */
#ifndef STATESYNC_BOARD_VIEW_H
#define STATESYNC_BOARD_VIEW_H

#include "board/board.h"
#include "board/html.h"
#include "core/cleanup.h"
#include "core/mark.h"

#include <glib.h>

#define VIEW_ID_SIZE 48

/* A machine in its place. */
struct view_vm {
    const struct board_vm *vm;
    char id[VIEW_ID_SIZE]; /* of its element */
};

/* What a node has, by entries and by what is published. */
struct view_node {
    const char *name;
    const struct board_node *entry; /* NULL: the directory has no such node */
    GPtrArray *vms;                 /* of struct view_vm *, not owned */
    unsigned states[STATE_COUNT];
    unsigned n_stale;
};

struct view {
    const struct board *board;
    struct html *html;
    GPtrArray *vms;   /* of struct view_vm *, by name */
    GPtrArray *nodes; /* of struct view_node *, by name */
    unsigned states[STATE_COUNT];
    unsigned n_templates;
    unsigned n_busy;
    unsigned n_stale;
    unsigned n_alarms;
};

struct view *view_new(const struct board *b, struct html *h);
void view_free(struct view *v); /* NULL is ignored */
DEFINE_CLEANUP(struct view, view_free)

/* What a machine is called: name, UUID or DN. */
const char *view_title(const struct board_vm *vm);
/* The node it is shown with; NULL = none. */
const char *view_node_of(const struct board_vm *vm);
/* Something is being done to it, and ends by itself. */
bool view_is_busy(const struct board_vm *vm);

/* It did not answer when it was asked last. */
bool view_is_silent(const struct view_node *n);

/* A link to a machine's row. */
void view_link(struct view *v, const struct view_vm *vm);
/* The status with its mark; with progress a bar, too. */
void view_status(struct view *v, const struct board_vm *vm);
void view_bar(struct view *v, int permille);

void view_attention(struct view *v); /* alarms, stale machines, silent nodes; the worst first */
void view_busy(struct view *v);
void view_nodes(struct view *v);
void view_vms(struct view *v);
void view_words(struct view *v); /* what the words mean */

/* What became of a machine, as a bar and in words; nothing where nothing is known. */
void view_changes(struct view *v, const struct board_vm *vm);
/* Since when, for all of them. */
void view_changes_note(struct view *v);
/* The class of a part of a bar. */
const char *view_colour(enum state state);

#endif

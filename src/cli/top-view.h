/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/top-view.h - the overview of statesync top, as lines: a function of what is known.
 */
#ifndef STATESYNC_CLI_TOP_VIEW_H
#define STATESYNC_CLI_TOP_VIEW_H

#include "cli/paint.h"
#include "core/cleanup.h"

#include <glib.h>
#include <stdbool.h>

/* A VM or template: of what is published, what the overview needs. */
struct top_vm {
    char *name;   /* printable, as all texts here */
    char *status; /* without a percent; NULL = none */
    char *reason; /* NULL = none */
    char *node;   /* where it is, or belongs; NULL = nowhere */
    char *stale;  /* why it is stale; NULL = it is not */
    char **alarms; /* NULL = none */
    gint64 since;  /* seconds, -1 = not known */
    int permille;  /* -1 = none */
    enum state state; /* STATE_NONE: without a status */
    enum paint paint;
    bool busy;
};

struct top_node {
    char *name;
    char *reason;  /* NULL = none */
    char **alarms; /* NULL = none */
    int reachable; /* -1 = not known */
};

struct top_vm *top_vm_new(const struct vm_entry *vm);
void top_vm_free(struct top_vm *vm); /* NULL is ignored */
struct top_node *top_node_new(const struct node_entry *n);
void top_node_free(struct top_node *n); /* NULL is ignored */

struct top_world {
    const GPtrArray *vms;   /* of struct top_vm * */
    const GPtrArray *nodes; /* of struct top_node * */
    gint64 pass_completed;  /* seconds, 0 = never */
    const char *pause;      /* the pause in force; NULL = none */
    const char *trouble;    /* why nothing is heard of the directory; NULL = it is */
    bool complete;          /* everything was read */
};

struct top_form {
    unsigned width, height; /* 0 = as much as there is */
    bool colour;
    bool ascii;
    gint64 now;   /* seconds */
    gint64 limit; /* seconds after which the last pass is told to be old */
};

/* Lines, each ended by a newline, that fit. */
void top_view(const struct top_world *w, const struct top_form *form, GString *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/frontend.h - what one OpenNebula front-end answered in one pass.
 *
 * The counterpart of engine/observation.h: built by the adapter (opennebula/)
 * or the case reader, immutable once handed over, passed by reference between
 * threads.  It says what the front-end said, in its own numbers; what that
 * means is decided by core/one.h and the engine.
 *
 * An answer with `event` came unasked: its one VM (pair, host, names) is what
 * the front-end had when it sent it, newer than every answer whose query is
 * lower.  It may replace that VM in what is known; no VM is missing in it.
 */
#ifndef STATESYNC_ENGINE_FRONTEND_H
#define STATESYNC_ENGINE_FRONTEND_H

#include "core/cleanup.h"
#include "core/words.h"
#include "engine/uuid.h"

#include <glib.h>

/* One VM.  Strings are NULL where the front-end does not say. */
struct frontend_vm {
    gint64 id; /* OpenNebula's number */
    int state; /* STATE and LCM_STATE as they came, unknown numbers too */
    int lcm;
    int action;       /* HISTORY/ACTION of the newest record; 0 = none */
    bool has_link;    /* the user template names an entry: link is valid */
    bool has_os_uuid; /* TEMPLATE/OS/UUID is a UUID: os_uuid is valid */
    struct uuid link;
    struct uuid os_uuid;
    char *name;
    char *deploy_id; /* a UUID, or the domain's name in old versions */
    char *host;      /* HOSTNAME of the newest history record; while moving: the target */
    char *source;    /* while moving: the host of the record before it (only one.vm.info tells) */
};

struct frontend_answer {
    char *frontend; /* its name in the configuration */
    bool event;     /* one VM, as an event had it: says nothing about any other one */
    enum result result;
    enum error_class error; /* with RESULT_ERROR */
    char *text;             /* error text, or why the answer is partial; NULL = none */
    guint64 query;          /* rises with every question when it is put, and every event when it comes */
    gint64 took_us;         /* from the question to its answer; 0 = not known */
    char *version;          /* e.g. "7.5.80"; NULL = not known */
    GArray *vms;            /* of struct frontend_vm; never NULL */
    gatomicrefcount refs;
};

/* A new answer without VMs and with one reference; the name is copied. */
struct frontend_answer *frontend_answer_new(const char *frontend, enum result result);

/* Shorthand for RESULT_ERROR; text is copied and may be NULL. */
struct frontend_answer *frontend_answer_new_error(const char *frontend, enum error_class error,
                                                  const char *text);

struct frontend_answer *frontend_answer_ref(struct frontend_answer *a);
void frontend_answer_unref(struct frontend_answer *a); /* NULL is ignored */
DEFINE_CLEANUP(struct frontend_answer, frontend_answer_unref)

/* Appends a VM, all else empty, and returns it for filling in: valid until the next call. */
struct frontend_vm *frontend_answer_add(struct frontend_answer *a, gint64 id);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon/frontend.h - inside the room: one front-end of OpenNebula (frontend.c),
 * for what looks after all of them (frontends.c).
 */
#ifndef STATESYNC_DAEMON_FRONTEND_H
#define STATESYNC_DAEMON_FRONTEND_H

#include "daemon/inside.h"

#include "opennebula/opennebula.h"

/* A front-end that is asked. */
struct body_frontend {
    struct daemon *d;
    char *name;
    char *section; /* what the configuration says, to be compared */
    struct opennebula *one;
    struct frontend_answer *newest; /* NULL = it has not answered yet */
    char *trouble;      /* what was told in the log; NULL = it answers */
    bool heard;         /* its events are */
    bool reading;       /* a complete read is under way */
    bool read_again;    /* one more when it has come */
    bool missed;        /* an event came that nothing was done about yet */
    bool asking;        /* for single VMs */
    bool awaited;       /* its VMs are not written before its answer */
    bool held;          /* something of them was to be written */
    bool answer;        /* its next answer is waited for by who asked us to look */
    unsigned n_failed;  /* reads in a row */
    guint64 n_malformed; /* messages that were told to be none */
    unsigned n_patched; /* VMs told singly since the last complete answer */
    gint64 failed_since;
    gint64 read_at;     /* monotonic ms */
    gint64 some_at;
};

/* All in a section that makes it another front-end.  Free with g_free(). */
char *frontend_text(const struct config_opennebula *c);

/* Nothing is asked yet. */
void frontend_open(struct body_frontend *f, const struct config_opennebula *section);
/* Open reads are forgotten. */
void frontend_close(struct body_frontend *f);

/* Completely; once more afterwards where that is under way. */
void frontend_read(struct body_frontend *f);
/* What ends by itself is asked for, whether an event tells or not. */
void frontend_ask_moving(struct body_frontend *f, gint64 now);
void frontend_note_figures(struct body_frontend *f);

#endif

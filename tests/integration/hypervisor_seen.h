/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of watched nodes share: a listener that keeps what it is told. */
#ifndef STATESYNC_TESTS_HYPERVISOR_SEEN_H
#define STATESYNC_TESTS_HYPERVISOR_SEEN_H

#include "hypervisor_ask.h"

/* One event, with copies of its strings. */
struct seen {
    enum hypervisor_event_kind kind;
    char *node;
    uint64_t epoch;
    char uuid[UUID_TEXT_SIZE];
    const char *what;
    char *disk;
    enum block_job_type type;
    enum job_end end;
    enum error_class error;
    char *text;
    gint64 retry_ms;
    char *missing;
};

/* A hypervisor with seen_record() as its listener, and nothing seen yet. */
struct hypervisor *seen_listen(const struct hypervisor_options *options);

/* The listener. */
void seen_record(const struct hypervisor_event *event, void *data);

/* Events kept, and those of domains among them, or among all while they are only counted. */
guint seen_count(void);
unsigned seen_n_domains(void);
void seen_keep(bool on); /* false: events are counted, not kept */
void seen_forget(void);

/* Runs the main loop until there are n events; false when there are not after limit_ms. */
bool seen_until(guint n, unsigned limit_ms);

/* Event number i, for which it waits; valid until the next one comes. */
const struct seen *seen_at(guint i);

/* The next event of this kind from number *i on; *i is behind it afterwards. */
const struct seen *seen_next(enum hypervisor_event_kind kind, guint *i);

/* Event number i is of this domain of node N1. */
void seen_expect(guint i, const char *uuid, const char *what);

#endif

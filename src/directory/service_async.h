/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/service_async.h - lease and reports without waiting.
 *
 * The same decisions as in service.h, for a body on a main loop: the
 * connection (service_set_connection()) has a source, and what the entry says
 * comes from the watch.  One operation at a time: while service_is_busy() the
 * next is refused.
 *
 *   watch->service():   service_note_state()
 *   timer:              service_stand(): SERVICE_FREE or SERVICE_EXPIRED ->
 *                       service_take_async(), then read the directory anew;
 *                       SERVICE_OURS -> service_renew_async() when due;
 *                       SERVICE_HELD -> look again after *wait
 *   writer:             service_may_send() as its gate
 *   once a minute:      service_report_async(keep) instead of a renewal
 *   at the end:         service_report_async(no keep) or service_release_async()
 *
 * Our own writes come back through the watch, perhaps after the answer to a
 * later one; states older than what we wrote ourselves are ignored for a while.
 */
#ifndef STATESYNC_DIRECTORY_SERVICE_ASYNC_H
#define STATESYNC_DIRECTORY_SERVICE_ASYNC_H

#include "directory/service.h"

/* How the operation ended: error is NULL when it is done; else as from the function of service.h.
 * Another operation may be started from here. */
typedef void (*service_done)(struct service *s, const GError *error, void *data);

/* What the watch says; NULL = the entry does not exist. */
void service_note_state(struct service *s, const struct service_state *state);

/* What it said last (requests, pause ...), or NULL. */
const struct service_state *service_noted(const struct service *s);

/*
 * How the lease stands now, by what was noted and the time; asks nobody.
 * SERVICE_UNKNOWN while nothing was noted, or after a move that met something
 * newer, until the watch brings that.  With SERVICE_HELD *wait (may be NULL) is
 * how long to wait before it can be SERVICE_EXPIRED, ms.
 */
enum service_lease service_stand(struct service *s, int64_t *wait);

/* It is ours, and a third of it is over, or it is to last longer or shorter from now on. */
bool service_renewal_due(const struct service *s);

bool service_is_busy(const struct service *s);

/*
 * Start an operation.  False and error: it cannot be done now, nothing was
 * sent, and done is not called.  Taking and renewing need a stand that allows
 * it.  The report is copied where it has to be.  Reporting with keep renews
 * the lease in the same modify, without keep gives it back.
 */
bool service_take_async(struct service *s, service_done done, void *data, GError **error);
bool service_renew_async(struct service *s, service_done done, void *data, GError **error);
bool service_release_async(struct service *s, service_done done, void *data, GError **error);
bool service_report_async(struct service *s, const struct service_report *report, bool keep,
                          service_done done, void *data, GError **error);

/* Creates the entry; done also when it exists already. */
bool service_create_async(struct service *s, service_done done, void *data, GError **error);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory/service_entry.h - reading and writing the service entry, for service*.c only.
 */
#ifndef STATESYNC_DIRECTORY_SERVICE_ENTRY_H
#define STATESYNC_DIRECTORY_SERVICE_ENTRY_H

#include "directory/connection.h"
#include "directory/lease.h"
#include "directory/service.h"
#include "engine/change.h"

#define SERVICE_VERSION "sstStateSyncVersion"
#define SERVICE_PASS_COMPLETED "sstStateSyncPassCompleted"
#define SERVICE_PASS_DURATION "sstStateSyncPassDuration"
#define SERVICE_PASS_BY "sstStateSyncPassBy"
#define SERVICE_COUNT "sstStateSyncCount"
#define SERVICE_N_HELD "sstStateSyncHeld"
#define SERVICE_ALARM "sstStateSyncAlarm"
#define SERVICE_PAUSE_UNTIL "sstStateSyncPauseUntil"
#define SERVICE_PAUSE_REASON "sstStateSyncPauseReason"
#define SERVICE_LEASE_HOLDER "sstStateSyncLeaseHolder"
#define SERVICE_LEASE_SINCE "sstStateSyncLeaseSince"
#define SERVICE_LEASE_DURATION "sstStateSyncLeaseDuration"
#define SERVICE_LEASE_SERIAL "sstStateSyncLeaseSerial"
#define SERVICE_REFRESH "sstStateSyncRefresh"
#define SERVICE_REFRESH_ANSWERED "sstStateSyncRefreshAnswered"

struct service {
    struct directory_connection *connection;
    char *dn;
    char *me;
    int64_t lease; /* ms, what the next taking or renewal announces */
    struct lease_watch watch;

    /* the lease as last read or written */
    bool seen;
    char *holder; /* NULL = free */
    int64_t serial;
    enum service_lease stand;

    int64_t sent; /* when the last successful taking or renewal was sent */
    int64_t announced; /* ms, what that said how long it lasts */
    /* asynchronous use */
    struct service_state *noted; /* what the watch said last; NULL = nothing, or no entry */
    bool outdated;  /* noted is not what the entry says: wait for the next */
    unsigned n_noted;
    int64_t floor;  /* the serial we wrote last, and when: older ones are echoes that are late */
    int64_t floor_at;
    struct service_call *call; /* under way; NULL = none */
};

enum service_move_kind {
    SERVICE_TAKE,
    SERVICE_RENEW,
    SERVICE_RELEASE,
    SERVICE_REPORT,
    SERVICE_REPORT_KEEP,
};

/* One conditional modify of the lease or the report: prepared, sent, applied. */
struct service_move {
    enum service_move_kind kind;
    struct change *change;
    char *filter;
    int64_t serial; /* of the lease afterwards; -1 = it is not touched */
    int64_t sent;
    int64_t lease;  /* what it announces */
};
void service_move_clear(struct service_move *move);
#define SERVICE_MOVE __attribute__((cleanup(service_move_clear))) struct service_move

/* False and error: it cannot be done as things stand. */
bool service_prepare_take(struct service *s, struct service_move *move, GError **error);
bool service_prepare_renewal(struct service *s, struct service_move *move, GError **error);
void service_prepare_release(struct service *s, struct service_move *move);
bool service_may_report(const struct service *s, GError **error);
/* requests: those that are there now, NULL = none is to be cleared.  keep: renew the lease instead
 * of giving it back, when it is ours. */
void service_prepare_report(struct service *s, struct service_move *move,
                            const struct service_report *report, const GPtrArray *requests,
                            bool keep);

/* Call it right before sending. */
void service_move_sent(struct service *s, struct service_move *move);

/* Learns from the answer: failure (taken over) or NULL.  False and error when it failed. */
bool service_move_apply(struct service *s, const struct service_move *move, GError *failure,
                        GError **error);

/* Notes what the entry says, and how the lease stands by that.  wait: see lease_decide(). */
void service_decide(struct service *s, const struct lease_view *view, int64_t *wait);
void service_note_lease(struct service *s, const char *holder, int64_t serial,
                        enum service_lease stand);

/* Sends the add of the entry: libldap's code, or DIRECTORY_CODE_SETUP and error when the name will
 * not do.  ld NULL: only looks at the name. */
int service_send_add(const struct service *s, LDAP *ld, int *msgid, GError **error);
/* Is the entry there after the add?  Takes failure over (NULL = success). */
bool service_add_result(const struct service *s, GError *failure, GError **error);

/* Abandons what is under way. */
void service_async_end(struct service *s);

/* What a search for the entry asks for. */
extern const char *const service_attributes[];

/* The state in a found entry.  NULL and error when it cannot be decoded. */
struct service_state *service_state_decode(struct directory_connection *c, LDAPMessage *entry,
                                           GError **error);

/* The filter that holds only while holder (NULL = nobody) and serial (-1 = none) are these.
 * Free with g_free(). */
char *service_lease_filter(const char *holder, int64_t serial);

/* The one with what is in s. */
char *service_seen_filter(const struct service *s);

/* One modify, on condition of the filter (NULL = none).  Waits for the answer. */
bool service_modify(struct service *s, const struct change *change, const char *filter,
                    GError **error);

/* Sets an attribute to a number or a time (seconds since the epoch; 0 = delete it). */
void service_set_number(struct change *change, const char *attribute, int64_t number);
void service_set_time(struct change *change, const char *attribute, int64_t seconds);

/* Puts the modifications that give the lease back into the change. */
void service_give_back(struct change *change);

/* Notes that the lease is not ours. */
void service_forget(struct service *s);

#endif

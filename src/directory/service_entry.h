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
    int64_t lease; /* ms */
    struct lease_watch watch;

    /* the lease as last read or written */
    bool seen;
    char *holder; /* NULL = free */
    int64_t serial;
    enum service_lease stand;

    int64_t sent; /* when the last successful taking or renewal was sent */
};

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

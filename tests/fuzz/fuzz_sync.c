/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a message of content synchronization (RFC 4533), each of its
 * kinds, and as a CSN.  What is decoded never reaches beyond the bytes; a
 * cookie that was decoded can be asked with.
 */
#include "config.h"

#include "directory/csn.h"
#include "directory/sync.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct berval *all, const void *bytes, size_t len)
{
    const char *p = bytes;

    if (bytes && (p < all->bv_val || len > (size_t)(all->bv_val + all->bv_len - p)))
        abort();
}

static void
ask(const struct berval *all, const struct berval *cookie)
{
    LDAPControl *control;

    check(all, cookie->bv_val, cookie->bv_len);
    control = sync_request(cookie, true);
    if (!control)
        abort();
    ldap_control_free(control);
}

static void
check_info(const struct berval *all, struct sync_info *info)
{
    const unsigned char *uuid;
    size_t n = 0;

    ask(all, &info->cookie);
    check(all, info->uuids.bv_val, info->uuids.bv_len);
    while ((uuid = sync_next_uuid(&info->uuids))) {
        check(all, uuid, SYNC_UUID_SIZE);
        n++;
    }
    if (info->uuids.bv_len || n > all->bv_len / SYNC_UUID_SIZE)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *copy = g_malloc(MAX(size, 1)); /* no larger: overruns are seen */
    struct berval all = {size, copy};
    struct sync_entry entry;
    struct sync_done done;
    struct sync_info info;
    struct csn csn;

    if (size > 0)
        memcpy(copy, data, size);
    if (sync_decode_entry(&all, &entry)) {
        check(&all, entry.uuid, SYNC_UUID_SIZE);
        ask(&all, &entry.cookie);
    }
    if (sync_decode_done(&all, &done))
        ask(&all, &done.cookie);
    if (sync_decode_info(&all, &info))
        check_info(&all, &info);
    csn_parse(copy, size, &csn);
    return 0;
}

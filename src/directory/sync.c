/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/sync.h"

#include "directory/decode.h"

#include <string.h>

enum {
    TAG_BOOLEAN = 0x01,
    TAG_OCTETS = 0x04,
    TAG_ENUM = 0x0a,
    TAG_SEQUENCE = 0x30,
    TAG_SET = 0x31,
    TAG_NEW_COOKIE = 0x80,
    TAG_REFRESH_DELETE = 0xa1,
    TAG_REFRESH_PRESENT = 0xa2,
    TAG_ID_SET = 0xa3,
    REFRESH_AND_PERSIST = 3,
};

static const struct berval none = {0, NULL};

static bool
starts_with(const struct berval *rest, unsigned char tag)
{
    return rest->bv_len > 0 && (unsigned char)rest->bv_val[0] == tag;
}

/* An optional cookie. */
static bool
take_cookie(struct berval *rest, struct berval *cookie)
{
    *cookie = none;
    return !starts_with(rest, TAG_OCTETS) || decode_element(rest, TAG_OCTETS, cookie);
}

/* An optional boolean; *value keeps its default. */
static bool
take_boolean(struct berval *rest, bool *value)
{
    struct berval contents;

    if (!starts_with(rest, TAG_BOOLEAN))
        return true;
    if (!decode_element(rest, TAG_BOOLEAN, &contents) || contents.bv_len != 1)
        return false;
    *value = contents.bv_val[0] != 0;
    return true;
}

static bool
take_uuid(struct berval *rest, const unsigned char **uuid)
{
    struct berval contents;

    if (!decode_element(rest, TAG_OCTETS, &contents) || contents.bv_len != SYNC_UUID_SIZE)
        return false;
    *uuid = (const unsigned char *)contents.bv_val;
    return true;
}

bool
sync_decode_entry(const struct berval *value, struct sync_entry *out)
{
    struct berval rest = *value;
    struct berval all;
    struct berval state;
    struct sync_entry e;

    if (!decode_element(&rest, TAG_SEQUENCE, &all) || !decode_element(&all, TAG_ENUM, &state) ||
        state.bv_len != 1 || (unsigned char)state.bv_val[0] > SYNC_DELETE ||
        !take_uuid(&all, &e.uuid) || !take_cookie(&all, &e.cookie))
        return false;
    e.state = (enum sync_state)state.bv_val[0];
    *out = e;
    return true;
}

bool
sync_decode_done(const struct berval *value, struct sync_done *out)
{
    struct berval rest = *value;
    struct berval all;
    struct sync_done d = {.refresh_deletes = false};

    if (!decode_element(&rest, TAG_SEQUENCE, &all) || !take_cookie(&all, &d.cookie) ||
        !take_boolean(&all, &d.refresh_deletes))
        return false;
    *out = d;
    return true;
}

static bool
decode_refresh(struct berval *rest, unsigned char tag, struct sync_info *i)
{
    struct berval all;

    i->refresh_done = true;
    return decode_element(rest, tag, &all) && take_cookie(&all, &i->cookie) &&
           take_boolean(&all, &i->refresh_done);
}

static bool
decode_id_set(struct berval *rest, struct sync_info *i)
{
    struct berval all;
    struct berval each;
    const unsigned char *uuid;

    if (!decode_element(rest, TAG_ID_SET, &all) || !take_cookie(&all, &i->cookie) ||
        !take_boolean(&all, &i->refresh_deletes) || !decode_element(&all, TAG_SET, &i->uuids))
        return false;
    each = i->uuids;
    while (each.bv_len > 0)
        if (!take_uuid(&each, &uuid))
            return false;
    return true;
}

bool
sync_decode_info(const struct berval *value, struct sync_info *out)
{
    struct berval rest = *value;
    struct sync_info i = {.cookie = none, .uuids = none};
    bool good = false;

    if (starts_with(&rest, TAG_NEW_COOKIE)) {
        i.kind = SYNC_NEW_COOKIE;
        good = decode_element(&rest, TAG_NEW_COOKIE, &i.cookie);
    } else if (starts_with(&rest, TAG_REFRESH_DELETE)) {
        i.kind = SYNC_REFRESH_DELETE;
        good = decode_refresh(&rest, TAG_REFRESH_DELETE, &i);
    } else if (starts_with(&rest, TAG_REFRESH_PRESENT)) {
        i.kind = SYNC_REFRESH_PRESENT;
        good = decode_refresh(&rest, TAG_REFRESH_PRESENT, &i);
    } else if (starts_with(&rest, TAG_ID_SET)) {
        i.kind = SYNC_ID_SET;
        good = decode_id_set(&rest, &i);
    }
    if (good)
        *out = i;
    return good;
}

const unsigned char *
sync_next_uuid(struct berval *uuids)
{
    const unsigned char *uuid;

    return uuids->bv_len > 0 && take_uuid(uuids, &uuid) ? uuid : NULL;
}

bool
sync_cookie_says_something(const struct berval *cookie)
{
    bool slapd = cookie->bv_len >= 4 && memcmp(cookie->bv_val, "rid=", 4) == 0;

    return cookie->bv_val &&
           (!slapd || g_strstr_len(cookie->bv_val, (gssize)cookie->bv_len, "csn=") != NULL);
}

LDAPControl *
sync_request(const struct berval *cookie, bool reload_hint)
{
    BerElement *ber = ber_alloc_t(LBER_USE_DER);
    struct berval value = {0, NULL};
    LDAPControl *control = NULL;
    /* liblber takes the cookie without const but leaves it alone. */
    struct berval from = *cookie;
    bool good = ber && ber_printf(ber, "{e", REFRESH_AND_PERSIST) >= 0 &&
                (!from.bv_val || ber_printf(ber, "O", &from) >= 0) &&
                (!reload_hint || ber_printf(ber, "b", 1) >= 0) && ber_printf(ber, "}") >= 0;

    if (good && ber_flatten2(ber, &value, 0) == 0)
        ldap_control_create(LDAP_CONTROL_SYNC, 1, &value, 1, &control);
    ber_free(ber, 1);
    return control;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/decode.h"

/* The length behind the tag; *at moves behind it.  False: cut, or not of a definite form. */
static bool
take_length(const struct berval *rest, size_t *at, size_t *len)
{
    const unsigned char *bytes = (const unsigned char *)rest->bv_val;
    size_t value = bytes[(*at)++];
    size_t n = value & 0x7f;

    if (value >= 0x80) {
        if (n == 0 || n > sizeof(unsigned) || n > rest->bv_len - *at)
            return false;
        for (value = 0; n > 0; n--)
            value = value << 8 | bytes[(*at)++];
    }
    *len = value;
    return true;
}

bool
decode_element(struct berval *rest, unsigned char tag, struct berval *contents)
{
    size_t at = 1;
    size_t len;

    if (rest->bv_len < 2 || (unsigned char)rest->bv_val[0] != tag
        || !take_length(rest, &at, &len) || len > rest->bv_len - at)
        return false;
    contents->bv_val = rest->bv_val + at;
    contents->bv_len = len;
    rest->bv_val += at + len;
    rest->bv_len -= at + len;
    return true;
}

bool
decode_attribute(struct berval attribute, struct entry_builder *builder, decode_value_func func,
                 void *data)
{
    struct berval name;
    struct berval values;
    struct berval value;

    if (!decode_element(&attribute, LBER_OCTETSTRING, &name)
        || !decode_element(&attribute, LBER_SET, &values) || attribute.bv_len > 0)
        return false;
    int id = entry_builder_attribute(builder, name.bv_val, name.bv_len);
    while (values.bv_len > 0) {
        if (!decode_element(&values, LBER_OCTETSTRING, &value))
            return false;
        if (id >= 0)
            entry_builder_value(builder, id, value.bv_val, value.bv_len);
        if (func != NULL)
            func(&name, &value, data);
    }
    return true;
}

static bool
decode_attributes(BerElement *ber, struct entry_builder *builder, decode_value_func func,
                  void *data)
{
    for (;;) {
        struct berval attribute;
        ber_len_t left = 0;

        if (ber_get_option(ber, LBER_OPT_BER_REMAINING_BYTES, &left) != LBER_OPT_SUCCESS)
            return false;
        if (left == 0)
            return true;
        if (ber_skip_element(ber, &attribute) != LBER_SEQUENCE ||
            !decode_attribute(attribute, builder, func, data))
            return false;
    }
}

bool
decode_entry(LDAP *ld, LDAPMessage *message, struct entry_builder *builder, const char **dn,
             decode_value_func func, void *data, struct entry **entry)
{
    BerElement *ber = NULL;
    struct berval name = {0, NULL};
    bool good = false;

    *entry = NULL;
    *dn = NULL;
    /* The DN ends in a NUL: liblber puts one behind each string it hands out in place. */
    if (ldap_get_dn_ber(ld, message, &ber, &name) == LDAP_SUCCESS && name.bv_val) {
        *dn = name.bv_val;
        entry_builder_begin(builder, name.bv_val);
        good = decode_attributes(ber, builder, func, data);
        *entry = good ? entry_builder_finish(builder) : NULL;
    }
    ber_free(ber, 0);
    return good;
}

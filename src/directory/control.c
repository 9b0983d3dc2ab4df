/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/control.h"

#include "directory/result.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

LDAPControl *
control_assertion(LDAP *ld, const char *filter, GError **error)
{
    LDAPControl *control = NULL;
    /* libldap takes the filter without const but leaves it alone. */
    int rc = ldap_create_assertion_control(ld, (char *)(uintptr_t)filter, 1, &control);

    if (rc != LDAP_SUCCESS)
        directory_error_set_from(error, ld, rc, "assertion %s", filter);
    return control;
}

LDAPControl *
control_post_read(const char *attribute)
{
    BerElement *ber = ber_alloc_t(LBER_USE_DER);
    struct berval value = {0, NULL};
    LDAPControl *control = NULL;

    /* AttributeSelection ::= SEQUENCE OF selector LDAPString */
    if (ber && ber_printf(ber, "{s}", attribute) >= 0 && ber_flatten2(ber, &value, 0) == 0)
        ldap_control_create(LDAP_CONTROL_POST_READ, 0, &value, 1, &control);
    ber_free(ber, 1);
    return control;
}

/* The value of the attribute in a SearchResultEntry: { objectName, { { type, [ value ] } } }. */
static char *
first_value(BerElement *ber, const char *attribute)
{
    ber_len_t len;
    char *end;
    ber_tag_t tag;

    if (ber_scanf(ber, "{x") == LBER_ERROR)
        return NULL;
    for (tag = ber_first_element(ber, &len, &end); tag != LBER_DEFAULT;
         tag = ber_next_element(ber, &len, end)) {
        struct berval name;
        BerVarray values = NULL;
        char *found = NULL;

        if (ber_scanf(ber, "{m[W]}", &name, &values) == LBER_ERROR)
            return NULL;
        if (name.bv_len == strlen(attribute) && values && values[0].bv_val &&
            strncasecmp(name.bv_val, attribute, name.bv_len) == 0)
            found = g_strndup(values[0].bv_val, values[0].bv_len);
        ber_bvarray_free(values);
        if (found)
            return found;
    }
    return NULL;
}

char *
control_post_read_value(LDAPControl **controls, const char *attribute)
{
    LDAPControl *control = ldap_control_find(LDAP_CONTROL_POST_READ, controls, NULL);
    BerElement *ber;
    char *value;

    /* liblber crashes on a buffer of nothing. */
    if (!control || control->ldctl_value.bv_len == 0 || !control->ldctl_value.bv_val)
        return NULL;
    ber = ber_init(&control->ldctl_value);
    value = ber ? first_value(ber, attribute) : NULL;
    ber_free(ber, 1);
    return value;
}

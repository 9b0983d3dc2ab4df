/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a value in a filter and in a DN: what we build has to be valid, and has to mean
 * exactly these bytes when libldap reads it back.  As text: parsing and comparing never break.
 */
#include "config.h"

#include "directory/dn.h"
#include "directory/filter.h"

#include <ldap.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds)
        abort();
}

/* "(cn=<value>)", encoded by libldap, is equalityMatch [3] { "cn", value }. */
static void
check_filter(LDAP *ld, const char *value, size_t len)
{
    g_autoptr(GString) filter = g_string_new("(cn=");
    struct berval encoded = {0, NULL};
    struct berval name;
    struct berval got;
    BerElement *ber;

    filter_append_escaped(filter, value, len);
    g_string_append_c(filter, ')');
    /* An empty value, alone or between stars that we escape, is still an equality. */
    require(ldap_create_assertion_control_value(ld, filter->str, &encoded) == LDAP_SUCCESS);
    ber = ber_init(&encoded);
    require(ber_scanf(ber, "{mm}", &name, &got) != LBER_ERROR);
    require(got.bv_len == len && memcmp(got.bv_val, value, len) == 0);
    ber_free(ber, 1);
    ber_memfree(encoded.bv_val);
}

/* "cn=<value>,dc=x" has two RDNs, and the first one's value is what went in. */
static void
check_dn(const char *value, size_t len)
{
    g_autofree char *escaped = directory_dn_escape(value, len);
    g_autofree char *dn = g_strdup_printf("cn=%s,dc=x", escaped);
    LDAPDN parsed = NULL;

    require(ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS);
    require(parsed[0] && parsed[1] && !parsed[2] && !parsed[0][1]);
    require(parsed[0][0]->la_value.bv_len == len);
    require(len == 0 || memcmp(parsed[0][0]->la_value.bv_val, value, len) == 0);
    ldap_dnfree(parsed);
}

/* Normalising a DN twice is the same as once, and a DN equals itself. */
static void
check_text(const char *text)
{
    g_autofree char *once = directory_dn_normalise(text);
    g_autofree char *twice = once ? directory_dn_normalise(once) : NULL;

    require((once != NULL) == directory_dn_is_valid(text));
    if (!once)
        return;
    require(twice && strcmp(once, twice) == 0);
    require(directory_dn_equal(text, text) && directory_dn_equal(once, text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static LDAP *ld;
    g_autofree char *text = g_strndup((const char *)data, size);

    if (!ld)
        require(ldap_initialize(&ld, NULL) == LDAP_SUCCESS);
    check_filter(ld, (const char *)data, size);
    check_dn((const char *)data, size);
    check_text(text);
    return 0;
}

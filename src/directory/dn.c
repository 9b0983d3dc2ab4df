/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/dn.h"

#include <ldap.h>

char *
directory_dn_escape(const char *value, size_t len)
{
    GString *out = g_string_sized_new(len + 8);

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)value[i];

        if (c < 0x20 || c == 0x7f)
            g_string_append_printf(out, "\\%02X", c);
        else if (strchr("\"+,;<>\\=", c) || (c == '#' && i == 0) ||
                 (c == ' ' && (i == 0 || i + 1 == len)))
            g_string_append_printf(out, "\\%c", c);
        else
            g_string_append_c(out, (char)c);
    }
    return g_string_free(out, FALSE);
}

char *
directory_dn_child(const char *attribute, const char *value, const char *parent)
{
    g_autofree char *escaped = directory_dn_escape(value, strlen(value));

    if (!parent || !*parent)
        return g_strdup_printf("%s=%s", attribute, escaped);
    return g_strdup_printf("%s=%s,%s", attribute, escaped, parent);
}

char *
directory_dn_below(const char *subtree, const char *base)
{
    if (!subtree || !*subtree)
        return g_strdup(base ? base : "");
    if (!base || !*base)
        return g_strdup(subtree);
    return g_strdup_printf("%s,%s", subtree, base);
}

bool
directory_dn_is_valid(const char *dn)
{
    LDAPDN parsed = NULL;

    if (!dn || ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS)
        return false;
    ldap_dnfree(parsed);
    return true;
}

/* Lower case (all of Unicode where the bytes are UTF-8, else ASCII only), runs of blanks as one,
 * none at the ends; escaped.  Takes what is no text (#hex values) as it is. */
static void
append_value(GString *out, const LDAPAVA *ava)
{
    g_autofree char *lower = NULL;
    g_autofree char *escaped = NULL;
    g_autoptr(GString) folded = g_string_new(NULL);
    size_t len = ava->la_value.bv_len;
    const char *value = ava->la_value.bv_val;

    if (ava->la_flags & LDAP_AVA_BINARY && len) {
        g_string_append_c(out, '#');
        for (size_t i = 0; i < len; i++)
            g_string_append_printf(out, "%02x", (unsigned char)value[i]);
        return;
    }
    if (len && g_utf8_validate_len(value, len, NULL)) {
        lower = g_utf8_strdown(value, (gssize)len);
        value = lower;
        len = strlen(lower);
    }
    for (size_t i = 0; i < len; i++)
        if (value[i] != ' ' || (folded->len && folded->str[folded->len - 1] != ' '))
            g_string_append_c(folded, g_ascii_tolower(value[i]));
    if (folded->len && folded->str[folded->len - 1] == ' ')
        g_string_truncate(folded, folded->len - 1);
    escaped = directory_dn_escape(folded->str, folded->len);
    g_string_append(out, escaped);
}

static void
append_ava(GString *out, const LDAPAVA *ava)
{
    g_autofree char *type = g_ascii_strdown(ava->la_attr.bv_val, (gssize)ava->la_attr.bv_len);

    g_string_append_printf(out, "%s=", type);
    append_value(out, ava);
}

static int
compare_strings(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Parts of a multi-valued RDN have no order: sort them. */
static void
append_rdn(GString *out, LDAPRDN rdn)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);

    for (int i = 0; rdn && rdn[i]; i++) {
        GString *part = g_string_new(NULL);

        append_ava(part, rdn[i]);
        g_ptr_array_add(parts, g_string_free(part, FALSE));
    }
    g_ptr_array_sort(parts, compare_strings);
    for (guint i = 0; i < parts->len; i++)
        g_string_append_printf(out, "%s%s", i ? "+" : "", (const char *)parts->pdata[i]);
}

char *
directory_dn_normalise(const char *dn)
{
    LDAPDN parsed = NULL;
    GString *out;

    if (!dn || ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS)
        return NULL;
    out = g_string_new(NULL);
    for (int i = 0; parsed && parsed[i]; i++) {
        if (i)
            g_string_append_c(out, ',');
        append_rdn(out, parsed[i]);
    }
    ldap_dnfree(parsed);
    return g_string_free(out, FALSE);
}

bool
directory_dn_equal(const char *a, const char *b)
{
    g_autofree char *one = directory_dn_normalise(a);
    g_autofree char *two = directory_dn_normalise(b);

    return one && two && strcmp(one, two) == 0;
}

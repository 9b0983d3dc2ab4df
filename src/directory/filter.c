/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/filter.h"

const char filter_vms[] = "(|(objectClass=sstVirtualizationVirtualMachine)"
                          "(&(objectClass=sstProvisioning)(sstProvisioningMode=*)))";

const char filter_nodes[] = "(|(objectClass=sstVirtualizationNode)"
                            "(&(objectClass=sstNetworkNode)(ou=int))"
                            "(objectClass=sstTypeNode))";

static bool
is_plain(unsigned char c)
{
    return c > 0x1f && c < 0x7f && c != '*' && c != '(' && c != ')' && c != '\\';
}

void
filter_append_escaped(GString *filter, const char *value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)value[i];

        if (is_plain(c))
            g_string_append_c(filter, (char)c);
        else
            g_string_append_printf(filter, "\\%02x", c);
    }
}

bool
filter_is_attribute(const char *name)
{
    if (!name || !g_ascii_isalnum(*name))
        return false;
    for (const char *p = name; *p; p++)
        if (!g_ascii_isalnum(*p) && *p != '-' && *p != ';' && *p != '.')
            return false;
    return true;
}

void
filter_append_equal(GString *filter, const char *attribute, const char *value)
{
    g_return_if_fail(filter_is_attribute(attribute));
    g_string_append_printf(filter, "(%s=", attribute);
    if (value)
        filter_append_escaped(filter, value, strlen(value));
    g_string_append_c(filter, ')');
}

void
filter_append_present(GString *filter, const char *attribute)
{
    g_return_if_fail(filter_is_attribute(attribute));
    g_string_append_printf(filter, "(%s=*)", attribute);
}

void
filter_append_not_present(GString *filter, const char *attribute)
{
    g_string_append(filter, "(!");
    filter_append_present(filter, attribute);
    g_string_append_c(filter, ')');
}

char *
filter_equal(const char *attribute, const char *value)
{
    GString *filter = g_string_new(NULL);

    filter_append_equal(filter, attribute, value);
    return g_string_free(filter, FALSE);
}

char *
filter_begins(const char *attribute, const char *value)
{
    GString *filter = g_string_new(NULL);

    filter_append_equal(filter, attribute, value);
    g_string_insert_c(filter, (gssize)filter->len - 1, '*');
    return g_string_free(filter, FALSE);
}

char *
filter_not_present(const char *attribute)
{
    GString *filter = g_string_new(NULL);

    filter_append_not_present(filter, attribute);
    return g_string_free(filter, FALSE);
}

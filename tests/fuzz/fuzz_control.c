/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as the answer to a post-read (RFC 4527): a value or none, never more.
 */
#include "config.h"

#include "directory/control.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *copy = g_malloc(size + 1);
    LDAPControl control = {
        .ldctl_oid = (char[]){LDAP_CONTROL_POST_READ},
        .ldctl_value = {.bv_len = size, .bv_val = copy},
    };
    LDAPControl *controls[] = {&control, NULL};
    g_autofree char *csn = NULL;

    if (size)
        memcpy(copy, data, size);
    copy[size] = '\0';
    csn = control_post_read_value(controls, "entryCSN");
    return csn && strlen(csn) > size;
}

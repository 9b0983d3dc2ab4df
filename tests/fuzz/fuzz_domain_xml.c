/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a domain's XML.  Beyond not crashing: what is accepted is within the bounds. */
#include "config.h"

#include "hypervisor/domainxml.h"
#include "hypervisor/error.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    CLEANUP(domainxml_free) struct domainxml *x =
        domainxml_parse((const char *)data, size, &error);

    if ((x == NULL) == (error == NULL))
        abort();
    if (x == NULL) {
        if (error->domain != HYPERVISOR_ERROR || !g_utf8_validate(error->message, -1, NULL))
            abort();
        return 0;
    }
    if (x->disks->len > DOMAINXML_MAX_DISKS || x->agent > AGENT_CONNECTED)
        abort();
    for (guint i = 0; i < x->disks->len; i++) {
        const struct disk_xml *d = &g_array_index(x->disks, struct disk_xml, i);

        if (d->name == NULL || strlen(d->name) > DOMAINXML_MAX_NAME || d->backing > BACKING_FILE)
            abort();
    }
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as an event: a topic, a line end, and the base64 text. */
#include "config.h"

#include "opennebula/event.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pool_options options = {.link_attribute = "STONEY_UUID", .last = -1};
    const char *text = (const char *)data;
    const char *end = size > 0 ? memchr(text, '\n', size) : NULL;
    size_t topic = end != NULL ? (size_t)(end - text) : size;
    size_t rest = end != NULL ? size - topic - 1 : 0;
    g_autoptr(GError) error = NULL;
    CLEANUP(frontend_answer_unref)
    struct frontend_answer *a = event_decode("one", text, topic, end != NULL ? end + 1 : "", rest,
                                             &options, &error);

    if ((a == NULL) != (error != NULL))
        g_error("an error and none");
    if (a != NULL && (a->vms->len != 1 || !a->event))
        g_error("not one VM");
    return 0;
}

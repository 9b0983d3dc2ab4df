/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as an XML-RPC answer: whatever the pieces, the same string comes
 * out, or an error with one of our classes.
 */
#include "config.h"

#include "opennebula/rpc.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
take(void *data, const char *text, size_t len, GError **error)
{
    (void)error;
    g_string_append_len(data, text, (gssize)len);
    return true;
}

/* The string, or NULL. */
static GString *
decode(const char *text, size_t size, size_t piece)
{
    g_autoptr(GString) out = g_string_new("");
    CLEANUP(rpc_answer_free) struct rpc_answer *a = rpc_answer_new(take, out);
    g_autoptr(GError) error = NULL;
    bool ok = true;

    for (size_t at = 0; ok && at < size; at += piece)
        ok = rpc_answer_push(a, text + at, MIN(piece, size - at), &error);
    ok = ok && rpc_answer_end(a, &error);
    if (ok != (error == NULL))
        g_error("an error and none");
    if (error != NULL && !g_utf8_validate(error->message, -1, NULL))
        g_error("an error that cannot be shown");
    return ok ? g_steal_pointer(&out) : NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GString) whole = decode((const char *)data, size, 65536);
    g_autoptr(GString) pieces = decode((const char *)data, size, 1 + size % 13);

    if ((whole == NULL) != (pieces == NULL)
        || (whole != NULL && !g_string_equal(whole, pieces)))
        g_error("pieces matter");
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/uuid.h"

#include <string.h>

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool
uuid_parse(const char *text, size_t len, struct uuid *out)
{
    struct uuid u;
    size_t n = 0;

    if (len != UUID_TEXT_SIZE - 1)
        return false;
    for (size_t i = 0; i < len;) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i] != '-')
                return false;
            i++;
            continue;
        }
        int high = hex_value(text[i]);
        int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0)
            return false;
        u.bytes[n++] = (uint8_t)(high << 4 | low);
        i += 2;
    }
    *out = u;
    return true;
}

void
uuid_format(const struct uuid *uuid, char out[UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;

    for (size_t i = 0; i < sizeof(uuid->bytes); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[n++] = '-';
        out[n++] = digits[uuid->bytes[i] >> 4];
        out[n++] = digits[uuid->bytes[i] & 15];
    }
    out[n] = '\0';
}

bool
uuid_equal(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

int
uuid_compare(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a, b, sizeof(*a));
}

guint
uuid_hash(gconstpointer uuid)
{
    uint32_t parts[4];

    /* random UUIDs are hashes already; counted ones differ in some part, so mix */
    memcpy(parts, uuid, sizeof(parts));
    uint32_t h = parts[0];
    h = (h ^ parts[1]) * 0x9e3779b1u;
    h = (h ^ parts[2]) * 0x85ebca6bu;
    h = (h ^ parts[3]) * 0xc2b2ae35u;
    return h ^ h >> 15;
}

gboolean
uuid_equal_key(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct uuid)) == 0;
}

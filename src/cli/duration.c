/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/duration.h"

#include <glib.h>
#include <string.h>

bool
duration_parse(const char *text, int64_t *seconds)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    size_t digits = strspn(text, "0123456789");
    int64_t number;

    if (digits == 0 || digits > 8 || text[digits] == '\0' || text[digits + 1] != '\0')
        return false;
    number = g_ascii_strtoll(text, NULL, 10);
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        if (units[i].letter == text[digits] && number > 0
            && number * units[i].seconds <= DURATION_MAX_S) {
            *seconds = number * units[i].seconds;
            return true;
        }
    }
    return false;
}

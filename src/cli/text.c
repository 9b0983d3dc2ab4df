/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/text.h"

#include <string.h>

static unsigned
char_width(gunichar c)
{
    if (g_unichar_iszerowidth(c))
        return 0;
    return g_unichar_iswide(c) ? 2 : 1;
}

unsigned
text_width(const char *text)
{
    unsigned width = 0;

    for (; *text != '\0'; text += g_utf8_skip[(guchar)*text])
        width += (guchar)*text < 0x80 ? 1 : char_width(g_utf8_get_char(text));
    return width;
}

/* How many bytes of text fit. */
static size_t
fitting(const char *text, unsigned width)
{
    const char *p = text;
    unsigned used = 0;

    while (*p != '\0') {
        used += char_width(g_utf8_get_char(p));
        if (used > width)
            break;
        p += g_utf8_skip[(guchar)*p];
    }
    return (size_t)(p - text);
}

char *
text_fit(const char *text, unsigned width, const char *dots)
{
    unsigned reserved = text_width(dots);

    if (text_width(text) <= width)
        return g_strdup(text);
    if (width <= reserved)
        return g_strndup(dots, fitting(dots, width));
    return g_strdup_printf("%.*s%s", (int)fitting(text, width - reserved), text, dots);
}

void
text_append(GString *out, const char *text, unsigned width, const char *dots)
{
    unsigned used = text_width(text);
    g_autofree char *cut = used > width ? text_fit(text, width, dots) : NULL;

    if (cut != NULL)
        used = text_width(cut);
    g_string_append(out, cut != NULL ? cut : text);
    for (; used < width; used++)
        g_string_append_c(out, ' ');
}

/* Both begin with a digit: compares the two numbers and steps behind them. */
static int
compare_numbers(const char **a, const char **b)
{
    size_t digits_a, digits_b;

    *a += strspn(*a, "0");
    *b += strspn(*b, "0");
    digits_a = strspn(*a, "0123456789");
    digits_b = strspn(*b, "0123456789");
    int order = digits_a != digits_b ? (digits_a < digits_b ? -1 : 1)
                                     : strncmp(*a, *b, digits_a);
    *a += digits_a;
    *b += digits_b;
    return order;
}

int
text_compare(const char *a, const char *b)
{
    const char *x = a, *y = b;

    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    while (*x != '\0' && *y != '\0') {
        if (g_ascii_isdigit(*x) && g_ascii_isdigit(*y)) {
            int order = compare_numbers(&x, &y);
            if (order != 0)
                return order;
        } else if (*x != *y) {
            return (guchar)*x < (guchar)*y ? -1 : 1;
        } else {
            x++;
            y++;
        }
    }
    if (*x != *y)
        return *x == '\0' ? -1 : 1;
    return strcmp(a, b); /* "7" and "07" are two texts */
}

char *
text_duration(gint64 seconds)
{
    gint64 s = MAX(seconds, 0);

    if (s < 60)
        return g_strdup_printf("%ds", (int)s);
    if (s < 3600)
        return g_strdup_printf("%dm %ds", (int)(s / 60), (int)(s % 60));
    if (s < 86400)
        return g_strdup_printf("%dh %dm", (int)(s / 3600), (int)(s / 60 % 60));
    return g_strdup_printf("%" G_GINT64_FORMAT "d %dh", s / 86400, (int)(s / 3600 % 24));
}

void
text_bar(GString *out, int permille, unsigned width, bool ascii)
{
    static const char *const eighths[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    unsigned full = (unsigned)CLAMP(permille, 0, 1000) * width * 8 / 1000;

    for (unsigned column = 0; column < width; column++) {
        if (full >= (column + 1) * 8)
            g_string_append(out, ascii ? "#" : "█");
        else if (ascii)
            g_string_append_c(out, '.');
        else
            g_string_append(out, full > column * 8 ? eighths[full % 8] : "░");
    }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/timestamp.h"

#include <stdbool.h>
#include <string.h>

/* Reads exactly n digits at *p and steps over them; -1 when there are fewer. */
static int
digits(const char **p, int n)
{
    int value = 0;

    for (int i = 0; i < n; i++) {
        if (!g_ascii_isdigit((*p)[i]))
            return -1;
        value = value * 10 + ((*p)[i] - '0');
    }
    *p += n;
    return value;
}

/* Howard Hinnant's days-from-civil: days since 1970-01-01 of a proleptic Gregorian date. */
static gint64
days_from_civil(gint64 y, int m, int d)
{
    y -= m <= 2;
    gint64 era = (y >= 0 ? y : y - 399) / 400;
    gint64 yoe = y - era * 400;
    gint64 doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    gint64 doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static void
civil_from_days(gint64 z, int *y, int *m, int *d)
{
    z += 719468;
    gint64 era = (z >= 0 ? z : z - 146096) / 146097;
    gint64 doe = z - era * 146097;
    gint64 yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    gint64 doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    gint64 mp = (5 * doy + 2) / 153;

    *d = (int)(doy - (153 * mp + 2) / 5 + 1);
    *m = (int)(mp < 10 ? mp + 3 : mp - 9);
    *y = (int)(yoe + era * 400 + (*m <= 2));
}

static bool
zone(const char *p, gint64 *offset)
{
    if (strcmp(p, "Z") == 0 || strcmp(p, "z") == 0) {
        *offset = 0;
        return true;
    }
    if (*p != '+' && *p != '-')
        return false;
    int sign = *p++ == '+' ? 1 : -1;
    int h = digits(&p, 2);
    if (*p == ':')
        p++;
    int m = *p == '\0' ? 0 : digits(&p, 2);
    if (h < 0 || h > 23 || m < 0 || m > 59 || *p != '\0')
        return false;
    *offset = sign * (h * 3600 + m * 60);
    return true;
}

static gint64
assemble(int y, int mo, int d, int h, int mi, int s, gint64 offset)
{
    static const int month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (y < 0 || mo < 1 || mo > 12 || d < 1 || d > month_days[mo - 1] || h < 0 || h > 23 || mi < 0
        || mi > 59 || s < 0 || s > 60)
        return -1;
    return days_from_civil(y, mo, d) * 86400 + h * 3600 + mi * 60 + s - offset;
}

gint64
timestamp_parse(const char *text)
{
    const char *p = text;
    gint64 offset;
    int mi = 0;
    int s = 0;

    if (text == NULL)
        return -1;
    int y = digits(&p, 4);
    int mo = y < 0 ? -1 : digits(&p, 2);
    int d = mo < 0 ? -1 : digits(&p, 2);
    if (d < 0)
        return -1;
    if (*p == 'T')
        p++;
    int h = digits(&p, 2);
    if (h >= 0 && g_ascii_isdigit(*p))
        mi = digits(&p, 2);
    if (mi >= 0 && g_ascii_isdigit(*p))
        s = digits(&p, 2);
    if (h < 0 || mi < 0 || s < 0)
        return -1;
    if (*p == '.' || *p == ',') {
        p++;
        if (!g_ascii_isdigit(*p))
            return -1;
        while (g_ascii_isdigit(*p))
            p++;
    }
    return zone(p, &offset) ? assemble(y, mo, d, h, mi, s, offset) : -1;
}

void
timestamp_format(gint64 seconds, char out[TIMESTAMP_SIZE])
{
    int y;
    int m;
    int d;

    seconds = CLAMP(seconds, G_GINT64_CONSTANT(-62167219200), G_GINT64_CONSTANT(253402300799));
    gint64 days = seconds / 86400 - (seconds % 86400 < 0);
    int rest = (int)(seconds - days * 86400);
    civil_from_days(days, &y, &m, &d);
    g_snprintf(out, TIMESTAMP_SIZE, "%04u%02u%02u%02u%02u%02uZ", (unsigned)y % 10000u,
               (unsigned)m % 100u, (unsigned)d % 100u, (unsigned)(rest / 3600) % 100u,
               (unsigned)(rest / 60 % 60), (unsigned)(rest % 60));
}

int
timestamp_day(gint64 seconds)
{
    int y;
    int m;
    int d;

    civil_from_days(seconds / 86400 - (seconds % 86400 < 0), &y, &m, &d);
    return y * 10000 + m * 100 + d;
}

gint64
timestamp_parse_rfc3339(const char *text)
{
    const char *p = text;
    gint64 offset;

    if (text == NULL)
        return -1;
    int y = digits(&p, 4);
    if (y < 0 || *p++ != '-')
        return -1;
    int mo = digits(&p, 2);
    if (mo < 0 || *p++ != '-')
        return -1;
    int d = digits(&p, 2);
    if (d < 0 || (*p != 'T' && *p != 't' && *p != ' '))
        return -1;
    p++;
    int h = digits(&p, 2);
    if (h < 0 || *p++ != ':')
        return -1;
    int mi = digits(&p, 2);
    if (mi < 0 || *p++ != ':')
        return -1;
    int s = digits(&p, 2);
    if (s < 0)
        return -1;
    if (*p == '.') {
        p++;
        while (g_ascii_isdigit(*p))
            p++;
    }
    return zone(p, &offset) ? assemble(y, mo, d, h, mi, s, offset) : -1;
}

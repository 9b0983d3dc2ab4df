/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "rows.h"

#include "cli/duration.h"

static const struct {
    const char *text;
    int64_t seconds; /* -1: no duration */
} durations[] = {
    {"90s", 90},     {"15m", 900},    {"2h", 7200},  {"1d", 86400},        {"365d", 31536000},
    {"8760h", 31536000}, {"007m", 420}, {"366d", -1}, {"0s", -1},          {"", -1},
    {"s", -1},       {"5", -1},       {"5w", -1},    {"5M", -1},           {"-5m", -1},
    {"+5m", -1},     {" 5m", -1},     {"5m ", -1},   {"5 m", -1},          {"1.5h", -1},
    {"1h30m", -1},   {"99999999d", -1}, {"99999999999999999999s", -1},     {"0x10s", -1},
};

static void
test_duration(void **state)
{
    const __typeof__(durations[0]) *row = *state;
    int64_t seconds = -1;

    assert_int_equal(duration_parse(row->text, &seconds), row->seconds >= 0);
    assert_int_equal(seconds, row->seconds);
}

int
main(void)
{
    ROWS_TABLE(test_duration, durations, "\"%s\"", row->text);
    return rows_run("cli duration");
}

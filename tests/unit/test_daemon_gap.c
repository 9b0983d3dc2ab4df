/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shares without a body, by our own clock. */
#include "config.h"

#include "daemon/gap.h"
#include "harness.h"

#define MINUTE 60000

static void
says(const struct gaps *g, const char *expected)
{
    g_autofree char *text = gaps_text(g);

    if (expected == NULL)
        assert_null(text);
    else
        assert_string_equal(text, expected);
}

static void
missing_is_a_gap_after_a_while(void **state)
{
    struct gaps *g = gaps_new(1, 2, 4 * MINUTE);

    (void)state;
    for (int minute = 0; minute < 4; minute++)
        assert_false(gaps_note(g, 2, NULL, minute * MINUTE));
    says(g, NULL);
    assert_true(gaps_note(g, 2, NULL, 4 * MINUTE));
    assert_false(gaps_note(g, 2, NULL, 5 * MINUTE));
    says(g, "share 2 of 2 has no body");
    gaps_free(g);
}

static void
standing_still_is_a_gap_until_it_moves(void **state)
{
    struct gaps *g = gaps_new(2, 3, 4 * MINUTE);
    struct service_state s = {.serial = 7, .pass_completed = 1000};

    (void)state;
    for (int minute = 0; minute < 10; minute++) {
        s.pass_completed += 60;
        assert_false(gaps_note(g, 1, &s, minute * MINUTE));
    }
    assert_false(gaps_note(g, 1, &s, 12 * MINUTE));
    assert_true(gaps_note(g, 1, &s, 13 * MINUTE));
    says(g, "share 1 of 3 has no body");
    s.serial++; /* a lease that is renewed is a sign of life, too */
    assert_true(gaps_note(g, 1, &s, 14 * MINUTE));
    says(g, NULL);
    gaps_free(g);
}

static void
our_own_share_is_no_gap(void **state)
{
    struct gaps *g = gaps_new(1, 3, MINUTE);

    (void)state;
    for (int k = 1; k <= 3; k++) {
        gaps_note(g, k, NULL, 0);
        gaps_note(g, k, NULL, 2 * MINUTE);
    }
    says(g, "shares 2, 3 of 3 have no body");
    gaps_free(g);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(missing_is_a_gap_after_a_while),
    cmocka_unit_test(standing_still_is_a_gap_until_it_moves),
    cmocka_unit_test(our_own_share_is_no_gap),
};

HARNESS_MAIN("daemon_gap", tests)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which exit code wins: every set of codes.  (That each one is produced:
 * tests/integration/cli-exit.sh.)
 */
#include "config.h"

#include "harness.h"

#include "cli/exit.h"

#include <stdio.h>

static const enum exit_code order[6] = {2, 5, 1, 4, 6, 3};

static void
test_every_set(void **state)
{
    (void)state;
    for (unsigned set = 0; set < 64; set++) {
        enum exit_code got[6];
        unsigned bits = 0;
        unsigned n = 0;

        for (unsigned i = 0; i < 6; i++)
            bits |= set & (1u << i) ? EXIT_BIT(order[i]) : 0;
        unsigned n_got = exit_each(bits, got);
        for (unsigned i = 0; i < 6; i++) {
            if (!(set & (1u << i)))
                continue;
            assert_true(n < n_got);
            assert_int_equal(got[n++], order[i]);
        }
        assert_int_equal(n, n_got);
        assert_int_equal(exit_of(bits), n > 0 ? (int)got[0] : 0);
    }
}

static void
test_words(void **state)
{
    (void)state;
    assert_string_equal(exit_word(EXIT_WELL), "ok");
    assert_string_equal(exit_word(EXIT_FAILED), "failed");
    assert_string_equal(exit_word(EXIT_USAGE), "usage");
    assert_string_equal(exit_word(EXIT_STALE), "stale");
    assert_string_equal(exit_word(EXIT_BUDGET), "budget");
    assert_string_equal(exit_word(EXIT_DIRECTORY), "directory");
    assert_string_equal(exit_word(EXIT_REFUSED), "refused");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_every_set),
    cmocka_unit_test(test_words),
};

HARNESS_MAIN("cli_exit", tests)

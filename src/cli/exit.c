/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/exit.h"

static const struct {
    enum exit_code code;
    const char *word;
} codes[] = {
#define EXIT_ROW(id, number, word) {id, word},
    EXIT_LIST(EXIT_ROW)
#undef EXIT_ROW
};

#define N_CODES (sizeof(codes) / sizeof(codes[0]))

unsigned
exit_each(unsigned set, enum exit_code out[6])
{
    unsigned n = 0;

    for (unsigned i = 0; i < N_CODES; i++) {
        if (set & EXIT_BIT(codes[i].code))
            out[n++] = codes[i].code;
    }
    return n;
}

int
exit_of(unsigned set)
{
    enum exit_code all[6];

    return exit_each(set, all) > 0 ? (int)all[0] : EXIT_WELL;
}

const char *
exit_word(enum exit_code code)
{
    for (unsigned i = 0; i < N_CODES; i++) {
        if (codes[i].code == code)
            return codes[i].word;
    }
    return "ok";
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/unit/config_rows.h - configuration files and what is wrong with them,
 * for test_config.
 */
#ifndef STATESYNC_TESTS_CONFIG_ROWS_H
#define STATESYNC_TESTS_CONFIG_ROWS_H

#include <stddef.h>

/* A file that is fine; rows add to it. */
#define GOOD "[directory]\nuri = ldapi:///\nbind = external\n[sync]\nstate_file = /tmp/state\n"

/* With a front-end that is fine, in lines 6 to 8. */
#define FRONTEND                                                                                   \
    GOOD "[opennebula a]\nendpoint = https://one/RPC2\ncredential_file = D/secret\n"

/*
 * One file and all it is told about, in the order of the lines.  "F" stands
 * for the file, "D" for the test's folder.
 */
struct config_row {
    const char *name;
    const char *text;
    const char *problems;
};

extern const struct config_row config_rows[];
extern const size_t config_n_rows;

#endif

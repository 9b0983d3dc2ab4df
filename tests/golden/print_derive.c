/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the table of derive_table.h; `make update-golden` keeps it. */
#include "config.h"

#include "derive_table.h"

#include <stdio.h>
#include <stdlib.h>

int
main(void)
{
    g_autofree char *table = derive_table();

    return fputs(table, stdout) < 0 || fflush(stdout) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

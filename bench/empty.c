/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * empty: linked with every library that statesync is linked with, does nothing.
 *
 * What loading and initialising them costs is no cost of ours.  Without arguments it ends at once
 * and prints nothing: for timing the process.  With any argument it prints `rss_kib=N', its peak
 * memory.  The table keeps the linker from dropping a library.
 */
#include "config.h"

#include <glib.h>
#include <iniparser/iniparser.h>
#include <json-glib/json-glib.h>
#include <ldap.h>
#include <libvirt/libvirt.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <sys/resource.h>

typedef void (*any_function)(void);

extern const any_function used[];

const any_function used[] = {
    (any_function)g_main_loop_new, (any_function)json_parser_new, (any_function)ldap_initialize,
    (any_function)virConnectOpen,  (any_function)xmlReadMemory,   (any_function)iniparser_load,
};

int
main(int argc, char **argv)
{
    struct rusage usage;

    (void)argv;
    if (argc < 2)
        return 0;
    getrusage(RUSAGE_SELF, &usage);
    printf("rss_kib=%ld\n", usage.ru_maxrss);
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * empty: linked with every library that statesync is linked with, does nothing.
 *
 * What loading and initialising them costs is no cost of ours.  Without arguments it ends at once
 * and prints nothing: for timing the process.  With any argument it prints `rss_kib=N', its peak
 * memory.  The table keeps the linker from dropping a library.
 */
#include "config.h"

#include <curl/curl.h>
#include <glib.h>
#include <gnutls/gnutls.h>
#include <iniparser/iniparser.h>
#include <json-glib/json-glib.h>
#include <ldap.h>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/libvirt.h>
#include <libxml/parser.h>
#include <microhttpd.h>
#include <stdio.h>
#include <sys/resource.h>
#include <zmq.h>
#ifdef HAVE_SYSTEMD
#include <systemd/sd-journal.h>
#endif

typedef void (*any_function)(void);

extern const any_function used[];

const any_function used[] = {
    (any_function)g_main_loop_new,      (any_function)json_parser_new,
    (any_function)ldap_initialize,      (any_function)virConnectOpen,
    (any_function)virDomainQemuAgentCommand, (any_function)xmlReadMemory,
    (any_function)iniparser_load,       (any_function)curl_version,
    (any_function)gnutls_check_version, (any_function)MHD_get_version,
    (any_function)zmq_version,
#ifdef HAVE_SYSTEMD
    (any_function)sd_journal_sendv,
#endif
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

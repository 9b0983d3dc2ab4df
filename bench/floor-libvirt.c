/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * floor-libvirt [--repeat N] URI...: the least that reading every domain's state can cost.
 *
 * One thread per URI opens it read-only, reads the state of all domains in one call and the list
 * of those with a managed-save image in a second one.  Nothing is kept, nothing decided.  Prints
 * one line per run, `round=1 key=value ...', all times in milliseconds:
 *   open, state, saved  the longest any thread needed for this phase (the first run alone opens)
 *   total               from the start of all threads to the end of the last
 *   domains, images     how many were seen, so that a fast run that saw nothing shows
 *   rss_kib             peak memory of the process
 */
#include "config.h"

#include <glib.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum phase { PHASE_OPEN, PHASE_STATE, PHASE_SAVED, N_PHASES };

struct node {
    const char *uri;
    virConnectPtr connection;
    gint64 phase_us[N_PHASES];
    int n_domains;
    int n_images;
    char *error;
};

static bool
failed(struct node *n)
{
    const char *message = virGetLastErrorMessage();

    n->error = g_strdup(message != NULL ? message : "unknown error");
    return false;
}

static bool
read_state(struct node *n)
{
    virDomainStatsRecordPtr *records = NULL;

    n->n_domains = virConnectGetAllDomainStats(n->connection, VIR_DOMAIN_STATS_STATE, &records,
                                               VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT);
    if (n->n_domains < 0)
        return failed(n);
    virDomainStatsRecordListFree(records);
    return true;
}

static bool
read_images(struct node *n)
{
    virDomainPtr *domains = NULL;

    n->n_images =
        virConnectListAllDomains(n->connection, &domains, VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE);
    if (n->n_images < 0)
        return failed(n);
    for (int i = 0; i < n->n_images; i++)
        virDomainFree(domains[i]);
    free(domains);
    return true;
}

static bool
open_node(struct node *n)
{
    if (n->connection == NULL)
        n->connection = virConnectOpenReadOnly(n->uri);
    return n->connection != NULL || failed(n);
}

static gpointer
read_node(gpointer data)
{
    static bool (*const phases[N_PHASES])(struct node *n) = {open_node, read_state, read_images};
    struct node *n = data;

    for (int i = 0; i < N_PHASES; i++) {
        gint64 before = g_get_monotonic_time();

        if (!phases[i](n))
            break;
        n->phase_us[i] = g_get_monotonic_time() - before;
    }
    return NULL;
}

static void
ignore_error(void *data, virErrorPtr error)
{
    (void)data;
    (void)error;
}

static bool
report(const struct node *nodes, int n_nodes, int round, gint64 total_us)
{
    gint64 longest_us[N_PHASES] = {0};
    struct rusage usage;
    int n_domains = 0;
    int n_images = 0;
    bool all_well = true;

    for (int i = 0; i < n_nodes; i++) {
        for (int p = 0; p < N_PHASES; p++)
            longest_us[p] = MAX(longest_us[p], nodes[i].phase_us[p]);
        if (nodes[i].error != NULL) {
            fprintf(stderr, "floor-libvirt: %s: %s\n", nodes[i].uri, nodes[i].error);
            all_well = false;
            continue;
        }
        n_domains += nodes[i].n_domains;
        n_images += nodes[i].n_images;
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("round=%d nodes=%d domains=%d images=%d open=%.3f state=%.3f saved=%.3f total=%.3f "
           "rss_kib=%ld\n",
           round, n_nodes, n_domains, n_images, (double)longest_us[PHASE_OPEN] / 1e3,
           (double)longest_us[PHASE_STATE] / 1e3, (double)longest_us[PHASE_SAVED] / 1e3,
           (double)total_us / 1e3, usage.ru_maxrss);
    return all_well;
}

static bool
run_round(struct node *nodes, int n_nodes, int round)
{
    g_autofree GThread **threads = g_new0(GThread *, (gsize)n_nodes);
    gint64 start = g_get_monotonic_time();

    for (int i = 0; i < n_nodes; i++) {
        memset(nodes[i].phase_us, 0, sizeof nodes[i].phase_us);
        threads[i] = g_thread_new("node", read_node, &nodes[i]);
    }
    for (int i = 0; i < n_nodes; i++)
        g_thread_join(threads[i]);
    return report(nodes, n_nodes, round, g_get_monotonic_time() - start);
}

int
main(int argc, char **argv)
{
    g_autofree struct node *nodes = g_new0(struct node, (gsize)argc);
    int n_nodes = 0;
    int n_rounds = 1;
    bool all_well = true;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--repeat") == 0 && i + 1 < argc)
            n_rounds = atoi(argv[++i]);
        else
            nodes[n_nodes++].uri = argv[i];
    }
    if (n_nodes == 0 || n_rounds < 1) {
        fputs("usage: floor-libvirt [--repeat N] URI...\n", stderr);
        return 2;
    }
    virSetErrorFunc(NULL, ignore_error);
    if (virInitialize() < 0)
        return 1;
    for (int round = 1; round <= n_rounds && all_well; round++)
        all_well = run_round(nodes, n_nodes, round);
    for (int i = 0; i < n_nodes; i++) {
        if (nodes[i].connection != NULL)
            virConnectClose(nodes[i].connection);
        g_free(nodes[i].error);
    }
    return all_well ? 0 : 1;
}

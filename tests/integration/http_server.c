/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Serves metrics and health and prints its port; its main thread hangs in a
 * read until the standard input is closed.  With an argument the metrics are
 * written there too.
 */
#include "config.h"

#include "daemon/http.h"

#include <inttypes.h>
#include <stdio.h>

static void
fill(struct metrics *m)
{
    const struct metrics_node node = {.up = true,
                                      .complete = g_get_monotonic_time(),
                                      .epoch = 2,
                                      .read_us = 3210,
                                      .domains = 17};
    const struct metrics_node never = {.up = false};
    const struct metrics_frontend frontend = {.up = true, .vms = 20, .joined = 7, .read_us = 4711};

    metrics_node(m, "vm-node-01.example.org", &node);
    metrics_node(m, "odd \"name\"\\\n", &never);
    metrics_frontend(m, "lab", &frontend);
    metrics_event(m, "lifecycle");
    metrics_latency(m, 1234);
    metrics_pass(m, g_get_real_time() / 1000);
    metrics_set_lease(m, true);
    metrics_set_directory(m, true, "watch");
}

int
main(int argc, char **argv)
{
    CLEANUP(metrics_free) struct metrics *m = metrics_new();
    const struct http_options options = {
        .listen = "127.0.0.1:0", .metrics = m, .health_limit = 600000};
    g_autoptr(GError) error = NULL;
    CLEANUP(http_free) struct http *h = http_new(&options, &error);

    fill(m);
    if (h == NULL || (argc > 1 && !metrics_write_textfile(m, argv[1], &error))) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    printf("%" PRIu16 "\n", http_port(h));
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/http.h"

#include "board/page.h"
#include "config/listen.h"
#include "daemon/http-board.h"

#include <errno.h>
#include <gio/gio.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#define TEXT_TYPE "text/plain; charset=utf-8"
#define HTML_TYPE "text/html; charset=utf-8"
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct http {
    struct MHD_Daemon *daemon;
    struct metrics *metrics;
    struct live *live; /* NULL = no board */
    struct board_languages *languages; /* the board's */
    char *policy;      /* the content security policy of the board */
    _Atomic int64_t fed;    /* monotonic us */
    _Atomic int64_t limit;  /* us */
    _Atomic unsigned ready; /* enum http_ready */
};

struct page {
    unsigned status;
    const char *type;
    GString *text;
    struct MHD_Connection *connection;
};

static void
page_metrics(struct http *h, struct page *page)
{
    page->type = METRICS_TYPE;
    metrics_render(h->metrics, page->text);
}

static void
page_health(struct http *h, struct page *page)
{
    int64_t age = g_get_monotonic_time() - atomic_load(&h->fed);
    int64_t limit = atomic_load(&h->limit);

    if (age <= limit) {
        g_string_append_printf(page->text, "ok: work was completed %.1f s ago\n",
                               (double)MAX(age, 0) / 1e6);
        return;
    }
    page->status = MHD_HTTP_SERVICE_UNAVAILABLE;
    g_string_append_printf(page->text,
                           "no work was completed for %.1f s, the limit is %.1f s: a pass hangs, "
                           "the log says what it waits for\n",
                           (double)age / 1e6, (double)limit / 1e6);
}

static void
page_ready(struct http *h, struct page *page)
{
    unsigned ready = atomic_load(&h->ready);
    const char *lacks = NULL;

    if ((ready & HTTP_DIRECTORY) == 0)
        lacks = "not connected to the directory";
    else if ((ready & HTTP_RECONCILED) == 0)
        lacks = "the first pass is not done";
    else if ((ready & (HTTP_LEASE | HTTP_STANDBY)) == 0)
        lacks = "neither holding the lease nor waiting for it";
    if (lacks != NULL)
        page->status = MHD_HTTP_SERVICE_UNAVAILABLE;
    g_string_append_printf(page->text, "%s%s\n", lacks != NULL ? "not ready: " : "ready: ",
                           lacks != NULL                  ? lacks
                           : (ready & HTTP_LEASE) != 0 ? "holding the lease"
                                                          : "standby");
}

static void
page_board(struct http *h, struct page *page)
{
    const union MHD_ConnectionInfo *info
        = MHD_get_connection_info(page->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const char *language = MHD_lookup_connection_value(page->connection, MHD_GET_ARGUMENT_KIND, "lang");
    const struct http_board_request request = {
        .language = language != NULL ? language
                                     : MHD_lookup_connection_value(page->connection, MHD_HEADER_KIND,
                                                                   MHD_HTTP_HEADER_ACCEPT_LANGUAGE),
        .client = info != NULL ? info->client_addr : NULL,
        .host = MHD_lookup_connection_value(page->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST),
        .refresh = MHD_lookup_connection_value(page->connection, MHD_GET_ARGUMENT_KIND, "refresh"),
    };

    page->status = http_board(h->live, h->languages, &request, page->text);
    if (page->status == MHD_HTTP_OK)
        page->type = HTML_TYPE;
}

static const struct {
    const char *path;
    void (*make)(struct http *h, struct page *page);
} pages[] = {
    {"/metrics", page_metrics},
    {"/healthz", page_health},
    {"/readyz", page_ready},
};

static void
make_page(struct http *h, const char *method, const char *path, struct page *page)
{
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        page->status = MHD_HTTP_METHOD_NOT_ALLOWED;
        g_string_append(page->text, "only GET and HEAD\n");
        return;
    }
    if (h->live != NULL && strcmp(path, "/") == 0) {
        page_board(h, page);
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(pages); i++) {
        if (strcmp(path, pages[i].path) == 0) {
            pages[i].make(h, page);
            return;
        }
    }
    page->status = MHD_HTTP_NOT_FOUND;
    g_string_append_printf(page->text, "there is %s/metrics, /healthz and /readyz\n",
                           h->live != NULL ? "/ (the status board), " : "");
}

/* What the page says itself, and what only a header can say. */
static bool
protect(const struct http *h, struct MHD_Response *response)
{
    return MHD_add_response_header(response, "Content-Security-Policy", h->policy) == MHD_YES
           && MHD_add_response_header(response, "X-Content-Type-Options", "nosniff") == MHD_YES
           && MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin")
                  == MHD_YES;
}

static enum MHD_Result
answer(struct http *h, struct MHD_Connection *connection, const char *method, const char *path)
{
    struct page page = {.status = MHD_HTTP_OK,
                        .type = TEXT_TYPE,
                        .text = g_string_sized_new(32768),
                        .connection = connection};
    struct MHD_Response *response;
    enum MHD_Result result = MHD_NO;

    make_page(h, method, path, &page);
    gsize len = page.text->len;
    char *text = g_string_free(page.text, FALSE);
    response = MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        g_free(text);
        return MHD_NO;
    }
    if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, page.type) == MHD_YES
        && MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") == MHD_YES
        && (page.status != MHD_HTTP_METHOD_NOT_ALLOWED
            || MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD") == MHD_YES)
        && (strcmp(page.type, HTML_TYPE) != 0 || protect(h, response)))
        result = MHD_queue_response(connection, page.status, response);
    MHD_destroy_response(response);
    return result;
}

/* Called once when the head of a request is there and once at its end, and for each piece of a
 * body in between, which no request of ours has: the connection is closed then. */
static enum MHD_Result
handle(void *data, struct MHD_Connection *connection, const char *path, const char *method,
       const char *version, const char *upload, size_t *upload_size, void **seen)
{
    struct http *h = data;
    bool reads = strcmp(method, MHD_HTTP_METHOD_GET) == 0
                 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;

    (void)version;
    (void)upload;
    if (*upload_size > 0)
        return MHD_NO;
    if (*seen == NULL && reads) {
        *seen = h;
        return MHD_YES;
    }
    return answer(h, connection, method, path);
}

/* The thread takes no signal: they are the main thread's. */
static struct MHD_Daemon *
start(struct http *h, const struct listen_address *at)
{
    unsigned flags = MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD;
    struct MHD_Daemon *daemon;
    sigset_t all, before;
    int code;

    if (at->address.ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    errno = 0;
    daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, h,
                              MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)&at->address,
                              MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS,
                              MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_MEMORY,
                              MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_TIMEOUT,
                              MHD_OPTION_STRICT_FOR_CLIENT, 1,
                              MHD_OPTION_END);
    code = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = code;
    return daemon;
}

struct http *
http_new(const struct http_options *options, GError **error)
{
    struct listen_address at;
    const char *wrong = listen_parse(options->listen, &at);
    struct http *h;

    if (wrong != NULL) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "\"%s\" %s", options->listen,
                    wrong);
        return NULL;
    }
    h = g_new0(struct http, 1);
    h->metrics = options->metrics;
    h->live = options->live;
    if (h->live != NULL)
        h->languages = board_languages_new();
    g_autofree char *policy = board_policy();
    h->policy = g_strconcat(policy, "; frame-ancestors 'none'", NULL);
    atomic_store(&h->limit, options->health_limit * 1000);
    http_feed(h);
    h->daemon = start(h, &at);
    if (h->daemon == NULL) {
        int code = errno;

        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(code), "cannot listen on %s, where [metrics] listen says: %s",
                    options->listen, code != 0 ? g_strerror(code) : "libmicrohttpd does not start");
        board_languages_free(h->languages);
        g_free(h->policy);
        g_free(h);
        return NULL;
    }
    return h;
}

void
http_free(struct http *h)
{
    if (h == NULL)
        return;
    MHD_stop_daemon(h->daemon);
    board_languages_free(h->languages);
    g_free(h->policy);
    g_free(h);
}

uint16_t
http_port(const struct http *h)
{
    return MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void
http_feed(struct http *h)
{
    atomic_store(&h->fed, g_get_monotonic_time());
}

void
http_set_health_limit(struct http *h, int64_t ms)
{
    atomic_store(&h->limit, ms * 1000);
}

void
http_set_ready(struct http *h, unsigned bits)
{
    atomic_store(&h->ready, bits);
}

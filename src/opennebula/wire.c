/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "opennebula/wire.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

struct wire {
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    size_t answer_limit;
    atomic_bool cancelled;
    char detail[CURL_ERROR_SIZE];

    wire_take take; /* of the question now */
    void *data;
    size_t n_bytes;
    bool too_long;
    GError *refused; /* what take said */
};

static pthread_once_t prepared = PTHREAD_ONCE_INIT;

static void
prepare(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

void
wire_prepare(void)
{
    pthread_once(&prepared, prepare);
}

/* Anything but len ends the transfer. */
static size_t
on_bytes(char *bytes, size_t size, size_t n, void *data)
{
    struct wire *w = data;
    size_t len = size * n;
    curl_off_t announced = -1;
    long status = 0;

    curl_easy_getinfo(w->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(w->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    if (status != 200)
        return 0;
    w->n_bytes += len;
    if (!w->take(w->data, bytes, len, &w->refused))
        return 0;
    if (w->n_bytes > w->answer_limit
        || (announced > 0 && (guint64)announced > (guint64)w->answer_limit)) {
        w->too_long = true;
        return 0;
    }
    return len;
}

static bool
set_options(struct wire *w, const struct wire_options *o)
{
    bool ok = curl_easy_setopt(w->easy, CURLOPT_URL, o->endpoint) == CURLE_OK;

#if LIBCURL_VERSION_NUM >= 0x075500
    ok &= curl_easy_setopt(w->easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
#else
    ok &= curl_easy_setopt(w->easy, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS)
          == CURLE_OK;
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(w->easy, CURLOPT_QUICK_EXIT, 1L); /* do not wait for the resolver */
#endif
    ok &= curl_easy_setopt(w->easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
    ok &= curl_easy_setopt(w->easy, CURLOPT_PROXY, "") == CURLE_OK;
    ok &= curl_easy_setopt(w->easy, CURLOPT_HTTPHEADER, w->headers) == CURLE_OK;
    ok &= curl_easy_setopt(w->easy, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION)
          == CURLE_OK;
    ok &= curl_easy_setopt(w->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_timeout_ms)
          == CURLE_OK;
    ok &= curl_easy_setopt(w->easy, CURLOPT_ERRORBUFFER, w->detail) == CURLE_OK;
    ok &= curl_easy_setopt(w->easy, CURLOPT_WRITEFUNCTION, on_bytes) == CURLE_OK;
    ok &= curl_easy_setopt(w->easy, CURLOPT_WRITEDATA, w) == CURLE_OK;
    if (o->ca_file != NULL) /* and nobody else: the folder of the system's is a setting beside it */
        ok &= curl_easy_setopt(w->easy, CURLOPT_CAINFO, o->ca_file) == CURLE_OK
              && curl_easy_setopt(w->easy, CURLOPT_CAPATH, NULL) == CURLE_OK;
    return ok;
}

struct wire *
wire_new(const struct wire_options *options, GError **error)
{
    struct wire *w;

    wire_prepare();
    w = g_new0(struct wire, 1);
    w->answer_limit = options->answer_limit;
    w->multi = curl_multi_init();
    w->easy = curl_easy_init();
    w->headers = curl_slist_append(NULL, "Content-Type: text/xml");
    if (w->multi != NULL && w->easy != NULL && w->headers != NULL && set_options(w, options))
        return w;
    opennebula_fail(error, ERROR_NO_URI, "libcurl cannot be set up for %s", options->endpoint);
    wire_free(w);
    return NULL;
}

void
wire_free(struct wire *w)
{
    if (w == NULL)
        return;
    curl_easy_cleanup(w->easy);
    curl_multi_cleanup(w->multi);
    curl_slist_free_all(w->headers);
    g_free(w);
}

void
wire_cancel(struct wire *w)
{
    atomic_store(&w->cancelled, true);
    curl_multi_wakeup(w->multi);
}

/* Turns the transfer until it ends. */
static CURLcode
perform(struct wire *w, gint64 deadline)
{
    for (;;) {
        int running = 0, left = 0;
        CURLMsg *message;
        gint64 ms;

        if (atomic_load(&w->cancelled))
            return CURLE_ABORTED_BY_CALLBACK;
        if (curl_multi_perform(w->multi, &running) != CURLM_OK)
            return CURLE_FAILED_INIT;
        message = curl_multi_info_read(w->multi, &left);
        if (message != NULL && message->msg == CURLMSG_DONE)
            return message->data.result;
        ms = (deadline - g_get_monotonic_time() + 999) / 1000;
        if (ms <= 0)
            return CURLE_OPERATION_TIMEDOUT;
        curl_multi_poll(w->multi, NULL, 0, (int)MIN(ms, 60000), NULL);
    }
}

static void
fail_transfer(struct wire *w, CURLcode code, GError **error)
{
    const char *library = curl_version_info(CURLVERSION_NOW)->ssl_version;
    long verified = 0;

    if (code == CURLE_PEER_FAILED_VERIFICATION) {
        curl_easy_getinfo(w->easy, CURLINFO_SSL_VERIFYRESULT, &verified);
        opennebula_fail_certificate(error, library != NULL ? library : "", verified, w->detail);
    } else if (code == CURLE_OPERATION_TIMEDOUT && w->detail[0] == '\0') {
        opennebula_fail_late(error, w->n_bytes);
    } else {
        opennebula_fail_transfer(error, (int)code, w->detail);
    }
}

static enum wire_result
result_of(struct wire *w, CURLcode code, GError **error)
{
    long status = 0;

    curl_easy_getinfo(w->easy, CURLINFO_RESPONSE_CODE, &status);
    if (w->refused != NULL) {
        g_propagate_error(error, g_steal_pointer(&w->refused));
        return WIRE_FAILED;
    }
    if (w->too_long)
        return WIRE_TOO_LONG;
    if (status != 0 && status != 200 && (code == CURLE_OK || code == CURLE_WRITE_ERROR))
        opennebula_fail_status(error, status);
    else if (code != CURLE_OK)
        fail_transfer(w, code, error);
    else
        return WIRE_DONE;
    return WIRE_FAILED;
}

enum wire_result
wire_ask(struct wire *w, const char *question, gint64 deadline, wire_take take, void *data,
         size_t *n_bytes, GError **error)
{
    CURLcode code;

    w->take = take;
    w->data = data;
    w->n_bytes = 0;
    w->too_long = false;
    w->detail[0] = '\0';
    curl_easy_setopt(w->easy, CURLOPT_POSTFIELDS, question);
    curl_easy_setopt(w->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(question));
    if (curl_multi_add_handle(w->multi, w->easy) == CURLM_OK)
        code = perform(w, deadline);
    else
        code = CURLE_FAILED_INIT;
    curl_multi_remove_handle(w->multi, w->easy);
    if (n_bytes != NULL)
        *n_bytes = w->n_bytes;
    return result_of(w, code, error);
}

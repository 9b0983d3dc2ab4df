/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "integration/one_server.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct vm {
    gint64 id;
    bool done;
    char *pool;
    char *all;
};

struct one_server {
    struct MHD_Daemon *daemon;
    char *endpoint;

    pthread_mutex_t lock; /* the rest */
    GPtrArray *vms;       /* of struct vm, by falling id */
    GHashTable *calls;    /* method -> number */
    GPtrArray *silent;    /* of struct MHD_Connection, suspended */
    gsize longest;
    char *session;
    enum one_fault fault;
    char *fault_method;
    guint fault_skip;
    int fault_value;
    char *fault_text;
};

static void
vm_free(void *data)
{
    struct vm *vm = data;

    g_free(vm->pool);
    g_free(vm->all);
    g_free(vm);
}

/* The text between two marks. */
static char *
between(const char *text, const char *from, const char *to)
{
    const char *start = strstr(text, from);
    const char *end = start != NULL ? strstr(start + strlen(from), to) : NULL;

    return end != NULL ? g_strndup(start + strlen(from), (gsize)(end - start) - strlen(from))
                       : g_strdup("");
}

/* The n-th <i4> of a question. */
static gint64
number(const char *question, guint n)
{
    const char *p = question;

    for (guint i = 0; p != NULL && i <= n; i++) {
        p = strstr(p, "<i4>");
        p = p != NULL ? p + 4 : NULL;
    }
    return p != NULL ? g_ascii_strtoll(p, NULL, 10) : 0;
}

static char *
success(const char *string)
{
    g_autofree char *escaped = g_markup_escape_text(string, -1);

    return g_strdup_printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<methodResponse>\n<params>\n"
                           "<param><value><array><data>\n<value><boolean>1</boolean></value>\n"
                           "<value><string>%s</string></value>\n<value><i4>0</i4></value>\n"
                           "</data></array></value></param>\n</params>\n</methodResponse>\n",
                           escaped);
}

static char *
failure(int code, const char *text)
{
    g_autofree char *escaped = g_markup_escape_text(text != NULL ? text : "no", -1);

    return g_strdup_printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<methodResponse>\n<params>\n"
                           "<param><value><array><data>\n<value><boolean>0</boolean></value>\n"
                           "<value><string>%s</string></value>\n<value><i4>%d</i4></value>\n"
                           "<value><i4>-1</i4></value>\n<value><i8>-1</i8></value>\n"
                           "</data></array></value></param>\n</params>\n</methodResponse>\n",
                           escaped, code);
}

static char *
rpc_fault(int code, const char *text)
{
    return g_strdup_printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<methodResponse>\n<fault>\n"
                           "<value><struct>\n<member><name>faultCode</name>\n<value><i4>%d</i4>"
                           "</value></member>\n<member><name>faultString</name>\n<value><string>%s"
                           "</string></value></member>\n</struct></value>\n</fault>\n"
                           "</methodResponse>\n", code, text != NULL ? text : "no");
}

static char *
pool_of(struct one_server *s, gint64 first, gint64 last)
{
    g_autoptr(GString) pool = g_string_new("<VM_POOL>");

    for (guint i = 0; i < s->vms->len; i++) {
        const struct vm *vm = s->vms->pdata[i];

        if (!vm->done && vm->id >= first && (last < 0 || vm->id <= last))
            g_string_append(pool, vm->pool);
    }
    g_string_append(pool, "</VM_POOL>");
    return success(pool->str);
}

/* The second string is a list of numbers. */
static char *
set_of(struct one_server *s, const char *question)
{
    const char *list_param = strstr(strstr(question, "<string>") + 1, "<string>");
    g_autofree char *list = between(list_param, "<string>", "</string>");
    g_auto(GStrv) ids = g_strsplit(list, ",", -1);
    g_autoptr(GString) pool = g_string_new("<VM_POOL>");

    for (char **id = ids; *id != NULL; id++)
        for (guint i = 0; i < s->vms->len; i++) {
            const struct vm *vm = s->vms->pdata[i];

            if (vm->id == g_ascii_strtoll(*id, NULL, 10))
                g_string_append(pool, vm->pool);
        }
    g_string_append(pool, "</VM_POOL>");
    return success(pool->str);
}

static char *
info_of(struct one_server *s, gint64 id)
{
    for (guint i = 0; i < s->vms->len; i++) {
        const struct vm *vm = s->vms->pdata[i];

        if (vm->id == id)
            return success(vm->all);
    }
    return failure(1024, "[one.vm.info] Error getting virtual machine.");
}

static char *
answer(struct one_server *s, const char *method, const char *question, bool deaf)
{
    if (strcmp(method, "one.system.version") == 0)
        return success("7.5.80");
    if (strcmp(method, "one.vmpool.infoextended") == 0)
        return deaf ? pool_of(s, 0, -1) : pool_of(s, number(question, 1), number(question, 2));
    if (strcmp(method, "one.vmpool.infoset") == 0)
        return set_of(s, question);
    if (strcmp(method, "one.vm.info") == 0)
        return info_of(s, number(question, 0));
    return rpc_fault(-506, "Method not defined");
}

static enum MHD_Result
send_text(struct MHD_Connection *c, unsigned status, char *text, gsize len)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
    enum MHD_Result result;

    MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "text/xml");
    result = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return result;
}

/* Text, and what is at its end. */
enum stream_end { STREAM_ENDS, STREAM_IS_CUT, STREAM_BEGINS_AGAIN };

struct stream {
    char *text;
    gsize len, at;
    enum stream_end end;
    int trickle_ms; /* a byte each; 0 = as fast as it goes */
    int socket;     /* of the client, whose end ends the waiting */
};

static ssize_t
read_stream(void *data, uint64_t position, char *buffer, size_t max)
{
    struct stream *st = data;
    gsize n = MIN(max, st->len - st->at);

    (void)position;
    if (st->trickle_ms > 0 && n > 0) {
        struct pollfd client = {.fd = st->socket, .events = POLLIN | POLLRDHUP};

        poll(&client, 1, st->trickle_ms);
        n = 1;
    }
    if (n == 0 && st->end == STREAM_ENDS)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (n == 0 && st->end == STREAM_IS_CUT)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (n == 0) {
        st->at = 0;
        n = MIN(max, st->len);
    }
    memcpy(buffer, st->text + st->at, n);
    st->at += n;
    return (ssize_t)n;
}

static void
free_stream(void *data)
{
    struct stream *st = data;

    g_free(st->text);
    g_free(st);
}

static enum MHD_Result
send_stream(struct MHD_Connection *c, const char *text, enum stream_end end, int trickle_ms)
{
    struct stream *st = g_new0(struct stream, 1);
    struct MHD_Response *r;
    enum MHD_Result result;

    st->text = g_strdup(text);
    st->len = strlen(text);
    st->end = end;
    st->trickle_ms = trickle_ms;
    st->socket = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    r = MHD_create_response_from_callback(end == STREAM_IS_CUT ? st->len + 100 : MHD_SIZE_UNKNOWN, 16384,
                                          read_stream, st, free_stream);
    result = MHD_queue_response(c, 200, r);
    MHD_destroy_response(r);
    return result;
}

/* Is it this call's turn to go wrong? */
static enum one_fault
fault_of(struct one_server *s, const char *method)
{
    if (s->fault == ONE_FAULT_NONE
        || (s->fault_method != NULL && strcmp(s->fault_method, method) != 0))
        return ONE_FAULT_NONE;
    if (s->fault_skip > 0) {
        s->fault_skip--;
        return ONE_FAULT_NONE;
    }
    return s->fault;
}

static enum MHD_Result
respond(struct one_server *s, struct MHD_Connection *c, const char *question)
{
    g_autofree char *method = between(question, "<methodName>", "</methodName>");
    g_autofree char *session = between(question, "<string>", "</string>");
    guint n = GPOINTER_TO_UINT(g_hash_table_lookup(s->calls, method));
    enum one_fault fault = fault_of(s, method);
    char *text = NULL;

    g_hash_table_insert(s->calls, g_strdup(method), GUINT_TO_POINTER(n + 1));
    if (s->session != NULL && strcmp(s->session, session) != 0) {
        g_autofree char *why
            = g_strdup_printf("[%s] User couldn't be authenticated, aborting.", method);
        text = failure(256, why);
        return send_text(c, 200, text, strlen(text));
    }
    switch (fault) {
    case ONE_FAULT_STATUS:
        return send_text(c, (unsigned)s->fault_value, strdup("<html>no</html>"), 15);
    case ONE_FAULT_CUT:
        text = answer(s, method, question, false);
        text[strlen(text) / 2] = '\0';
        send_stream(c, text, STREAM_IS_CUT, 0);
        g_free(text);
        return MHD_YES;
    case ONE_FAULT_ENDLESS:
        return send_stream(c, s->fault_text, STREAM_BEGINS_AGAIN, 0);
    case ONE_FAULT_CHUNKED:
    case ONE_FAULT_TRICKLE:
        text = answer(s, method, question, false);
        send_stream(c, text, STREAM_ENDS, fault == ONE_FAULT_TRICKLE ? s->fault_value : 0);
        g_free(text);
        return MHD_YES;
    case ONE_FAULT_SILENT:
        g_ptr_array_add(s->silent, c);
        MHD_suspend_connection(c);
        return MHD_YES;
    case ONE_FAULT_CODE:
        text = failure(s->fault_value, s->fault_text);
        break;
    case ONE_FAULT_ECHO:
        text = failure(256, session);
        break;
    case ONE_FAULT_RPC:
        text = rpc_fault(s->fault_value, s->fault_text);
        break;
    case ONE_FAULT_BODY:
        text = g_strdup(s->fault_text);
        break;
    case ONE_FAULT_NONE:
    case ONE_FAULT_DEAF:
        text = answer(s, method, question, fault == ONE_FAULT_DEAF);
        break;
    }
    s->longest = MAX(s->longest, strlen(text));
    return send_text(c, 200, text, strlen(text)); /* g_malloc() is malloc() */
}

static enum MHD_Result
on_request(void *data, struct MHD_Connection *c, const char *url, const char *method,
           const char *version, const char *bytes, size_t *n_bytes, void **own)
{
    struct one_server *s = data;
    GString *question = *own;
    enum MHD_Result result = MHD_YES;

    (void)version;
    if (question == NULL) {
        *own = g_string_new("");
    } else if (*n_bytes > 0) {
        g_string_append_len(question, bytes, (gssize)*n_bytes);
        *n_bytes = 0;
    } else if (strcmp(url, "/RPC2") != 0 || strcmp(method, "POST") != 0) {
        result = send_text(c, 404, strdup("no"), 2);
    } else {
        pthread_mutex_lock(&s->lock);
        result = respond(s, c, question->str);
        pthread_mutex_unlock(&s->lock);
    }
    return result;
}

static void
on_completed(void *data, struct MHD_Connection *c, void **own,
             enum MHD_RequestTerminationCode code)
{
    (void)data, (void)c, (void)code;
    if (*own != NULL)
        g_string_free(*own, TRUE);
    *own = NULL;
}

static struct one_server *
new_server(guint16 port, const char *certificate, const char *key)
{
    struct one_server *s = g_new0(struct one_server, 1);
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(guintptr)certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(guintptr)key},
        {MHD_OPTION_END, 0, NULL},
    };
    const struct MHD_OptionItem none = {MHD_OPTION_END, 0, NULL};
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO | MHD_ALLOW_SUSPEND_RESUME;

    pthread_mutex_init(&s->lock, NULL);
    s->vms = g_ptr_array_new_with_free_func(vm_free);
    s->calls = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    s->silent = g_ptr_array_new();
    s->daemon = MHD_start_daemon(flags | (certificate != NULL ? MHD_USE_TLS : 0), 0, NULL, NULL,
                                 on_request, s, MHD_OPTION_SOCK_ADDR, &at,
                                 MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u,
                                 MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_ARRAY,
                                 certificate != NULL ? tls : &none, MHD_OPTION_END);
    if (s->daemon == NULL)
        g_error("no server on loopback");
    s->endpoint = g_strdup_printf(
        "http%s://127.0.0.1:%u/RPC2", certificate != NULL ? "s" : "",
        MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    return s;
}

struct one_server *
one_server_new_at(guint16 port)
{
    return new_server(port, NULL, NULL);
}

struct one_server *
one_server_new_tls(const char *certificate, const char *key)
{
    return MHD_is_feature_supported(MHD_FEATURE_TLS) == MHD_YES ? new_server(0, certificate, key)
                                                               : NULL;
}

struct one_server *
one_server_new(void)
{
    return one_server_new_at(0);
}

void
one_server_free(struct one_server *s)
{
    if (s == NULL)
        return;
    pthread_mutex_lock(&s->lock);
    for (guint i = 0; i < s->silent->len; i++)
        MHD_resume_connection(s->silent->pdata[i]);
    s->fault = ONE_FAULT_STATUS; /* what is resumed is answered */
    s->fault_value = 503;
    s->fault_skip = 0;
    g_clear_pointer(&s->fault_method, g_free);
    pthread_mutex_unlock(&s->lock);
    MHD_stop_daemon(s->daemon);
    g_ptr_array_unref(s->silent);
    g_ptr_array_unref(s->vms);
    g_hash_table_unref(s->calls);
    pthread_mutex_destroy(&s->lock);
    g_free(s->session);
    g_free(s->fault_method);
    g_free(s->fault_text);
    g_free(s->endpoint);
    g_free(s);
}

const char *
one_server_endpoint(const struct one_server *s)
{
    return s->endpoint;
}

static void
put(struct one_server *s, gint64 id, bool done, const char *pool, const char *all)
{
    struct vm *vm = g_new0(struct vm, 1);
    guint at = 0;

    vm->id = id;
    vm->done = done;
    vm->pool = g_strdup(pool);
    vm->all = g_strdup(all != NULL ? all : pool);
    pthread_mutex_lock(&s->lock);
    while (at < s->vms->len && ((struct vm *)s->vms->pdata[at])->id > id)
        at++;
    if (at < s->vms->len && ((struct vm *)s->vms->pdata[at])->id == id)
        g_ptr_array_remove_index(s->vms, at);
    g_ptr_array_insert(s->vms, (gint)at, vm);
    pthread_mutex_unlock(&s->lock);
}

void
one_server_remove(struct one_server *s, gint64 id)
{
    pthread_mutex_lock(&s->lock);
    for (guint i = s->vms->len; i-- > 0;)
        if (((struct vm *)s->vms->pdata[i])->id == id)
            g_ptr_array_remove_index(s->vms, i);
    pthread_mutex_unlock(&s->lock);
}

void
one_server_session(struct one_server *s, const char *session)
{
    pthread_mutex_lock(&s->lock);
    g_free(s->session);
    s->session = g_strdup(session);
    pthread_mutex_unlock(&s->lock);
}

void
one_server_put(struct one_server *s, gint64 id, const char *pool, const char *all)
{
    put(s, id, false, pool, all);
}

void
one_server_put_done(struct one_server *s, gint64 id, const char *text)
{
    put(s, id, true, text, NULL);
}

void
one_server_fault(struct one_server *s, enum one_fault fault, const char *method, guint n,
                 int value, const char *text)
{
    pthread_mutex_lock(&s->lock);
    g_free(s->fault_method);
    g_free(s->fault_text);
    s->fault = fault;
    s->fault_method = g_strdup(method);
    s->fault_skip = n;
    s->fault_value = value;
    s->fault_text = g_strdup(text);
    pthread_mutex_unlock(&s->lock);
}

guint
one_server_calls(struct one_server *s, const char *method)
{
    guint n;

    pthread_mutex_lock(&s->lock);
    n = GPOINTER_TO_UINT(g_hash_table_lookup(s->calls, method));
    pthread_mutex_unlock(&s->lock);
    return n;
}

gsize
one_server_longest(struct one_server *s)
{
    gsize longest;

    pthread_mutex_lock(&s->lock);
    longest = s->longest;
    pthread_mutex_unlock(&s->lock);
    return longest;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/error.h"

#include "core/cleanup.h"

#include <errno.h>
#include <libvirt/virterror.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <string.h>

G_DEFINE_QUARK(statesync-hypervisor-error, hypervisor_error)

/* The transport of "driver+transport://host/path"; libvirt's default with a host is TLS. */
struct transport {
    bool tls;
    bool ssh;
    char *host; /* NULL = none */
};

static struct transport *
transport_of_uri(const char *uri)
{
    struct transport *t = g_new0(struct transport, 1);
    g_autofree char *scheme = NULL;
    const char *plus;

    if (!g_uri_split(uri, G_URI_FLAGS_NONE, &scheme, NULL, &t->host, NULL, NULL, NULL, NULL, NULL))
        return t;
    if (t->host != NULL && t->host[0] == '\0')
        g_clear_pointer(&t->host, g_free);
    plus = scheme == NULL ? NULL : strchr(scheme, '+');
    t->ssh = plus != NULL && strstr(plus, "ssh") != NULL;
    t->tls = plus != NULL ? strcmp(plus, "+tls") == 0 : t->host != NULL;
    return t;
}

static void
transport_free(struct transport *t)
{
    g_free(t->host);
    g_free(t);
}

DEFINE_CLEANUP(struct transport, transport_free)

/* The class of an operating system error, ERROR_NONE when the number says nothing. */
static enum error_class
class_of_errno(int number)
{
    switch (number) {
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EADDRNOTAVAIL:
        return ERROR_REFUSED;
    case ETIMEDOUT:
        return ERROR_TIMEOUT;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
    case EIO: /* libvirt's "end of file while reading data" */
    case ENOTCONN:
    case ESHUTDOWN:
        return ERROR_CLOSED;
    default:
        return ERROR_NONE;
    }
}

static bool
is_auth(int code)
{
    return code == VIR_ERR_AUTH_FAILED || code == VIR_ERR_AUTH_CANCELLED ||
           code == VIR_ERR_AUTH_UNAVAILABLE || code == VIR_ERR_ACCESS_DENIED ||
           code == VIR_ERR_OPERATION_DENIED;
}

/* libvirt names a host it cannot resolve in quotes, in every language. */
static bool
names_host(const struct transport *t, const char *text)
{
    g_autofree char *quoted = t->host == NULL ? NULL : g_strdup_printf("'%s'", t->host);

    return quoted != NULL && strstr(text, quoted) != NULL;
}

static enum error_class
class_of_system_error(const struct transport *t, const struct virt_failure *f)
{
    enum error_class class = class_of_errno(f->number);

    if (t->ssh && class == ERROR_CLOSED) /* ssh's own words; they are not translated */
        return strstr(f->text, "Permission denied") != NULL ||
                       strstr(f->text, "Host key verification failed") != NULL
                   ? ERROR_AUTH
                   : ERROR_REFUSED;
    if (t->tls && class == ERROR_CLOSED && strstr(f->text, "TLS") != NULL)
        return ERROR_TLS; /* the server did not like our certificate and hung up */
    if (class != ERROR_NONE)
        return class;
    if (names_host(t, f->text))
        return ERROR_REFUSED;
    if (t->tls)
        return ERROR_TLS; /* before it connects libvirt checks files and certificates */
    if (f->number == ENOENT)
        return ERROR_REFUSED; /* no such unix socket */
    if (f->number == EACCES || f->number == EPERM)
        return ERROR_AUTH;
    return f->domain == VIR_FROM_RPC ? ERROR_REFUSED : ERROR_RPC;
}

enum error_class
error_class_of_open(const char *uri, const struct virt_failure *f)
{
    CLEANUP(transport_free) struct transport *t = transport_of_uri(uri);

    if (is_auth(f->code)) {
        if (t->tls && f->domain == VIR_FROM_RPC && strstr(f->text, "SASL") == NULL)
            return ERROR_TLS;
        return ERROR_AUTH;
    }
    if (f->domain == VIR_FROM_URI || f->code == VIR_ERR_NO_CONNECT ||
        f->code == VIR_ERR_INVALID_ARG)
        return ERROR_NO_URI;
    if (f->code == VIR_ERR_SYSTEM_ERROR)
        return class_of_system_error(t, f);
    if (t->tls && strstr(f->text, "TLS") != NULL)
        return ERROR_TLS;
    return ERROR_RPC;
}

enum error_class
error_class_of_call(bool alive, const struct virt_failure *f)
{
    if (is_auth(f->code))
        return ERROR_AUTH;
    if (f->code == VIR_ERR_SYSTEM_ERROR && f->number == ETIMEDOUT && !alive)
        return ERROR_TIMEOUT;
    return alive ? ERROR_RPC : ERROR_CLOSED;
}

enum failure
error_failure(bool alive, const struct virt_failure *f)
{
    switch (f->code) {
    case VIR_ERR_NO_DOMAIN:
        return FAILURE_ABSENT;
    case VIR_ERR_NO_SUPPORT:
    case VIR_ERR_ARGUMENT_UNSUPPORTED:
    case VIR_ERR_CONFIG_UNSUPPORTED:
        return FAILURE_UNSUPPORTED;
    case VIR_ERR_OPERATION_UNSUPPORTED:
        return FAILURE_REFUSED;
    case VIR_ERR_OPERATION_INVALID:
        return FAILURE_INACTIVE;
    default:
        return alive ? FAILURE_OTHER : FAILURE_CONNECTION;
    }
}

/* The last error of this thread; the text lives as long as libvirt's error. */
static struct virt_failure
last_failure(void)
{
    const virError *e = virGetLastError();
    struct virt_failure f = {.text = "no reason given"};

    if (e != NULL) {
        f.domain = e->domain;
        f.code = e->code;
        f.number = e->int1;
        if (e->message != NULL && e->message[0] != '\0')
            f.text = e->message;
    }
    return f;
}

/* Texts come from another machine: one line of valid UTF-8 for logs and the directory. */
static char *
clean_text(const char *text)
{
    char *clean = g_utf8_make_valid(text, (gssize)strnlen(text, 1000));

    for (char *c = clean; *c != '\0'; c++)
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    return g_strstrip(clean);
}

void
error_after_open(const char *uri, GError **error)
{
    const struct virt_failure f = last_failure();
    g_autofree char *text = clean_text(f.text);

    g_set_error_literal(error, HYPERVISOR_ERROR, error_class_of_open(uri, &f), text);
    virResetLastError();
}

enum failure
error_after_call(virConnectPtr connection, const char *what, GError **error)
{
    const struct virt_failure f = last_failure();
    g_autofree char *text = clean_text(f.text);
    /* libvirt resets the last error in virConnectIsAlive(): text is a copy, f's is not used. */
    const struct virt_failure kept = {f.domain, f.code, f.number, text};
    const bool alive = virConnectIsAlive(connection) == 1;

    g_set_error(error, HYPERVISOR_ERROR, error_class_of_call(alive, &kept), "%s: %s", what, text);
    virResetLastError();
    return error_failure(alive, &kept);
}

static void
quiet_virt(void *data, virErrorPtr error)
{
    (void)data;
    (void)error;
}

static void G_GNUC_PRINTF(2, 3)
quiet_xml(void *data, const char *format, ...)
{
    (void)data;
    (void)format;
}

void
error_prepare(void)
{
    hypervisor_error_quark(); /* GLib makes it at first use, without a lock */
    g_setenv("LIBVIRT_DEBUG", "4", FALSE); /* errors only: warnings go to stderr by themselves */
    virSetErrorFunc(NULL, quiet_virt);
    xmlInitParser(); /* or the first worker would be the main thread to libxml2 */
    xmlThrDefSetGenericErrorFunc(NULL, quiet_xml);
}

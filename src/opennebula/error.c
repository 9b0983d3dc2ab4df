/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "opennebula/error.h"
#include "core/mark.h"

#include <curl/curl.h>
#include <string.h>

G_DEFINE_QUARK(statesync-opennebula-error, opennebula_error)

struct meaning {
    gint64 code;
    enum error_class class;
    const char *text;
};

static const struct meaning transfers[] = {
    {CURLE_COULDNT_RESOLVE_HOST, ERROR_REFUSED, N_("the host's name is not known")},
    {CURLE_COULDNT_CONNECT, ERROR_REFUSED, N_("no connection: does oned run, and is this its port?")},
    {CURLE_OPERATION_TIMEDOUT, ERROR_TIMEOUT, N_("no answer in time")},
    {CURLE_SSL_CONNECT_ERROR, ERROR_TLS, N_("the TLS handshake failed")},
    {CURLE_PEER_FAILED_VERIFICATION, ERROR_TLS,
     N_("the certificate is not accepted: check tls_ca and the host's name")},
    {CURLE_SSL_CACERT_BADFILE, ERROR_TLS, N_("tls_ca cannot be used")},
    {CURLE_SSL_CERTPROBLEM, ERROR_TLS, N_("the certificate cannot be used")},
    {CURLE_SSL_CIPHER, ERROR_TLS, N_("no common cipher")},
    {CURLE_GOT_NOTHING, ERROR_CLOSED,
     N_("the connection was closed without an answer: is it http:// or https:// there?")},
    {CURLE_PARTIAL_FILE, ERROR_CLOSED, N_("the connection was closed in the middle of the answer")},
    {CURLE_RECV_ERROR, ERROR_CLOSED, N_("the connection was lost while receiving")},
    {CURLE_SEND_ERROR, ERROR_CLOSED, N_("the connection was lost while sending")},
    {CURLE_ABORTED_BY_CALLBACK, ERROR_CLOSED, N_("the question was given up")},
    {CURLE_URL_MALFORMAT, ERROR_NO_URI, N_("the endpoint is not an address")},
    {CURLE_UNSUPPORTED_PROTOCOL, ERROR_NO_URI,
     N_("the endpoint, or this libcurl, does not speak http:// or https://")},
    {CURLE_WEIRD_SERVER_REPLY, ERROR_RPC, N_("what answers there does not speak HTTP")},
};

static const struct meaning codes[] = {
    {256, ERROR_AUTH, N_("the login is not accepted: check the credential file")},
    {512, ERROR_AUTH, N_("the account is not allowed to see this: give it the right to use VMs")},
    {1024, ERROR_OTHER, N_("there is no such object")},
    {2048, ERROR_OTHER, N_("not possible in the VM's state")},
    {4096, ERROR_RPC, N_("an argument is not accepted: is this version of OpenNebula supported?")},
    {8192, ERROR_OTHER,
     N_("internal error of the front-end: see its oned.log (no leader elected? zone disabled?)")},
    {16384, ERROR_OTHER, N_("the front-end could not allocate what it needs")},
    {32768, ERROR_OTHER, N_("the object is locked")},
    {65536, ERROR_OTHER, N_("the front-end could not replicate: is its leader reachable?")},
};

static const struct meaning faults[] = {
    {-501, ERROR_RPC, N_("parameters are not accepted: OpenNebula 5.8.1 or newer is needed")},
    {-503, ERROR_RPC, N_("the question was not understood as XML")},
    {-506, ERROR_RPC, N_("the method is not known: is this OpenNebula, 5.12 or newer?")},
};

static const struct meaning *
find(const struct meaning *list, gsize n, gint64 code)
{
    for (gsize i = 0; i < n; i++)
        if (list[i].code == code)
            return &list[i];
    return NULL;
}

/* Texts of servers and parsers may hold anything. */
static char *
clean(const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);

    for (char *p = valid; *p != '\0'; p++)
        if ((guchar)*p < ' ' || *p == '\x7f')
            *p = ' ';
    return g_strchomp(valid);
}

bool
opennebula_fail(GError **error, enum error_class class, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (error != NULL) {
        g_autofree char *text = g_strdup_vprintf(format, args);
        g_autofree char *line = clean(text);

        g_set_error_literal(error, OPENNEBULA_ERROR, (int)class, line);
    }
    va_end(args);
    return false;
}

bool
opennebula_fail_transfer(GError **error, int code, const char *detail)
{
    const struct meaning *m = find(transfers, G_N_ELEMENTS(transfers), code);
    const char *own = curl_easy_strerror((CURLcode)code);

    return opennebula_fail(error, m != NULL ? m->class : ERROR_OTHER, "%s%s%s%s",
                           m != NULL ? m->text : own, *detail != '\0' ? " (" : "", detail,
                           *detail != '\0' ? ")" : "");
}

bool
opennebula_fail_late(GError **error, size_t n_bytes)
{
    if (n_bytes == 0)
        return opennebula_fail_transfer(error, CURLE_OPERATION_TIMEDOUT, "");
    return opennebula_fail(error, ERROR_TIMEOUT,
                           "the answer was not complete in time, %zu bytes of it came: is the "
                           "front-end or the way to it overloaded, or timeout too short?",
                           n_bytes);
}

/* What is wrong with a certificate: bits of GnuTLS' gnutls_certificate_status_t, numbers of OpenSSL's
 * X509_V_ERR_*. */
static const struct fault {
    unsigned bits;
    long numbers[5];
    const char *text;
} certificate_faults[] = {
    {1 << 6 | 1 << 7, {2, 18, 19, 20, 21},
     "the certificate is not signed by an authority that is trusted: name the one that signs it in "
     "tls_ca"},
    {1 << 10, {10}, "the certificate has expired: renew it, or set this machine's clock"},
    {1 << 9, {9}, "the certificate is not valid yet: is this machine's clock right?"},
    {1 << 5, {23}, "the certificate was revoked"},
    {1 << 8, {66, 67, 68}, "the certificate's key or signature is too weak"},
    {1 << 18, {26}, "the certificate is not one of a server"},
};

static bool
has_fault(const struct fault *f, bool bits, long verified)
{
    if (bits)
        return (verified & (long)f->bits) != 0;
    for (gsize i = 0; i < G_N_ELEMENTS(f->numbers); i++)
        if (f->numbers[i] == verified)
            return true;
    return false;
}

bool
opennebula_fail_certificate(GError **error, const char *ssl_library, long verified,
                            const char *detail)
{
    bool bits = g_str_has_prefix(ssl_library, "GnuTLS");
    bool known = bits || strstr(ssl_library, "SSL") != NULL;

    if (known && verified == 0)
        return opennebula_fail(error, ERROR_TLS, "the certificate is another host's than the "
                                                 "endpoint names (%s)", detail);
    for (gsize i = 0; known && i < G_N_ELEMENTS(certificate_faults); i++)
        if (has_fault(&certificate_faults[i], bits, verified))
            return opennebula_fail(error, ERROR_TLS, "%s", certificate_faults[i].text);
    return opennebula_fail_transfer(error, CURLE_PEER_FAILED_VERIFICATION, detail);
}

bool
opennebula_fail_status(GError **error, long status)
{
    switch (status) {
    case 401:
    case 403:
    case 407:
        return opennebula_fail(error, ERROR_AUTH, "HTTP status %ld: access is refused before "
                                                  "OpenNebula is asked: see the proxy's settings",
                               status);
    case 404:
        return opennebula_fail(error, ERROR_NO_URI, "HTTP status 404: no XML-RPC interface there; "
                                                    "the endpoint's path is normally /RPC2");
    case 502:
    case 503:
    case 504:
        return opennebula_fail(error, ERROR_REFUSED,
                               "HTTP status %ld: the proxy does not reach oned", status);
    default:
        return opennebula_fail(error, ERROR_RPC, "HTTP status %ld instead of an answer", status);
    }
}

bool
opennebula_fail_fault(GError **error, gint64 code, const char *text)
{
    const struct meaning *m = find(faults, G_N_ELEMENTS(faults), code);

    return opennebula_fail(error, m != NULL ? m->class : ERROR_RPC,
                           "%s (fault %ld: %s)",
                           m != NULL ? m->text : N_("the call failed"), (long)code, text);
}

bool
opennebula_fail_code(GError **error, gint64 code, const char *text)
{
    const struct meaning *m = find(codes, G_N_ELEMENTS(codes), code);

    return opennebula_fail(error, m != NULL ? m->class : ERROR_OTHER,
                           "%s (code %ld: %s)",
                           m != NULL ? m->text : N_("the call was refused"), (long)code, text);
}

enum error_class
opennebula_error_class(const GError *error)
{
    return error != NULL && error->domain == OPENNEBULA_ERROR ? (enum error_class)error->code
                                                              : ERROR_OTHER;
}

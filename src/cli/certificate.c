/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/certificate.h"
#include "core/mark.h"

#include <gio/gio.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

enum { LIBVIRT_TLS_PORT = 16514 };

static bool
fail(GError **error, int code, const char *what)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s", what, gnutls_strerror(code));
    return false;
}

void
certificate_clear(struct certificate *c)
{
    g_clear_pointer(&c->subject, g_free);
}

/* --- reading ---------------------------------------------------------------------------- */

static void
describe(gnutls_x509_crt_t crt, struct certificate *out)
{
    gnutls_datum_t name = {NULL, 0};

    if (gnutls_x509_crt_get_dn3(crt, &name, 0) == GNUTLS_E_SUCCESS)
        out->subject = g_strndup((const char *)name.data, name.size);
    else
        out->subject = g_strdup(N_("without a name"));
    gnutls_free(name.data);
    out->from = gnutls_x509_crt_get_activation_time(crt);
    out->until = gnutls_x509_crt_get_expiration_time(crt);
}

static bool
read_der(const gnutls_datum_t *der, struct certificate *out, GError **error)
{
    gnutls_x509_crt_t crt;
    int rc = gnutls_x509_crt_init(&crt);

    if (rc < 0)
        return fail(error, rc, "reading a certificate");
    rc = gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER);
    if (rc >= 0)
        describe(crt, out);
    gnutls_x509_crt_deinit(crt);
    return rc >= 0 || fail(error, rc, "reading a certificate");
}

bool
certificate_of_der(GBytes *der, struct certificate *out, GError **error)
{
    gsize size;
    gconstpointer bytes = g_bytes_get_data(der, &size);
    const gnutls_datum_t datum = {(unsigned char *)(guintptr)bytes, (unsigned)size};

    return read_der(&datum, out, error);
}

static void
take_earliest(const gnutls_x509_crt_t *list, unsigned n, struct certificate *out)
{
    unsigned first = 0;

    for (unsigned i = 1; i < n; i++) {
        if (gnutls_x509_crt_get_expiration_time(list[i])
            < gnutls_x509_crt_get_expiration_time(list[first]))
            first = i;
    }
    describe(list[first], out);
}

bool
certificate_of_file(const char *path, struct certificate *out, GError **error)
{
    g_autofree char *text = NULL;
    gsize size;
    gnutls_x509_crt_t *list = NULL;
    unsigned n = 0;

    if (!g_file_get_contents(path, &text, &size, error))
        return false;
    const gnutls_datum_t pem = {(unsigned char *)text, (unsigned)size};
    int rc = gnutls_x509_crt_list_import2(&list, &n, &pem, GNUTLS_X509_FMT_PEM, 0);
    if (rc < 0 || n == 0)
        return fail(error, rc < 0 ? rc : GNUTLS_E_NO_CERTIFICATE_FOUND, path);
    take_earliest(list, n, out);
    for (unsigned i = 0; i < n; i++)
        gnutls_x509_crt_deinit(list[i]);
    gnutls_free(list);
    return true;
}

/* --- what a server shows ------------------------------------------------------------------- */

/* Called when the server's certificate has come: keeps it, and ends the handshake. */
static int
keep_certificate(gnutls_session_t session)
{
    GBytes **kept = gnutls_session_get_ptr(session);
    unsigned n = 0;
    const gnutls_datum_t *list = gnutls_certificate_get_peers(session, &n);

    if (list != NULL && n > 0 && *kept == NULL)
        *kept = g_bytes_new(list[0].data, list[0].size);
    return GNUTLS_E_CERTIFICATE_ERROR;
}

static int
shake_hands(gnutls_session_t session, int fd, const char *host, unsigned limit_s, GBytes **kept)
{
    int rc;

    gnutls_session_set_ptr(session, kept);
    gnutls_session_set_verify_function(session, keep_certificate);
    gnutls_set_default_priority(session);
    if (!g_hostname_is_ip_address(host))
        gnutls_server_name_set(session, GNUTLS_NAME_DNS, host, strlen(host));
    gnutls_transport_set_int(session, fd);
    gnutls_handshake_set_timeout(session, limit_s * 1000);
    do {
        rc = gnutls_handshake(session);
    } while (rc < 0 && gnutls_error_is_fatal(rc) == 0);
    return rc;
}

static GBytes *
certificate_over(int fd, const char *host, unsigned limit_s, GError **error)
{
    gnutls_certificate_credentials_t credentials = NULL;
    gnutls_session_t session = NULL;
    GBytes *kept = NULL;
    int rc = gnutls_certificate_allocate_credentials(&credentials);

    if (rc >= 0)
        rc = gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
    if (rc >= 0)
        rc = gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
    if (rc >= 0)
        rc = shake_hands(session, fd, host, limit_s, &kept);
    if (kept == NULL)
        fail(error, rc < 0 ? rc : GNUTLS_E_NO_CERTIFICATE_FOUND, "TLS");
    if (session != NULL)
        gnutls_deinit(session);
    if (credentials != NULL)
        gnutls_certificate_free_credentials(credentials);
    return kept;
}

bool
certificate_of_server(const char *host, guint16 port, unsigned limit_s, struct certificate *out,
                      GError **error)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketConnectable) address = g_network_address_new(host, port);

    g_socket_client_set_enable_proxy(client, FALSE);
    g_socket_client_set_timeout(client, limit_s);
    g_autoptr(GSocketConnection) connection
        = g_socket_client_connect(client, address, NULL, error);
    if (connection == NULL)
        return false;
    int fd = g_socket_get_fd(g_socket_connection_get_socket(connection));
    g_autoptr(GBytes) der = certificate_over(fd, host, limit_s, error);
    return der != NULL && certificate_of_der(der, out, error);
}

/* The port a scheme means TLS on; 0 = it has none of its own. */
static int
tls_port(const char *scheme)
{
    static const struct {
        const char *scheme;
        int port;
    } known[] = {{"https", 443}, {"ldaps", 636}, {"http", 0}, {"ldap", 0}, {"ldapi", 0}, {"test", 0}};
    const char *transport = strchr(scheme, '+');

    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        if (strcmp(scheme, known[i].scheme) == 0)
            return known[i].port;
    }
    return transport == NULL || strcmp(transport, "+tls") == 0 ? LIBVIRT_TLS_PORT : 0;
}

bool
certificate_peer_of_uri(const char *uri, char **host, guint16 *port)
{
    g_autofree char *scheme = NULL;
    g_autofree char *name = NULL;
    int number = -1;

    if (!g_uri_split(uri, G_URI_FLAGS_PARSE_RELAXED, &scheme, NULL, &name, &number, NULL, NULL, NULL,
                     NULL)
        || scheme == NULL || name == NULL || *name == '\0')
        return false;
    int usual = tls_port(scheme);
    if (usual == 0)
        return false;
    *host = g_steal_pointer(&name);
    *port = (guint16)(number > 0 ? number : usual);
    return true;
}

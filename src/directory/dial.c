/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/dial.h"

#include "core/cleanup.h"
#include "core/mark.h"
#include "directory/deadline.h"
#include "directory/password.h"
#include "directory/result.h"
#include "directory/tls_text.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static void
hang_up(LDAP *ld)
{
    if (ld)
        ldap_unbind_ext(ld, NULL, NULL);
}
DEFINE_CLEANUP(LDAP, hang_up)

static bool
scheme_is(const char *uri, const char *scheme)
{
    size_t len = strlen(scheme);

    return strncasecmp(uri, scheme, len) == 0 && strncmp(uri + len, "://", 3) == 0;
}

static bool
check_readable(const char *file, const char *key, GError **error)
{
    if (!file || access(file, R_OK) == 0)
        return true;
    directory_error_set(error, DIRECTORY_CODE_SETUP, NULL, NULL, "%s: %s: %s", key, file,
                        g_strerror(errno));
    return false;
}

static bool
set_options(LDAP *ld, const struct directory_options *o)
{
    static const int version = LDAP_VERSION3;
    struct timeval network = deadline_timeval(o->network_timeout);
    struct timeval answer = deadline_timeval(o->timeout);

    return ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version) == LDAP_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_NETWORK_TIMEOUT, &network) == LDAP_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_TIMEOUT, &answer) == LDAP_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_CONNECT_ASYNC, LDAP_OPT_ON) == LDAP_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_RESTART, LDAP_OPT_ON) == LDAP_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == LDAP_SUCCESS;
}

static bool
set_file(LDAP *ld, int option, const char *file)
{
    return !file || ldap_set_option(ld, option, file) == LDAP_SUCCESS;
}

/* A TLS context of its own for this handle. */
static bool
set_tls(LDAP *ld, const struct directory_options *o, const char *uri, GError **error)
{
    static const int demand = LDAP_OPT_X_TLS_DEMAND;
    static const int for_client = 0;
    g_autofree char *reason = NULL;

    if (!check_readable(o->ca_file, "ca_file", error) ||
        !check_readable(o->cert_file, "cert_file", error) ||
        !check_readable(o->key_file, "key_file", error))
        return false;
    if (ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) == LDAP_SUCCESS &&
        set_file(ld, LDAP_OPT_X_TLS_CACERTFILE, o->ca_file) &&
        set_file(ld, LDAP_OPT_X_TLS_CERTFILE, o->cert_file) &&
        set_file(ld, LDAP_OPT_X_TLS_KEYFILE, o->key_file) &&
        ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &for_client) == LDAP_SUCCESS)
        return true;
    reason = tls_text_reason(ld);
    directory_error_set(error, DIRECTORY_CODE_SETUP, NULL, NULL,
                        "%s: the TLS files of the configuration cannot be used: %s", uri,
                        reason ? reason : "no reason given");
    return false;
}

/*
 * What libldap is given.  For ldaps:// that is ldap:// with the port of ldaps: connecting and the
 * handshake are two steps then, and the failure of one can be told from that of the other.
 */
static char *
dialled_uri(const char *uri)
{
    LDAPURLDesc *parts = NULL;
    bool v6;
    char *text;

    if (!scheme_is(uri, "ldaps") || ldap_url_parse(uri, &parts) != LDAP_SUCCESS)
        return g_strdup(uri);
    v6 = strchr(parts->lud_host, ':') != NULL;
    text = g_strdup_printf("ldap://%s%s%s:%d", v6 ? "[" : "", parts->lud_host, v6 ? "]" : "",
                           parts->lud_port);
    ldap_free_urldesc(parts);
    return text;
}

static LDAP *
make_handle(const struct directory_options *o, const char *uri, GError **error)
{
    g_autofree char *dialled = dialled_uri(uri);
    CLEANUP(hang_up) LDAP *ld = NULL;
    int rc = ldap_initialize(&ld, dialled);

    if (rc != LDAP_SUCCESS) {
        directory_error_set(error, DIRECTORY_CODE_SETUP, NULL, NULL, "%s is not an LDAP URI: %s",
                            uri, ldap_err2string(rc));
        return NULL;
    }
    if (!set_options(ld, o)) {
        directory_error_set(error, LDAP_LOCAL_ERROR, NULL, NULL, "%s: libldap refused an option",
                            uri);
        return NULL;
    }
    if (!scheme_is(uri, "ldapi") && !set_tls(ld, o, uri, error))
        return NULL;
    return g_steal_pointer(&ld);
}

/* Why no socket could be opened: errno, or what the resolver says about the host. */
static char *
open_failure(const char *uri, int number)
{
    LDAPURLDesc *parts = NULL;
    struct addrinfo *found = NULL;
    char *text;
    int rc = 0;

    if (number)
        return g_strdup(g_strerror(number));
    if (ldap_url_parse(uri, &parts) == LDAP_SUCCESS && parts->lud_host)
        rc = getaddrinfo(parts->lud_host, NULL, NULL, &found);
    text = g_strdup(rc ? gai_strerror(rc) : "no usable address");
    if (rc == 0 && found)
        freeaddrinfo(found);
    ldap_free_urldesc(parts);
    return text;
}

static bool
set_tls_error(LDAP *ld, const char *uri, GError **error)
{
    g_autofree char *reason = tls_text_reason(ld);
    const char *hint = tls_text_hint(reason, uri);

    if (!reason)
        reason = g_strdup(N_("TLS could not be agreed on"));
    if (hint)
        directory_error_set(error, DIRECTORY_CODE_TLS, NULL, NULL, "%s: TLS: %s (%s)", uri, reason,
                            hint);
    else
        directory_error_set(error, DIRECTORY_CODE_TLS, NULL, NULL, "%s: TLS: %s", uri, reason);
    return false;
}

/* ldap_connect() failed at once. */
static bool
set_open_error(const char *uri, int number, GError **error)
{
    g_autofree char *text = open_failure(uri, number);

    directory_error_set(error, LDAP_SERVER_DOWN, text, NULL, "%s", uri);
    return false;
}

/* Connects and waits until the socket is usable. */
static bool
connect_socket(LDAP *ld, const struct directory_options *o, const char *uri, GError **error)
{
    struct pollfd p = {.fd = -1, .events = POLLOUT};
    int64_t deadline = deadline_in(o->network_timeout);
    int number = 0;
    socklen_t size = sizeof(number);
    int n;

    errno = 0;
    if (ldap_connect(ld) != LDAP_SUCCESS)
        return set_open_error(uri, errno, error);
    ldap_get_option(ld, LDAP_OPT_DESC, &p.fd);
    do {
        n = poll(&p, 1, deadline_left(deadline));
    } while (n < 0 && errno == EINTR);
    if (n == 0) {
        directory_error_set(error, LDAP_TIMEOUT, NULL, NULL, "%s: connecting took too long", uri);
        return false;
    }
    if (n < 0 || getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &number, &size) != 0)
        number = errno;
    if (number)
        directory_error_set(error, LDAP_SERVER_DOWN, g_strerror(number), NULL, "%s", uri);
    return number == 0;
}

/* libldap makes the socket block again after connecting; a frozen server could then hold us for
 * ever in a write.  All reading and writing here copes with a socket that does not block. */
static void
keep_from_blocking(LDAP *ld)
{
    int fd = -1;
    int flags;

    ldap_get_option(ld, LDAP_OPT_DESC, &fd);
    flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);
    if (flags >= 0)
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

/* Waits for the one answer of a step; the operation is over when it does not come. */
static bool
answer(LDAP *ld, const struct directory_options *o, const char *uri, int msgid, const char *step,
       GError **error)
{
    struct timeval limit = deadline_timeval(o->timeout);
    g_autofree char *what = g_strdup_printf("%s: %s", uri, step);
    LDAPMessage *message = NULL;
    int type = ldap_result(ld, msgid, LDAP_MSG_ALL, &limit, &message);
    int code = LDAP_SERVER_DOWN;

    if (type > 0)
        return directory_result_parse(ld, message, NULL, what, error);
    if (type == 0) {
        directory_error_set(error, LDAP_TIMEOUT, NULL, NULL, "%s: no answer in time", what);
        return false;
    }
    ldap_get_option(ld, LDAP_OPT_RESULT_CODE, &code);
    directory_error_set_from(error, ld, code, "%s", what);
    return false;
}

/* Asks for TLS.  *agreed stays false when the server refuses and that is allowed. */
static bool
start_tls(LDAP *ld, const struct directory_options *o, const char *uri, bool *agreed,
          GError **error)
{
    g_autoptr(GError) refusal = NULL;
    int msgid = 0;
    int rc = ldap_start_tls(ld, NULL, NULL, &msgid);

    if (rc != LDAP_SUCCESS) {
        directory_error_set_from(error, ld, rc, "%s: StartTLS", uri);
        return false;
    }
    if (!answer(ld, o, uri, msgid, "StartTLS", &refusal)) {
        bool answered = directory_error_class(refusal) != DIRECTORY_TIMEOUT &&
                        directory_error_class(refusal) != DIRECTORY_UNREACHABLE;

        if (answered && o->starttls == DIRECTORY_STARTTLS_TRY)
            return true;
        if (answered)
            directory_error_set(error, DIRECTORY_CODE_TLS, NULL, NULL,
                                "%s (the server offers no TLS: set it up there, or allow "
                                "connections without by starttls = no)",
                                refusal->message);
        else
            g_propagate_error(error, g_steal_pointer(&refusal));
        return false;
    }
    *agreed = true;
    return true;
}

static bool
shake_hands(LDAP *ld, const char *uri, GError **error)
{
    int rc = ldap_install_tls(ld);

    if (rc == LDAP_TIMEOUT)
        directory_error_set(error, rc, NULL, NULL, "%s: TLS handshake", uri);
    else if (rc != LDAP_SUCCESS)
        set_tls_error(ld, uri, error);
    return rc == LDAP_SUCCESS;
}

/* TLS where the scheme and the configuration want it. */
static bool
secure(LDAP *ld, const struct directory_options *o, const char *uri, GError **error)
{
    bool agreed = scheme_is(uri, "ldaps");

    if (scheme_is(uri, "ldap") && o->starttls != DIRECTORY_STARTTLS_NO &&
        !start_tls(ld, o, uri, &agreed, error))
        return false;
    return !agreed || shake_hands(ld, uri, error);
}

static int
send_bind(LDAP *ld, const struct directory_options *o, int *msgid, GError **error)
{
    struct password password;
    struct berval secret = {0, NULL};
    struct berval nothing = {0, g_strdup("")};
    int rc;

    if (o->bind == DIRECTORY_BIND_EXTERNAL) {
        rc = ldap_sasl_bind(ld, "", "EXTERNAL", &nothing, NULL, NULL, msgid);
        g_free(nothing.bv_val);
        return rc;
    }
    g_free(nothing.bv_val);
    if (!o->bind_dn || !*o->bind_dn || !o->password_file) {
        directory_error_set(error, DIRECTORY_CODE_SETUP, NULL, NULL,
                            "a simple bind needs bind_dn and password_file");
        return DIRECTORY_CODE_SETUP;
    }
    if (!password_read(&password, o->password_file, error))
        return DIRECTORY_CODE_SETUP;
    secret.bv_val = password.bytes;
    secret.bv_len = password.len;
    rc = ldap_sasl_bind(ld, o->bind_dn, LDAP_SASL_SIMPLE, &secret, NULL, NULL, msgid);
    password_clear(&password);
    return rc;
}

/* sasl_interact_t of <sasl/sasl.h>: libldap passes it on as it is. */
struct question {
    unsigned long id; /* 0 ends the list */
    const char *challenge, *prompt, *default_result;
    const void *result;
    unsigned len;
};

/* What the mechanism asks (on whose behalf) is left to it. */
static int
answer_questions(LDAP *ld, unsigned flags, void *data, void *list)
{
    (void)ld;
    (void)flags;
    (void)data;
    for (struct question *q = list; q->id; q++) {
        q->result = q->default_result ? q->default_result : "";
        q->len = (unsigned)strlen(q->result);
    }
    return LDAP_SUCCESS;
}

/*
 * Kerberos.  The server's name is the host as the URI spells it: what reverse
 * DNS says of an address is not to be trusted.  Inside TLS there is no second
 * layer of encryption; without TLS there has to be one.
 */
static bool
bind_gssapi(LDAP *ld, const char *uri, GError **error)
{
    const char *properties = ldap_tls_inplace(ld) ? "noanonymous,noplain,maxssf=0"
                             : scheme_is(uri, "ldapi") ? "noanonymous,noplain"
                                                       : "noanonymous,noplain,minssf=56";
    char *diagnostic = NULL;
    int rc;

    ldap_set_option(ld, LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON);
    rc = ldap_set_option(ld, LDAP_OPT_X_SASL_SECPROPS, properties);
    if (rc == LDAP_SUCCESS)
        rc = ldap_sasl_interactive_bind_s(ld, NULL, "GSSAPI", NULL, NULL, LDAP_SASL_QUIET,
                                          answer_questions, NULL);
    if (rc == LDAP_SUCCESS)
        return true;
    /* libldap calls what Kerberos refuses a local error. */
    ldap_get_option(ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &diagnostic);
    directory_error_set(error, rc == LDAP_LOCAL_ERROR ? LDAP_AUTH_UNKNOWN : rc, diagnostic, NULL,
                        "%s: bind by SASL GSSAPI", uri);
    ldap_memfree(diagnostic);
    return false;
}

static bool
authenticate(LDAP *ld, const struct directory_options *o, const char *uri, GError **error)
{
    g_autofree char *step = NULL;
    int msgid = 0;
    int rc;

    if (o->bind == DIRECTORY_BIND_NONE)
        return true;
    if (o->bind == DIRECTORY_BIND_GSSAPI)
        return bind_gssapi(ld, uri, error);
    step = o->bind == DIRECTORY_BIND_EXTERNAL ? g_strdup("bind by SASL EXTERNAL")
                                              : g_strdup_printf("bind as \"%s\"", o->bind_dn);
    rc = send_bind(ld, o, &msgid, error);
    if (rc == DIRECTORY_CODE_SETUP)
        return false;
    if (rc != LDAP_SUCCESS) {
        directory_error_set_from(error, ld, rc, "%s: %s", uri, step);
        return false;
    }
    return answer(ld, o, uri, msgid, step, error);
}

LDAP *
directory_dial(const struct directory_options *o, const char *uri, GError **error)
{
    CLEANUP(hang_up) LDAP *ld = NULL;
    bool done;

    tls_text_begin();
    ld = make_handle(o, uri, error);
    done = ld && connect_socket(ld, o, uri, error) && secure(ld, o, uri, error);
    tls_text_end();
    if (done)
        keep_from_blocking(ld);
    done = done && authenticate(ld, o, uri, error);
    return done ? g_steal_pointer(&ld) : NULL;
}

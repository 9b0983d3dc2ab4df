/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/result.h"

#include <stdarg.h>

/* Which class each code belongs to.  What is not here is DIRECTORY_OTHER. */
static const struct {
    int code;
    enum directory_class class;
} code_classes[] = {
    {LDAP_SUCCESS, DIRECTORY_SUCCESS},
    {LDAP_COMPARE_TRUE, DIRECTORY_SUCCESS},
    {LDAP_COMPARE_FALSE, DIRECTORY_SUCCESS},
    {LDAP_ASSERTION_FAILED, DIRECTORY_ASSERTED},
    {LDAP_BUSY, DIRECTORY_BUSY},
    {LDAP_UNAVAILABLE, DIRECTORY_UNAVAILABLE},
    {LDAP_SERVER_DOWN, DIRECTORY_UNREACHABLE},
    {LDAP_X_CONNECTING, DIRECTORY_UNREACHABLE},
    {LDAP_TIMEOUT, DIRECTORY_TIMEOUT},
    {LDAP_TIMELIMIT_EXCEEDED, DIRECTORY_TIME_LIMIT},
    {LDAP_SIZELIMIT_EXCEEDED, DIRECTORY_SIZE_LIMIT},
    {LDAP_ADMINLIMIT_EXCEEDED, DIRECTORY_SIZE_LIMIT},
    {LDAP_RESULTS_TOO_LARGE, DIRECTORY_SIZE_LIMIT},
    {LDAP_REFERRAL, DIRECTORY_REFERRAL},
    {LDAP_PARTIAL_RESULTS, DIRECTORY_REFERRAL},
    {LDAP_REFERRAL_LIMIT_EXCEEDED, DIRECTORY_REFERRAL},
    {LDAP_AFFECTS_MULTIPLE_DSAS, DIRECTORY_REFERRAL},
    {LDAP_NO_SUCH_OBJECT, DIRECTORY_ABSENT},
    {LDAP_NO_SUCH_ATTRIBUTE, DIRECTORY_NO_VALUE},
    {LDAP_ALREADY_EXISTS, DIRECTORY_EXISTS},
    {LDAP_TYPE_OR_VALUE_EXISTS, DIRECTORY_EXISTS},
    {LDAP_INSUFFICIENT_ACCESS, DIRECTORY_DENIED},
    {LDAP_UNWILLING_TO_PERFORM, DIRECTORY_DENIED},
    {LDAP_X_PROXY_AUTHZ_FAILURE, DIRECTORY_DENIED},
    {LDAP_INVALID_CREDENTIALS, DIRECTORY_CREDENTIALS},
    {LDAP_INAPPROPRIATE_AUTH, DIRECTORY_CREDENTIALS},
    {LDAP_STRONG_AUTH_REQUIRED, DIRECTORY_CREDENTIALS},
    {LDAP_AUTH_METHOD_NOT_SUPPORTED, DIRECTORY_CREDENTIALS},
    {LDAP_AUTH_UNKNOWN, DIRECTORY_CREDENTIALS},
    {LDAP_CONFIDENTIALITY_REQUIRED, DIRECTORY_CREDENTIALS},
    {LDAP_UNDEFINED_TYPE, DIRECTORY_SCHEMA},
    {LDAP_INAPPROPRIATE_MATCHING, DIRECTORY_SCHEMA},
    {LDAP_OBJECT_CLASS_VIOLATION, DIRECTORY_SCHEMA},
    {LDAP_NO_OBJECT_CLASS_MODS, DIRECTORY_SCHEMA},
    {LDAP_NAMING_VIOLATION, DIRECTORY_SCHEMA},
    {LDAP_NOT_ALLOWED_ON_NONLEAF, DIRECTORY_SCHEMA},
    {LDAP_NOT_ALLOWED_ON_RDN, DIRECTORY_SCHEMA},
    {DIRECTORY_CODE_NO_SCHEMA, DIRECTORY_SCHEMA},
    {LDAP_INVALID_SYNTAX, DIRECTORY_VALUE},
    {LDAP_CONSTRAINT_VIOLATION, DIRECTORY_VALUE},
    {LDAP_INVALID_DN_SYNTAX, DIRECTORY_VALUE},
    {LDAP_CONNECT_ERROR, DIRECTORY_TLS},
    {DIRECTORY_CODE_TLS, DIRECTORY_TLS},
    {LDAP_UNAVAILABLE_CRITICAL_EXTENSION, DIRECTORY_UNSUPPORTED},
    {LDAP_NOT_SUPPORTED, DIRECTORY_UNSUPPORTED},
    {DIRECTORY_CODE_SETUP, DIRECTORY_SETUP},
    {DIRECTORY_CODE_NO_LEASE, DIRECTORY_NO_LEASE},
    {DIRECTORY_CODE_LEASE_HELD, DIRECTORY_NO_LEASE},
    {DIRECTORY_CODE_MALFORMED, DIRECTORY_MALFORMED},
    {LDAP_DECODING_ERROR, DIRECTORY_MALFORMED},
    {LDAP_PROTOCOL_ERROR, DIRECTORY_MISTAKE},
    {LDAP_PARAM_ERROR, DIRECTORY_MISTAKE},
    {LDAP_FILTER_ERROR, DIRECTORY_MISTAKE},
    {LDAP_ENCODING_ERROR, DIRECTORY_MISTAKE},
    {LDAP_LOCAL_ERROR, DIRECTORY_MISTAKE},
};

static const struct {
    const char *word;
    enum directory_remedy remedy;
} classes[] = {
#define CLASS_ROW(id, word, remedy) [id] = {word, remedy},
    DIRECTORY_CLASS_LIST(CLASS_ROW)
#undef CLASS_ROW
};

enum directory_class
directory_class_of(int code)
{
    for (size_t i = 0; i < G_N_ELEMENTS(code_classes); i++)
        if (code_classes[i].code == code)
            return code_classes[i].class;
    return DIRECTORY_OTHER;
}

const char *
directory_class_name(enum directory_class class)
{
    g_return_val_if_fail((unsigned)class < DIRECTORY_CLASS_COUNT, "other");
    return classes[class].word;
}

enum directory_remedy
directory_class_remedy(enum directory_class class)
{
    g_return_val_if_fail((unsigned)class < DIRECTORY_CLASS_COUNT, DIRECTORY_PERMANENT);
    return classes[class].remedy;
}

/* What an error of this domain carries beside code and message. */
typedef struct {
    char *diagnostic;
    char *matched;
} DirectoryErrorPrivate;

static void
directory_error_private_init(DirectoryErrorPrivate *p)
{
    p->diagnostic = NULL;
    p->matched = NULL;
}

static void
directory_error_private_copy(const DirectoryErrorPrivate *from, DirectoryErrorPrivate *to)
{
    to->diagnostic = g_strdup(from->diagnostic);
    to->matched = g_strdup(from->matched);
}

static void
directory_error_private_clear(DirectoryErrorPrivate *p)
{
    g_free(p->diagnostic);
    g_free(p->matched);
}

/* The macro of GLib casts const away. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
G_DEFINE_EXTENDED_ERROR(DirectoryError, directory_error)
#pragma GCC diagnostic pop

enum directory_class
directory_error_class(const GError *error)
{
    if (!error)
        return DIRECTORY_SUCCESS;
    return error->domain == DIRECTORY_ERROR ? directory_class_of(error->code) : DIRECTORY_OTHER;
}

const char *
directory_error_diagnostic(const GError *error)
{
    if (!error || error->domain != DIRECTORY_ERROR)
        return NULL;
    return directory_error_get_private(error)->diagnostic;
}

const char *
directory_error_matched(const GError *error)
{
    if (!error || error->domain != DIRECTORY_ERROR)
        return NULL;
    return directory_error_get_private(error)->matched;
}

static char *
text_or_null(const char *text)
{
    char *copy;

    if (!text || !*text)
        return NULL;
    copy = g_utf8_make_valid(text, -1);
    return g_strchomp(copy);
}

/* libldap's word for a code is "Connect error" or "Can't contact LDAP server"; ours for our own. */
static const char *
code_text(int code)
{
    return code >= DIRECTORY_CODE_SETUP ? NULL : ldap_err2string(code);
}

static void G_GNUC_PRINTF(5, 0)
set_va(GError **error, int code, const char *diagnostic, const char *matched, const char *what,
       va_list ap)
{
    g_autoptr(GString) message = g_string_new(NULL);
    DirectoryErrorPrivate *p;
    GError *made;

    if (!error)
        return;
    g_string_append_vprintf(message, what, ap);
    made = g_error_new_literal(DIRECTORY_ERROR, code, "");
    p = directory_error_get_private(made);
    p->diagnostic = text_or_null(diagnostic);
    p->matched = text_or_null(matched);
    if (code_text(code))
        g_string_append_printf(message, ": %s (%d)", code_text(code), code);
    if (p->diagnostic)
        g_string_append_printf(message, ": %s", p->diagnostic);
    if (p->matched)
        g_string_append_printf(message, "; the deepest entry that exists is \"%s\"", p->matched);
    g_free(made->message);
    made->message = g_strdup(message->str);
    g_propagate_error(error, made);
}

void
directory_error_set(GError **error, int code, const char *diagnostic, const char *matched,
                    const char *what, ...)
{
    va_list ap;

    va_start(ap, what);
    set_va(error, code, diagnostic, matched, what, ap);
    va_end(ap);
}

void
directory_error_set_from(GError **error, LDAP *ld, int code, const char *what, ...)
{
    char *diagnostic = NULL;
    char *matched = NULL;
    va_list ap;

    ldap_get_option(ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &diagnostic);
    ldap_get_option(ld, LDAP_OPT_MATCHED_DN, &matched);
    va_start(ap, what);
    set_va(error, code, diagnostic, matched, what, ap);
    va_end(ap);
    ldap_memfree(diagnostic);
    ldap_memfree(matched);
}

bool
directory_result_parse(LDAP *ld, LDAPMessage *message, LDAPControl ***controls, const char *what,
                       GError **error)
{
    int code = LDAP_OTHER;
    char *matched = NULL;
    char *diagnostic = NULL;
    LDAPControl **got = NULL;
    int rc = ldap_parse_result(ld, message, &code, &matched, &diagnostic, NULL, &got, 1);

    if (rc != LDAP_SUCCESS)
        directory_error_set(error, DIRECTORY_CODE_MALFORMED, ldap_err2string(rc), NULL,
                            "%s: the server's answer cannot be decoded", what);
    else if (directory_class_of(code) != DIRECTORY_SUCCESS)
        directory_error_set(error, code, diagnostic, matched, "%s", what);
    ldap_memfree(matched);
    ldap_memfree(diagnostic);
    if (controls)
        *controls = got;
    else
        ldap_controls_free(got);
    return rc == LDAP_SUCCESS && directory_class_of(code) == DIRECTORY_SUCCESS;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/tls_text.h"
#include "core/mark.h"

#include <glib.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAUGHT_MAX = 2000 };

/* Of the thread that is connecting; others go on working meanwhile, and log nothing. */
static _Thread_local GString *caught;

/* libldap's log is one for all threads.  Not a GMutex: thread checkers see this one. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned n_catching;
static int level_before;

/* Keeps lines about TLS: "TLS: hostname (a) does not match common name in certificate (b)." */
static void
catch_line(const char *line)
{
    const char *tls = strstr(line, "TLS");

    if (!caught || !tls || caught->len > CAUGHT_MAX || strstr(line, "tls_write") ||
        strstr(line, "tls_read") || strstr(line, "unknown error code"))
        return;
    if (g_str_has_prefix(tls, "TLS: "))
        tls += 5;
    if (caught->len)
        g_string_append(caught, "; ");
    g_string_append(caught, tls);
    while (caught->len && strchr("\r\n. ", caught->str[caught->len - 1]))
        g_string_truncate(caught, caught->len - 1);
}

/* What libldap does with its log by itself. */
static void
print_line(const char *line)
{
    fputs(line, stderr);
}

/* liblber takes the function as "const void *". */
static const void *
function_pointer(BER_LOG_PRINT_FN function)
{
    const void *p;

    G_STATIC_ASSERT(sizeof(p) == sizeof(function));
    memcpy(&p, &function, sizeof(p));
    return p;
}

void
tls_text_begin(void)
{
    int level = 0x0001; /* trace: the lowest that tells why a certificate is refused */

    tls_text_end();
    caught = g_string_new(NULL);
    pthread_mutex_lock(&lock);
    if (n_catching++ == 0) {
        ldap_get_option(NULL, LDAP_OPT_DEBUG_LEVEL, &level_before);
        ber_set_option(NULL, LBER_OPT_LOG_PRINT_FN, function_pointer(catch_line));
        ldap_set_option(NULL, LDAP_OPT_DEBUG_LEVEL, &level);
    }
    pthread_mutex_unlock(&lock);
}

void
tls_text_end(void)
{
    if (!caught)
        return;
    pthread_mutex_lock(&lock);
    if (--n_catching == 0) {
        ldap_set_option(NULL, LDAP_OPT_DEBUG_LEVEL, &level_before);
        ber_set_option(NULL, LBER_OPT_LOG_PRINT_FN, function_pointer(print_line));
    }
    pthread_mutex_unlock(&lock);
    g_string_free(caught, TRUE);
    caught = NULL;
}

/* Bits of gnutls_certificate_status_t, which libldap prints as a number. */
static const struct {
    unsigned long bit;
    const char *word;
} certificate_bits[] = {
    {1UL << 5, N_("revoked")},
    {1UL << 6, N_("signed by an authority that is not trusted here")},
    {1UL << 7, N_("signed by something that is no authority")},
    {1UL << 8, N_("signed with an insecure algorithm")},
    {1UL << 9, N_("not valid yet")},
    {1UL << 10, N_("expired")},
    {1UL << 11, N_("wrongly signed")},
    {1UL << 14, N_("issued to another name")},
};

static void
append_certificate_words(GString *text)
{
    static const char mark[] = "untrusted or revoked (0x";
    const char *at = strstr(text->str, mark);
    unsigned long bits = at ? strtoul(at + strlen(mark), NULL, 16) : 0;

    for (size_t i = 0; i < G_N_ELEMENTS(certificate_bits); i++)
        if (bits & certificate_bits[i].bit)
            g_string_append_printf(text, "; the certificate is %s", certificate_bits[i].word);
}

static bool
says_something(const char *text)
{
    return text && *text && !strstr(text, "unknown error code");
}

char *
tls_text_reason(LDAP *ld)
{
    GString *reason = g_string_new(caught ? caught->str : "");
    char *diagnostic = NULL;

    append_certificate_words(reason);
    ldap_get_option(ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &diagnostic);
    if (says_something(diagnostic) && !strstr(reason->str, diagnostic))
        g_string_append_printf(reason, "%s%s", reason->len ? "; " : "", diagnostic);
    ldap_memfree(diagnostic);
    if (reason->len)
        return g_string_free(reason, FALSE);
    g_string_free(reason, TRUE);
    return NULL;
}

const char *
tls_text_hint(const char *reason, const char *uri)
{
    bool name = reason && (strstr(reason, "does not match") || strstr(reason, "another name"));

    if (name && strstr(uri, "//localhost"))
        return N_("the name localhost is checked against this machine's own host name: use 127.0.0.1 "
               "and a certificate with that address, or the full host name");
    if (name)
        return N_("use the name in the certificate in the URI, or a certificate that has this name or "
               "address as subjectAltName");
    if (reason && strstr(reason, "not trusted"))
        return N_("tls_ca must hold the certificate of the authority that signed the server's");
    return NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/search.h"

#include "directory/deadline.h"
#include "directory/result.h"

#include <string.h>

/* What is carried from page to page. */
struct paging {
    struct berval cookie; /* bv_val belongs to liblber */
    bool used;            /* the page control is sent */
    bool more;
    unsigned n_references;
};

static LDAPControl manage_dsa_it = {
    .ldctl_oid = (char[]){LDAP_CONTROL_MANAGEDSAIT},
    .ldctl_iscritical = 0,
};

static bool
send_page(struct directory_connection *c, const struct search *search, struct paging *paging,
          int *msgid, GError **error)
{
    LDAP *ld = directory_connection_handle(c);
    LDAPControl *page = NULL;
    LDAPControl *controls[3] = {&manage_dsa_it, NULL, NULL};
    /* libldap takes the list without const but leaves it alone. */
    char **attributes = (char **)(uintptr_t)search->attributes;
    int64_t deadline = deadline_in(directory_connection_timeout(c));
    int rc = LDAP_SUCCESS;

    if (paging->used)
        rc = ldap_create_page_control(ld, search->page_size, &paging->cookie, 1, &page);
    controls[1] = page;
    if (rc == LDAP_SUCCESS)
        do {
            rc = ldap_search_ext(ld, search->base, search->scope, search->filter, attributes, 0,
                                 controls, NULL, NULL, LDAP_NO_LIMIT, msgid);
        } while (directory_connection_send_again(c, rc, deadline));
    ldap_control_free(page);
    if (rc != LDAP_SUCCESS)
        directory_error_set_from(error, ld, rc, "%s: search below \"%s\"",
                                 directory_connection_uri(c), search->base);
    return rc == LDAP_SUCCESS;
}

/* Takes the cookie of the next page out of the controls of a finished one. */
static bool
next_cookie(struct directory_connection *c, LDAPControl **controls, struct paging *paging,
            GError **error)
{
    LDAPControl *page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
    ber_int_t estimate = 0;
    int rc = LDAP_DECODING_ERROR;

    ber_memfree(paging->cookie.bv_val);
    paging->cookie = (struct berval){0, NULL};
    if (!page)
        return true;
    /* liblber crashes on a buffer of nothing. */
    if (page->ldctl_value.bv_len)
        rc = ldap_parse_pageresponse_control(directory_connection_handle(c), page, &estimate,
                                             &paging->cookie);
    if (rc != LDAP_SUCCESS)
        directory_error_set(error, DIRECTORY_CODE_MALFORMED, NULL, NULL,
                            "%s: the server's answer to a paged search cannot be decoded",
                            directory_connection_uri(c));
    paging->more = rc == LDAP_SUCCESS && paging->cookie.bv_len > 0;
    return rc == LDAP_SUCCESS;
}

static bool
page_done(struct directory_connection *c, const struct search *search, LDAPMessage *message,
          struct paging *paging, GError **error)
{
    LDAPControl **controls = NULL;
    g_autofree char *what = g_strdup_printf("%s: search below \"%s\"", directory_connection_uri(c),
                                            search->base);
    bool done = directory_result_parse(directory_connection_handle(c), message, &controls, what,
                                       error);

    if (done && paging->used)
        done = next_cookie(c, controls, paging, error);
    ldap_controls_free(controls);
    return done;
}

static bool
no_message(struct directory_connection *c, const struct search *search, int type, int msgid,
           GError **error)
{
    g_autofree char *what = g_strdup_printf("search below \"%s\"", search->base);

    if (type < 0) {
        directory_connection_lost(c, what, error);
        return false;
    }
    ldap_abandon_ext(directory_connection_handle(c), msgid, NULL, NULL);
    directory_error_set(error, LDAP_TIMEOUT, NULL, NULL, "%s: %s: no answer in time",
                        directory_connection_uri(c), what);
    return false;
}

/* Receives one page.  paging->more says whether another follows. */
static bool
receive_page(struct directory_connection *c, const struct search *search, struct paging *paging,
             int msgid, search_entry_func func, void *data, GError **error)
{
    LDAP *ld = directory_connection_handle(c);

    for (;;) {
        LDAPMessage *message = NULL;
        int64_t deadline = deadline_in(directory_connection_timeout(c));
        int type = directory_connection_result(c, msgid, deadline, &message);
        bool taken = true;

        if (type <= 0)
            return no_message(c, search, type, msgid, error);
        if (type == LDAP_RES_SEARCH_RESULT)
            return page_done(c, search, message, paging, error);
        if (type == LDAP_RES_SEARCH_ENTRY)
            taken = func(c, message, data, error);
        else if (type == LDAP_RES_SEARCH_REFERENCE)
            paging->n_references++;
        ldap_msgfree(message);
        if (!taken) {
            ldap_abandon_ext(ld, msgid, NULL, NULL);
            return false;
        }
    }
}

bool
directory_search(struct directory_connection *c, const struct search *search,
                 search_entry_func func, void *data, GError **error)
{
    struct paging paging = {.used = false};
    const struct capability *capability = NULL;
    bool done = true;

    if (search->page_size > 0) {
        capability = directory_connection_capability(c, error);
        if (!capability)
            return false;
        paging.used = capability->paged;
    }
    do {
        int msgid = 0;

        paging.more = false;
        done = send_page(c, search, &paging, &msgid, error) &&
               receive_page(c, search, &paging, msgid, func, data, error);
    } while (done && paging.more);
    ber_memfree(paging.cookie.bv_val);
    if (done && paging.n_references) {
        directory_error_set(error, LDAP_PARTIAL_RESULTS, NULL, NULL,
                            "%s: search below \"%s\": %u parts are on other servers, which are "
                            "not asked",
                            directory_connection_uri(c), search->base, paging.n_references);
        done = false;
    }
    return done;
}

bool
search_entry_values(struct directory_connection *c, LDAPMessage *entry, search_value_func func,
                    void *data, GError **error)
{
    LDAP *ld = directory_connection_handle(c);
    BerElement *ber = NULL;
    struct berval name;
    struct berval *values = NULL;
    int rc = ldap_get_dn_ber(ld, entry, &ber, &name);

    while (rc == LDAP_SUCCESS) {
        rc = ldap_get_attribute_ber(ld, entry, ber, &name, &values);
        if (rc != LDAP_SUCCESS || !name.bv_val)
            break;
        for (struct berval *v = values; v && v->bv_val; v++) {
            struct search_value one = {name.bv_val, name.bv_len, v->bv_val, v->bv_len};

            func(&one, data);
        }
        ber_memfree(values);
    }
    ber_free(ber, 0);
    if (rc != LDAP_SUCCESS)
        directory_error_set(error, DIRECTORY_CODE_MALFORMED, NULL, NULL,
                            "%s: an entry cannot be decoded", directory_connection_uri(c));
    return rc == LDAP_SUCCESS;
}

bool
search_name_is(const struct search_value *value, const char *name)
{
    return strlen(name) == value->name_len &&
           g_ascii_strncasecmp(value->name, name, value->name_len) == 0;
}

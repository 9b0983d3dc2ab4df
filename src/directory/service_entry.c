/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/service_entry.h"

#include "directory/control.h"
#include "directory/deadline.h"
#include "directory/filter.h"
#include "directory/mods.h"
#include "directory/result.h"
#include "directory/search.h"
#include "engine/attributes.h"
#include "engine/timestamp.h"

#include <string.h>

void
service_state_free(struct service_state *s)
{
    if (!s)
        return;
    g_free(s->holder);
    g_free(s->pause_reason);
    g_free(s->pass_by);
    if (s->requests)
        g_ptr_array_unref(s->requests);
    g_free(s);
}

bool
service_state_paused(const struct service_state *s, int64_t now)
{
    return s->pause_until > now;
}

static int64_t
parse_number(const char *text, int64_t otherwise)
{
    gint64 number;

    return g_ascii_string_to_signed(text, 10, 0, G_MAXINT64, &number, NULL) ? number : otherwise;
}

static int64_t
parse_time(const char *text)
{
    return MAX(timestamp_parse(text), 0);
}

static void
replace_text(char **slot, const char *text)
{
    g_free(*slot);
    *slot = *text ? g_strdup(text) : NULL;
}

static void
take_value(const struct search_value *value, void *data)
{
    struct service_state *s = data;
    g_autofree char *text = g_strndup(value->bytes, value->len);

    if (search_name_is(value, SERVICE_LEASE_HOLDER))
        replace_text(&s->holder, text);
    else if (search_name_is(value, SERVICE_LEASE_SERIAL))
        s->serial = parse_number(text, -1);
    else if (search_name_is(value, SERVICE_LEASE_SINCE))
        s->lease_since = parse_time(text);
    else if (search_name_is(value, SERVICE_LEASE_DURATION))
        s->lease_duration = CLAMP(parse_number(text, 0), 0, 86400) * 1000;
    else if (search_name_is(value, SERVICE_PAUSE_UNTIL))
        s->pause_until = parse_time(text);
    else if (search_name_is(value, SERVICE_PAUSE_REASON))
        replace_text(&s->pause_reason, text);
    else if (search_name_is(value, SERVICE_PASS_COMPLETED))
        s->pass_completed = parse_time(text);
    else if (search_name_is(value, SERVICE_PASS_BY))
        replace_text(&s->pass_by, text);
    else if (search_name_is(value, SERVICE_REFRESH))
        g_ptr_array_add(s->requests, g_steal_pointer(&text));
}

static bool
take_entry(struct directory_connection *c, LDAPMessage *entry, void *data, GError **error)
{
    return search_entry_values(c, entry, take_value, data, error);
}

const char *const service_attributes[] = {
    SERVICE_LEASE_HOLDER,   SERVICE_LEASE_SERIAL, SERVICE_LEASE_SINCE,  SERVICE_LEASE_DURATION,
    SERVICE_PAUSE_UNTIL,    SERVICE_PAUSE_REASON, SERVICE_REFRESH,
    SERVICE_PASS_COMPLETED, SERVICE_PASS_BY,      NULL};

static struct service_state *
state_new(void)
{
    struct service_state *state = g_new0(struct service_state, 1);

    state->serial = -1;
    state->requests = g_ptr_array_new_with_free_func(g_free);
    return state;
}

struct service_state *
service_state_decode(struct directory_connection *c, LDAPMessage *entry, GError **error)
{
    CLEANUP(service_state_free) struct service_state *state = state_new();

    return take_entry(c, entry, state, error) ? g_steal_pointer(&state) : NULL;
}

struct service_state *
service_state_copy(const struct service_state *s)
{
    struct service_state *copy = g_new(struct service_state, 1);

    *copy = *s;
    copy->holder = g_strdup(s->holder);
    copy->pause_reason = g_strdup(s->pause_reason);
    copy->pass_by = g_strdup(s->pass_by);
    copy->requests = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < s->requests->len; i++)
        g_ptr_array_add(copy->requests, g_strdup(s->requests->pdata[i]));
    return copy;
}

struct service_state *
service_read(struct service *s, GError **error)
{
    struct search search = {.base = s->dn,
                            .scope = LDAP_SCOPE_BASE,
                            .filter = "(objectClass=*)",
                            .attributes = service_attributes};
    CLEANUP(service_state_free) struct service_state *state = state_new();

    if (!directory_search(s->connection, &search, take_entry, state, error))
        return NULL;
    return g_steal_pointer(&state);
}

/* The value of the first RDN, which has to be cn=... */
static char *
common_name(const char *dn)
{
    LDAPDN parsed = NULL;
    char *name = NULL;

    if (ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS && parsed && parsed[0] &&
        parsed[0][0] && !parsed[0][1]) {
        const LDAPAVA *ava = parsed[0][0];

        if (ava->la_attr.bv_len == 2 && g_ascii_strncasecmp(ava->la_attr.bv_val, "cn", 2) == 0)
            name = g_strndup(ava->la_value.bv_val, ava->la_value.bv_len);
    }
    ldap_dnfree(parsed);
    return name;
}

int
service_send_add(const struct service *s, LDAP *ld, int *msgid, GError **error)
{
    char class_name[] = "objectClass";
    char class_value[] = CLASS_SERVICE;
    char cn_name[] = "cn";
    g_autofree char *name = common_name(s->dn);
    char *class_values[] = {class_value, NULL};
    char *cn_values[] = {name, NULL};
    LDAPMod class_mod = {
        .mod_op = LDAP_MOD_ADD, .mod_type = class_name, .mod_values = class_values};
    LDAPMod cn_mod = {.mod_op = LDAP_MOD_ADD, .mod_type = cn_name, .mod_values = cn_values};
    LDAPMod *mods[] = {&class_mod, &cn_mod, NULL};

    if (!name) {
        directory_error_set(error, DIRECTORY_CODE_SETUP, NULL, NULL,
                            "the name of the service entry has to be cn=..., not \"%s\"", s->dn);
        return DIRECTORY_CODE_SETUP;
    }
    return ld ? ldap_add_ext(ld, s->dn, mods, NULL, NULL, msgid) : LDAP_SUCCESS;
}

bool
service_add_result(const struct service *s, GError *failure, GError **error)
{
    g_autoptr(GError) held = failure;

    if (!failure || directory_error_class(failure) == DIRECTORY_EXISTS)
        return true;
    if (directory_error_class(failure) == DIRECTORY_DENIED) {
        g_autofree char *name = common_name(s->dn);

        directory_error_set(error, failure->code, directory_error_diagnostic(failure), NULL,
                            "\"%s\" may not be created by us: allow it, or create it once by hand "
                            "with objectClass: " CLASS_SERVICE " and cn: %s",
                            s->dn, name);
    } else {
        g_propagate_error(error, g_steal_pointer(&held));
    }
    return false;
}

static bool
add_entry(struct service *s, GError **error)
{
    g_autofree char *what = g_strdup_printf("creating the service entry \"%s\"", s->dn);
    LDAP *ld = directory_connection_handle(s->connection);
    int64_t deadline = deadline_in(directory_connection_timeout(s->connection));
    GError *failure = NULL;
    int msgid = 0;
    int rc;

    do {
        rc = service_send_add(s, ld, &msgid, error);
    } while (directory_connection_send_again(s->connection, rc, deadline));
    if (rc == DIRECTORY_CODE_SETUP)
        return false;
    if (rc != LDAP_SUCCESS)
        directory_error_set_from(&failure, ld, rc, "%s", what);
    else
        directory_connection_answer(s->connection, msgid, deadline, NULL, what, &failure);
    return service_add_result(s, failure, error);
}

bool
service_ensure(struct service *s, GError **error)
{
    g_autoptr(GError) failure = NULL;
    CLEANUP(service_state_free) struct service_state *state = service_read(s, &failure);

    if (state)
        return true;
    if (directory_error_class(failure) != DIRECTORY_ABSENT) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    return add_entry(s, error);
}

char *
service_lease_filter(const char *holder, int64_t serial)
{
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, (gint64)serial);
    GString *filter = g_string_new("(&");

    if (holder)
        filter_append_equal(filter, SERVICE_LEASE_HOLDER, holder);
    else
        filter_append_not_present(filter, SERVICE_LEASE_HOLDER);
    if (serial >= 0)
        filter_append_equal(filter, SERVICE_LEASE_SERIAL, number);
    else
        filter_append_not_present(filter, SERVICE_LEASE_SERIAL);
    g_string_append_c(filter, ')');
    return g_string_free(filter, FALSE);
}

char *
service_seen_filter(const struct service *s)
{
    return service_lease_filter(s->holder, s->serial);
}

bool
service_modify(struct service *s, const struct change *change, const char *filter, GError **error)
{
    LDAP *ld = directory_connection_handle(s->connection);
    LDAPControl *controls[2] = {NULL, NULL};
    g_autofree char *what = g_strdup_printf("modify of the service entry \"%s\"", s->dn);
    int64_t deadline = deadline_in(directory_connection_timeout(s->connection));
    struct mods *mods;
    int msgid = 0;
    int rc;

    if (filter) {
        controls[0] = control_assertion(ld, filter, error);
        if (!controls[0])
            return false;
    }
    mods = mods_new(change);
    do {
        rc = ldap_modify_ext(ld, s->dn, mods_list(mods), controls, NULL, &msgid);
    } while (directory_connection_send_again(s->connection, rc, deadline));
    mods_free(mods);
    ldap_control_free(controls[0]);
    if (rc != LDAP_SUCCESS) {
        directory_error_set_from(error, ld, rc, "%s", what);
        return false;
    }
    return directory_connection_answer(s->connection, msgid, deadline, NULL, what, error);
}

void
service_set_number(struct change *change, const char *attribute, int64_t number)
{
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, (gint64)number);

    change_replace(change, attribute, text);
}

void
service_set_time(struct change *change, const char *attribute, int64_t seconds)
{
    char text[TIMESTAMP_SIZE];

    timestamp_format(seconds, text);
    change_replace(change, attribute, seconds ? text : NULL);
}

void
service_give_back(struct change *change)
{
    change_replace(change, SERVICE_LEASE_HOLDER, NULL);
    change_replace(change, SERVICE_LEASE_SINCE, NULL);
    change_replace(change, SERVICE_LEASE_DURATION, NULL);
}

void
service_forget(struct service *s)
{
    s->stand = SERVICE_UNKNOWN;
    s->seen = false;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "directory/examine.h"

#include "directory/capability.h"
#include "directory/control.h"
#include "directory/deadline.h"
#include "directory/mods.h"
#include "directory/result.h"
#include "directory/search.h"
#include "engine/attributes.h"
#include "engine/timestamp.h"

#include <string.h>

/* --- the session ----------------------------------------------------------------------- */

char *
examine_whoami(struct directory_connection *c, GError **error)
{
    LDAP *ld = directory_connection_handle(c);
    int64_t deadline = deadline_in(directory_connection_timeout(c));
    LDAPMessage *message = NULL;
    struct berval *id = NULL;
    char *text = NULL;
    int msgid = 0;
    int rc;

    do {
        rc = ldap_whoami(ld, NULL, NULL, &msgid);
    } while (directory_connection_send_again(c, rc, deadline));
    if (rc != LDAP_SUCCESS) {
        directory_error_set_from(error, ld, rc, "asking who we are");
        return NULL;
    }
    int type = directory_connection_result(c, msgid, deadline, &message);
    if (type < 0) {
        directory_connection_lost(c, "asking who we are", error);
    } else if (type == 0) {
        ldap_abandon_ext(ld, msgid, NULL, NULL);
        directory_error_set(error, LDAP_TIMEOUT, NULL, NULL, "asking who we are");
    } else {
        rc = ldap_parse_whoami(ld, message, &id);
        if (rc == LDAP_SUCCESS)
            text = id != NULL ? g_strndup(id->bv_val, id->bv_len) : g_strdup("");
        else
            directory_error_set_from(error, ld, rc, "asking who we are");
    }
    ber_bvfree(id);
    ldap_msgfree(message);
    return text;
}

GBytes *
examine_certificate(struct directory_connection *c)
{
    struct berval der = {0, NULL};

    if (!directory_connection_has_tls(c)
        || ldap_get_option(directory_connection_handle(c), LDAP_OPT_X_TLS_PEERCERT, &der)
               != LDAP_OPT_SUCCESS
        || der.bv_val == NULL)
        return NULL;
    GBytes *copy = g_bytes_new(der.bv_val, der.bv_len);
    ber_memfree(der.bv_val);
    return copy;
}

char *
examine_tls_version(struct directory_connection *c)
{
    char *version = NULL;

    if (!directory_connection_has_tls(c)
        || ldap_get_option(directory_connection_handle(c), LDAP_OPT_X_TLS_VERSION, &version)
               != LDAP_OPT_SUCCESS
        || version == NULL)
        return NULL;
    char *copy = g_strdup(version);
    ldap_memfree(version);
    return copy;
}

/* --- reading ---------------------------------------------------------------------------- */

/* Attribute in lower case -> GPtrArray of its values. */
static void
keep_value(const struct search_value *value, void *data)
{
    GHashTable *found = data;
    char *name = g_ascii_strdown(value->name, (gssize)value->name_len);
    GPtrArray *values = g_hash_table_lookup(found, name);

    if (values == NULL) {
        values = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(found, g_strdup(name), values);
    }
    g_ptr_array_add(values, g_strndup(value->bytes, value->len));
    g_free(name);
}

static bool
keep_entry(struct directory_connection *c, LDAPMessage *entry, void *data, GError **error)
{
    return search_entry_values(c, entry, keep_value, data, error);
}

static void
free_values(gpointer values)
{
    g_ptr_array_unref(values);
}

/* What one entry has of these attributes; NULL and error. */
static GHashTable *
read_entry(struct directory_connection *c, const char *dn, const char *const *attributes,
           GError **error)
{
    const struct search search = {.base = dn,
                                  .scope = LDAP_SCOPE_BASE,
                                  .filter = "(objectClass=*)",
                                  .attributes = attributes};
    g_autoptr(GHashTable) found
        = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_values);

    return directory_search(c, &search, keep_entry, found, error) ? g_steal_pointer(&found) : NULL;
}

static const GPtrArray *
values_of(GHashTable *entry, const char *attribute)
{
    g_autofree char *name = g_ascii_strdown(attribute, -1);

    return g_hash_table_lookup(entry, name);
}

char **
examine_values(struct directory_connection *c, const char *dn, const char *attribute,
               GError **error)
{
    const char *const wanted[] = {attribute, NULL};
    g_autoptr(GHashTable) entry = read_entry(c, dn, wanted, error);
    const GPtrArray *values = entry != NULL ? values_of(entry, attribute) : NULL;

    if (entry == NULL)
        return NULL;
    char **list = g_new0(char *, values != NULL ? values->len + 1 : 1);
    for (guint i = 0; values != NULL && i < values->len; i++)
        list[i] = g_strdup(g_ptr_array_index(values, i));
    return list;
}

/* SEQUENCE { ENUMERATED refreshOnly } */
static LDAPControl *
refresh_only(void)
{
    char bytes[] = {0x30, 0x03, 0x0a, 0x01, 0x01};
    struct berval value = {sizeof(bytes), bytes};
    LDAPControl *control = NULL;

    ldap_control_create("1.3.6.1.4.1.4203.1.9.1.1", 1, &value, 1, &control);
    return control;
}

/* Takes all messages of the refresh; false and error. */
static bool
count_entries(struct directory_connection *c, int msgid, guint *n, GError **error)
{
    for (;;) {
        LDAPMessage *message = NULL;
        int type = directory_connection_result(
            c, msgid, deadline_in(directory_connection_timeout(c)), &message);

        if (type < 0) {
            directory_connection_lost(c, "content synchronization", error);
            return false;
        }
        if (type == 0) {
            ldap_abandon_ext(directory_connection_handle(c), msgid, NULL, NULL);
            directory_error_set(error, LDAP_TIMEOUT, NULL, NULL, "content synchronization");
            return false;
        }
        if (type == LDAP_RES_SEARCH_RESULT)
            return directory_result_parse(directory_connection_handle(c), message, NULL,
                                          "content synchronization", error);
        *n += type == LDAP_RES_SEARCH_ENTRY;
        ldap_msgfree(message);
    }
}

bool
examine_sync(struct directory_connection *c, const char *base, const char *filter,
             guint *n_entries, GError **error)
{
    LDAP *ld = directory_connection_handle(c);
    LDAPControl *control = refresh_only();
    LDAPControl *controls[] = {control, NULL};
    char *attributes[] = {(char[]){LDAP_NO_ATTRS}, NULL};
    int64_t deadline = deadline_in(directory_connection_timeout(c));
    int msgid = 0;
    int rc;

    *n_entries = 0;
    do {
        rc = ldap_search_ext(ld, base, LDAP_SCOPE_SUBTREE, filter, attributes, 0, controls, NULL,
                             NULL, LDAP_NO_LIMIT, &msgid);
    } while (directory_connection_send_again(c, rc, deadline));
    ldap_control_free(control);
    if (rc != LDAP_SUCCESS) {
        directory_error_set_from(error, ld, rc, "content synchronization");
        return false;
    }
    return count_entries(c, msgid, n_entries, error);
}

/* --- rights ------------------------------------------------------------------------------- */

/* A value that the attribute's syntax allows. */
static const char *
sample_of(const char *attribute)
{
    static const struct {
        const char *ending;
        const char *value;
    } samples[] = {
        {"Since", "20260101000000Z"}, {"Until", "20260101000000Z"},
        {"Completed", "20260101000000Z"}, {"Answered", "20260101000000Z"},
        {"Active", "TRUE"}, {"Reachable", "TRUE"},
        {"Progress", "0"}, {"OneState", "0"}, {"OneLcmState", "0"}, {"Domains", "0"},
        {"Duration", "0"}, {"Held", "0"}, {"Serial", "0"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        if (g_str_has_suffix(attribute, samples[i].ending))
            return samples[i].value;
    }
    return "x";
}

static void
add_right(struct change *change, GHashTable *entry, const char *attribute)
{
    const GPtrArray *values = values_of(entry, attribute);

    if (values == NULL) {
        const char *sample = sample_of(attribute);
        change_mod_value(change_add_mod(change, CHANGE_ADD, attribute), sample);
        change_mod_value(change_add_mod(change, CHANGE_DELETE, attribute), sample);
        return;
    }
    struct change_mod *mod = change_add_mod(change, CHANGE_REPLACE, attribute);
    for (guint i = 0; i < values->len; i++)
        change_mod_value(mod, g_ptr_array_index(values, i));
}

static bool
has_class(GHashTable *entry, const char *class)
{
    const GPtrArray *values = values_of(entry, "objectClass");

    for (guint i = 0; values != NULL && i < values->len; i++) {
        if (g_ascii_strcasecmp(g_ptr_array_index(values, i), class) == 0)
            return true;
    }
    return false;
}

struct change *
examine_all_rights(struct directory_connection *c, const char *dn, const char *prefix,
                   const char *class, GError **error)
{
    g_autoptr(GPtrArray) names = capability_attributes();
    g_autoptr(GPtrArray) wanted = g_ptr_array_new();

    g_ptr_array_add(wanted, (gpointer)(uintptr_t) "objectClass");
    for (guint i = 0; i < names->len; i++) {
        if (g_str_has_prefix(g_ptr_array_index(names, i), prefix))
            g_ptr_array_add(wanted, g_ptr_array_index(names, i));
    }
    g_ptr_array_add(wanted, NULL);
    g_autoptr(GHashTable) entry = read_entry(c, dn, (const char *const *)wanted->pdata, error);
    if (entry == NULL)
        return NULL;
    struct change *change = change_new(dn, NULL);
    if (!has_class(entry, class))
        change_mod_value(change_add_mod(change, CHANGE_ADD, "objectClass"), class);
    for (guint i = 1; i + 1 < wanted->len; i++)
        add_right(change, entry, g_ptr_array_index(wanted, i));
    return change;
}

struct change *
examine_one_right(const struct change *all, const char *attribute)
{
    struct change *one = change_new(all->dn, NULL);

    for (guint i = 0; i < all->mods->len; i++) {
        const struct change_mod *m = &g_array_index(all->mods, struct change_mod, i);
        if (strcmp(m->attribute, attribute) != 0)
            continue;
        struct change_mod *copy = change_add_mod(one, m->op, m->attribute);
        for (guint v = 0; m->values != NULL && v < m->values->len; v++)
            change_mod_value(copy, g_ptr_array_index(m->values, v));
    }
    return one;
}

/* What is sent, and with which controls; its answer. */
static bool
send_change(struct directory_connection *c, const struct change *change, bool add,
            LDAPControl **controls, LDAPControl ***answer, GError **error)
{
    LDAP *ld = directory_connection_handle(c);
    g_autofree char *what = g_strdup_printf("%s \"%s\"", add ? "making" : "modify of", change->dn);
    int64_t deadline = deadline_in(directory_connection_timeout(c));
    struct mods *mods = mods_new(change);
    int msgid = 0;
    int rc;

    do {
        rc = add ? ldap_add_ext(ld, change->dn, mods_list(mods), controls, NULL, &msgid)
                 : ldap_modify_ext(ld, change->dn, mods_list(mods), controls, NULL, &msgid);
    } while (directory_connection_send_again(c, rc, deadline));
    mods_free(mods);
    if (rc != LDAP_SUCCESS) {
        directory_error_set_from(error, ld, rc, "%s", what);
        return false;
    }
    return directory_connection_answer(c, msgid, deadline, answer, what, error);
}

static bool
try(struct directory_connection *c, const struct change *change, bool add, GError **error)
{
    LDAPControl no_op = {.ldctl_oid = (char[]){LDAP_CONTROL_NOOP}, .ldctl_iscritical = 1};
    LDAPControl *controls[] = {&no_op, NULL};
    GError *failure = NULL;

    if (send_change(c, change, add, controls, NULL, &failure))
        return true;
    if (failure->code == LDAP_X_NO_OPERATION) {
        g_error_free(failure);
        return true;
    }
    g_propagate_error(error, failure);
    return false;
}

bool
examine_try(struct directory_connection *c, const struct change *change, GError **error)
{
    return try(c, change, false, error);
}

bool
examine_try_add(struct directory_connection *c, const struct change *entry, GError **error)
{
    return try(c, entry, true, error);
}

/* --- the clock ------------------------------------------------------------------------------ */

/* "20261126160432.123456Z#..." */
gint64
examine_csn_time(const char *csn)
{
    size_t digits = strspn(csn, "0123456789");
    g_autofree char *text = g_strdup_printf("%.*sZ", (int)digits, csn);
    gint64 seconds = timestamp_parse(text);
    gint64 unit = G_USEC_PER_SEC;
    gint64 fraction = 0;

    if (seconds < 0)
        return -1;
    for (const char *p = csn[digits] == '.' ? csn + digits + 1 : ""; g_ascii_isdigit(*p) && unit > 1;
         p++) {
        unit /= 10;
        fraction += unit * g_ascii_digit_value(*p);
    }
    return seconds * G_USEC_PER_SEC + fraction;
}

/* The entryCSN a modify has made: of its answer, else read. */
static char *
new_csn(struct directory_connection *c, const char *dn, LDAPControl **answer)
{
    char *csn = control_post_read_value(answer, "entryCSN");

    if (csn != NULL)
        return csn;
    g_auto(GStrv) values = examine_values(c, dn, "entryCSN", NULL);
    return values != NULL ? g_strdup(values[0]) : NULL;
}

bool
examine_touch(struct directory_connection *c, const char *service_dn, gint64 *ahead,
              gint64 *margin, GError **error)
{
    static const char version[] = "sstStateSyncVersion";
    g_auto(GStrv) values = examine_values(c, service_dn, version, error);

    if (values == NULL)
        return false;
    CLEANUP(change_free) struct change *change = change_new(service_dn, NULL);
    change_replace(change, version, values[0]);
    LDAPControl *post_read = control_post_read("entryCSN");
    LDAPControl *controls[] = {post_read, NULL};
    LDAPControl **answer = NULL;
    gint64 sent = g_get_real_time();
    bool done = send_change(c, change, false, controls, &answer, error);
    gint64 came = g_get_real_time();
    g_autofree char *csn = done ? new_csn(c, service_dn, answer) : NULL;
    gint64 there = csn != NULL ? examine_csn_time(csn) : -1;

    ldap_control_free(post_read);
    ldap_controls_free(answer);
    *margin = (came - sent) / 2;
    *ahead = there >= 0 ? there - (sent + *margin) : G_MAXINT64;
    return done;
}

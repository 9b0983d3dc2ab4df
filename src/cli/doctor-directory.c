/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync doctor: each directory server.
 */
#include "config.h"

#include "cli/doctor.h"

#include "cli/history.h"
#include "directory/accesslog.h"
#include "directory/capability.h"
#include "directory/examine.h"
#include "directory/filter.h"
#include "directory/read.h"
#include "directory/result.h"
#include "engine/entry-data.h"

#include <string.h>

/* Names that an administrator of slapd puts in place of ours. */
#define DATABASE "olcDatabase={1}mdb,cn=config"
#define DATABASE_HINT N_(" (put your database in place of {1}mdb)")

/* --- connecting ---------------------------------------------------------------------------- */

/* The command that shows how a server answers, for where it does not. */
static char *
how_to_ask(const struct doctor *d, const char *uri)
{
    g_autofree char *word = doctor_quote(uri);
    const char *tls = g_str_has_prefix(uri, "ldap://")
                              && d->where->starttls != DIRECTORY_STARTTLS_NO
                          ? " -ZZ"
                          : "";

    return g_strdup_printf("ldapsearch -x -H %s%s -o nettimeout=5 -s base -b '' '*' +", word, tls);
}

static char *
how_to_show_certificate(const char *uri)
{
    g_autofree char *host = NULL;
    int port = -1;
    bool plain = g_str_has_prefix(uri, "ldap://");

    if (!g_uri_split(uri, G_URI_FLAGS_PARSE_RELAXED, NULL, NULL, &host, &port, NULL, NULL, NULL,
                     NULL))
        return NULL;
    return g_strdup_printf("openssl s_client -connect %s:%d%s </dev/null | openssl x509 -noout "
                           "-subject -dates -ext subjectAltName",
                           host, port > 0 ? port : plain ? 389 : 636,
                           plain ? " -starttls ldap" : "");
}

static char *
how_to_log_in(const struct doctor *d, const char *uri)
{
    g_autofree char *word = doctor_quote(uri);

    if (d->where->bind == DIRECTORY_BIND_EXTERNAL)
        return g_strdup_printf("ldapwhoami -Q -Y EXTERNAL -H %s", word);
    if (d->where->bind == DIRECTORY_BIND_GSSAPI)
        return g_strdup_printf("klist; ldapwhoami -Y GSSAPI -H %s", word);
    g_autofree char *who = doctor_quote(d->where->bind_dn != NULL ? d->where->bind_dn : "");
    g_autofree char *file
        = doctor_quote(d->where->password_file != NULL ? d->where->password_file : "");
    return g_strdup_printf("ldapwhoami -x -H %s -D %s -y %s", word, who, file);
}

/* A certificate that was refused may be out of date.  StartTLS shows none to who does not speak
 * LDAP. */
static void
look_at_refused(struct doctor *d, const char *uri)
{
    g_autofree char *mend = how_to_show_certificate(uri);
    g_autofree char *host = NULL;
    struct certificate certificate = {0};
    guint16 port;

    if (certificate_peer_of_uri(uri, &host, &port)
        && certificate_of_server(host, port,
                                 (unsigned)d->config->directory.network_timeout_s, &certificate,
                                 NULL))
        doctor_certificate(d, EXIT_FAILED, "the server's certificate", mend, &certificate);
    certificate_clear(&certificate);
}

static void
blame_connection(struct doctor *d, const char *uri, const GError *error)
{
    enum directory_class class = directory_error_class(error);
    g_autofree char *mend = class == DIRECTORY_TLS           ? how_to_show_certificate(uri)
                            : class == DIRECTORY_CREDENTIALS ? how_to_log_in(d, uri)
                            : class == DIRECTORY_SETUP ? g_strdup("statesync check-config")
                                                       : how_to_ask(d, uri);

    doctor_blame(d, DOCTOR_WRONG, EXIT_FAILED, "connection", mend, "%s", error->message);
    if (class == DIRECTORY_TLS)
        look_at_refused(d, uri);
}

static void
look_at_tls(struct doctor *d, struct directory_connection *c)
{
    const char *uri = directory_connection_uri(c);
    g_autoptr(GBytes) der = examine_certificate(c);
    g_autofree char *version = examine_tls_version(c);
    g_autofree char *mend = how_to_show_certificate(uri);
    g_autoptr(GError) error = NULL;
    struct certificate certificate = {0};

    if (!directory_connection_has_tls(c)) {
        if (g_str_has_prefix(uri, "ldapi"))
            doctor_say(d, DOCTOR_OK, "tls", "a local socket, which needs no TLS");
        else
            doctor_blame(d, DOCTOR_WARNING, EXIT_WELL, "tls",
                         "statesync.conf: [directory] starttls = required",
                         "%s", d->where->bind == DIRECTORY_BIND_SIMPLE
                                   ? N_("the connection is not encrypted: whoever listens can read "
                                        "it, our password too")
                                   : N_("the connection is not encrypted: whoever listens can read "
                                        "it"));
        return;
    }
    doctor_say(d, DOCTOR_OK, "tls", "encrypted, %s", version != NULL ? version : "TLS");
    if (der == NULL || !certificate_of_der(der, &certificate, &error))
        doctor_say(d, DOCTOR_UNKNOWN, "certificate", "until when the server's certificate is valid");
    else
        doctor_certificate(d, EXIT_DIRECTORY, "the server's certificate", mend, &certificate);
    certificate_clear(&certificate);
}

static void
look_at_identity(struct doctor *d, struct directory_connection *c)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *who = examine_whoami(c, &error);
    g_autofree char *mend = how_to_log_in(d, directory_connection_uri(c));

    if (who == NULL)
        doctor_say(d, DOCTOR_UNKNOWN, "identity", "who we are for the server: %s", error->message);
    else if (*who != '\0')
        doctor_say(d, DOCTOR_OK, "identity", "we are %s",
                   g_str_has_prefix(who, "dn:") ? who + 3 : who);
    else if (d->where->bind == DIRECTORY_BIND_NONE)
        doctor_blame(d, DOCTOR_WARNING, EXIT_WELL, "identity",
                     "statesync.conf: [directory] bind = simple, bind_dn, password_file",
                     "we are nobody (bind = none), who normally may not write");
    else
        doctor_blame(d, DOCTOR_WRONG, EXIT_REFUSED, "identity", mend,
                     "we are nobody although we logged in: the server maps our identity to no "
                     "entry (olcAuthzRegexp)");
}

/* --- what the server can do ----------------------------------------------------------------- */

#define SYNCPROV_LDIF                                                                              \
    "dn: cn=module{0},cn=config\nchangetype: modify\nadd: olcModuleLoad\n"                         \
    "olcModuleLoad: syncprov\n\n"                                                                  \
    "dn: olcOverlay=syncprov," DATABASE "\nchangetype: add\n"                                      \
    "objectClass: olcOverlayConfig\nobjectClass: olcSyncProvConfig\nolcOverlay: syncprov\n"        \
    "olcSpCheckpoint: 100 10\nolcSpSessionlog: 10000"

static char *
mend_limits(struct directory_connection *c)
{
    g_autofree char *who = examine_whoami(c, NULL);
    g_autofree char *ldif = g_strdup_printf(
        "dn: " DATABASE "\nchangetype: modify\nadd: olcLimits\n"
        "olcLimits: dn.exact=\"%s\" size.soft=unlimited size.hard=unlimited size.prtotal=unlimited",
        who != NULL && g_str_has_prefix(who, "dn:") ? who + 3 : "OUR DN");

    return doctor_ldapmodify(ldif);
}

/* Of content synchronization look_at_sync() tells, which tries it. */
static void
look_at_controls(struct doctor *d, struct directory_connection *c)
{
    g_autoptr(GError) error = NULL;
    const struct capability *known = directory_connection_capability(c, &error);
    struct capability can = known != NULL ? *known : (struct capability){0};
    g_autoptr(GString) lacks = g_string_new(NULL);

    if (known == NULL) {
        doctor_say(d, DOCTOR_UNKNOWN, "controls", "what the server can do: %s", error->message);
        return;
    }
    can.sync = true;
#define ADD_LACKING(member, oid, what)                                                             \
    if (!can.member)                                                                              \
        g_string_append_printf(lacks, "%s%s", lacks->len > 0 ? ", " : "", what);
    CAPABILITY_LIST(ADD_LACKING)
#undef ADD_LACKING
    if (lacks->len == 0)
        doctor_say(d, DOCTOR_OK, "controls", "all controls we use are offered");
    else if (can.assertion)
        doctor_say(d, DOCTOR_WARNING, "controls", "the server lacks %s", lacks->str);
    else
        doctor_say(d, DOCTOR_WARNING, "controls",
                   "the server lacks %s: a change that comes between our reading and writing may be "
                   "overwritten",
                   lacks->str);
}

static void
look_at_sync(struct doctor *d, struct directory_connection *c)
{
    g_autoptr(GError) error = NULL;
    guint n = 0;

    if (examine_sync(c, d->where->base, filter_vms, &n, &error)) {
        doctor_say(d, DOCTOR_OK, "syncprov", "content synchronization works, %u entries", n);
        return;
    }
    if (directory_error_class(error) == DIRECTORY_SIZE_LIMIT) {
        g_autofree char *mend = mend_limits(c);
        doctor_blame(d, DOCTOR_WARNING, EXIT_WELL, "syncprov", mend,
                     "content synchronization ends after %u entries: statesync daemon, watch and "
                     "wait look again and again instead (put your database in place of {1}mdb)",
                     n);
        return;
    }
    g_autofree char *mend = doctor_ldapmodify(SYNCPROV_LDIF);
    doctor_blame(d, DOCTOR_WARNING, EXIT_WELL, "syncprov", mend,
                 "no content synchronization (%s): statesync daemon, watch and wait look again "
                 "and again instead (put your database in place of {1}mdb)",
                 directory_error_class(error) == DIRECTORY_UNSUPPORTED ? "RFC 4533" : error->message);
}

/* False where it is not there: nothing of it can be tried. */
static bool
look_at_schema(struct doctor *d, struct directory_connection *c)
{
    g_autoptr(GError) error = NULL;

    if (capability_check_schema(c, &error))
        doctor_say(d, DOCTOR_OK, "schema", "the schema is that of statesync %s", PACKAGE_VERSION);
    else if (error->code == DIRECTORY_CODE_NO_SCHEMA)
        doctor_blame(d, DOCTOR_WRONG, EXIT_DIRECTORY, "schema",
                     "ldapadd -Q -Y EXTERNAL -H ldapi:/// -f " PKGDATADIR "/schema/statesync.ldif",
                     "%s", error->message);
    else
        doctor_say(d, DOCTOR_UNKNOWN, "schema", "whether our schema is there: %s", error->message);
    return error == NULL || error->code != DIRECTORY_CODE_NO_SCHEMA;
}

static void
look_at_log(struct doctor *d, struct directory_connection *c)
{
    g_autoptr(GError) error = NULL;
    const char *configured = d->config->directory.accesslog;
    g_auto(GStrv) there
        = configured != NULL ? examine_values(c, configured, "objectClass", &error) : NULL;
    g_autofree char *log = configured == NULL ? accesslog_find(c, d->where->base, &error)
                           : there != NULL    ? g_strdup(configured)
                                              : NULL;
    g_autofree char *who = examine_whoami(c, NULL);
    g_autofree char *mend = history_how_to(
        who != NULL && g_str_has_prefix(who, "dn:") ? who + 3 : NULL);

    if (log != NULL)
        doctor_say(d, DOCTOR_OK, "accesslog", "changes are logged below %s", log);
    else if (configured != NULL)
        doctor_blame(d, DOCTOR_WARNING, EXIT_WELL, "accesslog",
                     "statesync.conf: [directory] accesslog",
                     "the log of changes %s cannot be read (%s): statesync history has none",
                     configured, error->message);
    else
        doctor_blame(d, DOCTOR_NOTE, EXIT_WELL, "accesslog",
                     directory_error_class(error) == DIRECTORY_ABSENT ? mend : NULL,
                     "%s: statesync history has none%s", error->message,
                     directory_error_class(error) == DIRECTORY_ABSENT ? DATABASE_HINT : "");
}

/* --- what is in it ------------------------------------------------------------------------------ */

static void
blame_part(struct doctor *d, struct directory_connection *c, const char *what, const char *subtree,
           const GError *why)
{
    g_autofree char *limits = mend_limits(c);
    g_autofree char *uri = doctor_quote(directory_connection_uri(c));
    g_autofree char *base = doctor_quote(subtree);
    g_autofree char *look = g_strdup_printf("ldapsearch -H %s -b %s -s base", uri, base);
    bool limit = directory_error_class(why) == DIRECTORY_SIZE_LIMIT;

    doctor_blame(d, DOCTOR_WRONG, EXIT_DIRECTORY, "read", limit ? limits : look,
                 "%s cannot be read completely: %s%s", what, why->message,
                 limit ? DATABASE_HINT : "");
}

/* A home that the directory has no node for: that VM is never asked for. */
static void
look_at_homes(struct doctor *d, const GPtrArray *entries)
{
    g_autoptr(GHashTable) nodes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const struct vm_entry *first = NULL;
    guint n = 0;

    for (guint i = 0; i < entries->len; i++) {
        const struct entry *e = g_ptr_array_index(entries, i);
        if (e->type == ENTRY_NODE)
            g_hash_table_add(nodes, g_ascii_strdown(((const struct node_entry *)e)->name, -1));
    }
    for (guint i = 0; i < entries->len; i++) {
        const struct vm_entry *vm = g_ptr_array_index(entries, i);
        if (vm->base.type != ENTRY_VM || vm->home == NULL || vm->kind == KIND_PROFILE)
            continue;
        g_autofree char *home = g_ascii_strdown(vm->home, -1);
        if (g_hash_table_contains(nodes, home))
            continue;
        first = first != NULL ? first : vm;
        n++;
    }
    if (n > 0)
        doctor_blame(d, DOCTOR_WARNING, EXIT_WELL, "homes", NULL,
                     "%u VMs and templates belong to nodes that the directory does not have, the "
                     "first is %s on %s: their statuses turn stale",
                     n, first->name != NULL ? first->name : first->base.dn, first->home);
}

static void
count(struct doctor *d, const struct directory_snapshot *s)
{
    guint vms = 0, nodes = 0;

    for (guint i = 0; i < s->entries->len; i++) {
        const struct entry *e = g_ptr_array_index(s->entries, i);
        vms += e->type == ENTRY_VM && ((const struct vm_entry *)e)->kind != KIND_PROFILE;
        nodes += e->type == ENTRY_NODE;
    }
    doctor_say(d, vms > 0 && nodes > 0 ? DOCTOR_OK : DOCTOR_WARNING, "read",
               "%u VMs and templates, %u nodes", vms, nodes);
    if (s->n_malformed > 0)
        doctor_say(d, DOCTOR_WARNING, "malformed", "%u entries cannot be used, the first is %s",
                   s->n_malformed, s->first_malformed);
}

static void
look_inside(struct doctor *d, struct directory_connection *c)
{
    g_autoptr(GError) error = NULL;
    CLEANUP(directory_snapshot_free)
    struct directory_snapshot *s = directory_read(c, d->where, NULL, NULL, &error);

    if (s == NULL) {
        blame_part(d, c, "the base", d->where->base, error);
        return;
    }
    if (!s->vms.complete)
        blame_part(d, c, "the subtree of VMs", d->config->directory.vm_base, s->vms.why);
    if (!s->nodes.complete)
        blame_part(d, c, "the subtree of nodes", d->config->directory.node_base, s->nodes.why);
    count(d, s);
    look_at_homes(d, s->entries);
    if (d->entries == NULL)
        d->entries = g_ptr_array_ref(s->entries);
}

/* The first VM and the first node, to try our rights on. */
static const char *
first_of(const GPtrArray *entries, bool node)
{
    for (guint i = 0; entries != NULL && i < entries->len; i++) {
        const struct entry *e = g_ptr_array_index(entries, i);
        if (node ? e->type == ENTRY_NODE
                 : e->type == ENTRY_VM && ((const struct vm_entry *)e)->kind != KIND_PROFILE)
            return e->dn;
    }
    return NULL;
}

/* --- all servers ---------------------------------------------------------------------------------- */

/* False: it cannot be used. */
static bool
look_at_server(struct doctor *d, const char *uri)
{
    g_autoptr(GError) error = NULL;
    gint64 begun = g_get_monotonic_time();
    CLEANUP(directory_connection_close)
    struct directory_connection *c = directory_connection_open_uri(d->where, uri, &error);

    doctor_turn_to(d, "directory", uri);
    if (c == NULL) {
        blame_connection(d, uri, error);
        return false;
    }
    doctor_say(d, DOCTOR_OK, "connection", "answers, and lets us in after %.1f ms",
               (double)(g_get_monotonic_time() - begun) / 1000);
    look_at_tls(d, c);
    look_at_identity(d, c);
    look_at_controls(d, c);
    bool schema = look_at_schema(d, c);
    look_inside(d, c);
    look_at_sync(d, c);
    if (schema)
        doctor_rights(d, c, first_of(d->entries, false), first_of(d->entries, true));
    look_at_log(d, c);
    return true;
}

void
doctor_directories(struct doctor *d)
{
    bool usable = false;

    for (char **uri = d->where->uris; uri != NULL && *uri != NULL; uri++)
        usable = look_at_server(d, *uri) || usable;
    if (!usable)
        d->codes |= EXIT_BIT(EXIT_DIRECTORY);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * floor-modify URI BIND-DN PASSWORD-FILE BASE WINDOW <LDIF: how fast the server takes just these
 * modifies.
 *
 * The LDIF is what `statesync sync --dry-run' prints, so that the floor carries the same bytes as
 * the program does.  Everything is prepared before the clock starts: the entryCSN of every entry
 * is read, the modifies are made.  Then one modify each, with an assertion on that entryCSN and a
 * post-read of the new one, WINDOW in flight on one connection.  Prints
 *
 *   n=10000 failed=0 ms=912.345 rate=10961 cpu_ms=180.000
 */
#include "config.h"

#include "directory/control.h"
#include "directory/filter.h"

#include <glib.h>
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct modify {
    char *dn;
    char *assertion;
    GPtrArray *mods; /* of LDAPMod *, NULL at the end; never freed: the program ends soon */
};

static G_GNUC_NORETURN void
die(const char *what, const char *why)
{
    fprintf(stderr, "floor-modify: %s: %s\n", what, why);
    exit(1);
}

static double
cpu_ms(void)
{
    struct rusage r;

    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e3 +
           (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e3;
}

static LDAP *
connect_to(char **argv)
{
    g_autofree char *password = NULL;
    int version = LDAP_VERSION3;
    LDAP *ld = NULL;

    if (!g_file_get_contents(argv[3], &password, NULL, NULL))
        die(argv[3], "cannot be read");
    g_strchomp(password);
    struct berval secret = {strlen(password), password};
    int rc = ldap_initialize(&ld, argv[1]);
    if (rc == LDAP_SUCCESS) {
        ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
        rc = ldap_sasl_bind_s(ld, argv[2], LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL);
    }
    if (rc != LDAP_SUCCESS)
        die("bind", ldap_err2string(rc));
    return ld;
}

/* "name: value" or "name:: base64"; the value is the caller's. */
static char *
split(char *line, const char **name)
{
    char *colon = strchr(line, ':');
    gsize len;

    if (colon == NULL)
        die("not LDIF", line);
    *colon++ = '\0';
    *name = line;
    if (*colon == ':') {
        char *bytes = (char *)g_base64_decode(g_strchug(colon + 1), &len);
        bytes = g_realloc(bytes, len + 1);
        bytes[len] = '\0';
        return bytes;
    }
    return g_strdup(g_strchug(colon));
}

static LDAPMod *
begin_mod(struct modify *m, int op, char *attribute)
{
    LDAPMod *mod = g_new0(LDAPMod, 1);

    mod->mod_op = op;
    mod->mod_type = attribute;
    g_ptr_array_add(m->mods, mod);
    return mod;
}

static void
add_value(LDAPMod *mod, char *value)
{
    unsigned n = mod->mod_values == NULL ? 0 : g_strv_length(mod->mod_values);

    mod->mod_values = g_renew(char *, mod->mod_values, n + 2);
    mod->mod_values[n] = value;
    mod->mod_values[n + 1] = NULL;
}

static struct modify
parse(char *record)
{
    struct modify m = {.mods = g_ptr_array_new()};
    g_auto(GStrv) lines = g_strsplit(record, "\n", -1);
    LDAPMod *mod = NULL;

    for (char **line = lines; *line != NULL; line++) {
        const char *name;
        if (strcmp(*line, "-") == 0)
            mod = NULL;
        if (**line == '\0' || **line == '-' || g_str_has_prefix(*line, "changetype:"))
            continue;
        char *value = split(*line, &name);
        if (m.dn == NULL)
            m.dn = value;
        else if (mod != NULL)
            add_value(mod, value);
        else if (strcmp(name, "replace") == 0)
            mod = begin_mod(&m, LDAP_MOD_REPLACE, value);
        else if (strcmp(name, "add") == 0)
            mod = begin_mod(&m, LDAP_MOD_ADD, value);
        else
            mod = begin_mod(&m, LDAP_MOD_DELETE, value);
    }
    g_ptr_array_add(m.mods, NULL);
    return m;
}

/* Long lines were folded.  (g_string_replace() moves the rest of the text at every fold.) */
static void
unfold(GString *text)
{
    gsize len = 0;

    for (gsize i = 0; i < text->len; i++) {
        if (text->str[i] == '\n' && text->str[i + 1] == ' ')
            i++;
        else
            text->str[len++] = text->str[i];
    }
    g_string_truncate(text, len);
}

static GArray *
read_ldif(void)
{
    GArray *modifies = g_array_new(FALSE, FALSE, sizeof(struct modify));
    g_autoptr(GString) text = g_string_new(NULL);
    char buffer[65536];
    size_t n;

    while ((n = fread(buffer, 1, sizeof(buffer), stdin)) > 0)
        g_string_append_len(text, buffer, (gssize)n);
    unfold(text);
    g_auto(GStrv) records = g_strsplit(text->str, "\n\n", -1);
    for (char **r = records; *r != NULL; r++) {
        if (g_str_has_prefix(*r, "dn:")) {
            struct modify m = parse(*r);
            g_array_append_val(modifies, m);
        }
    }
    return modifies;
}

/* DN without case -> entryCSN, of everything below base. */
static GHashTable *
read_csns(LDAP *ld, const char *base)
{
    GHashTable *csns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    char name[] = "entryCSN";
    char *attributes[] = {name, NULL};
    LDAPMessage *all = NULL;
    int rc = ldap_search_ext_s(ld, base, LDAP_SCOPE_SUBTREE, "(objectClass=*)", attributes, 0,
                               NULL, NULL, NULL, 0, &all);

    if (rc != LDAP_SUCCESS)
        die("search", ldap_err2string(rc));
    for (LDAPMessage *e = ldap_first_entry(ld, all); e != NULL; e = ldap_next_entry(ld, e)) {
        struct berval **values = ldap_get_values_len(ld, e, name);
        char *dn = ldap_get_dn(ld, e);
        if (values != NULL && values[0] != NULL)
            g_hash_table_replace(csns, g_ascii_strdown(dn, -1), g_strdup(values[0]->bv_val));
        ldap_value_free_len(values);
        ldap_memfree(dn);
    }
    ldap_msgfree(all);
    return csns;
}

static void
send_one(LDAP *ld, const struct modify *m, LDAPControl *post_read)
{
    LDAPControl *controls[3] = {post_read, NULL, NULL};
    int id;

    if (ldap_create_assertion_control(ld, m->assertion, 1, &controls[1]) != LDAP_SUCCESS ||
        ldap_modify_ext(ld, m->dn, (LDAPMod **)m->mods->pdata, controls, NULL, &id) !=
            LDAP_SUCCESS)
        die(m->dn, "cannot be sent");
    ldap_control_free(controls[1]);
}

static bool
take_one(LDAP *ld)
{
    LDAPControl **controls = NULL;
    LDAPMessage *message = NULL;
    int code = LDAP_OTHER;

    if (ldap_result(ld, LDAP_RES_ANY, LDAP_MSG_ONE, NULL, &message) != LDAP_RES_MODIFY ||
        ldap_parse_result(ld, message, &code, NULL, NULL, NULL, &controls, 1) != LDAP_SUCCESS)
        die("modify", "no result");
    g_autofree char *csn = control_post_read_value(controls, "entryCSN");
    ldap_controls_free(controls);
    return code == LDAP_SUCCESS && csn != NULL;
}

static void
run(LDAP *ld, const GArray *modifies, guint window)
{
    LDAPControl *post_read = control_post_read("entryCSN");
    double used = cpu_ms();
    gint64 start = g_get_monotonic_time();
    guint sent = 0;
    guint n_failed = 0;

    for (guint taken = 0; taken < modifies->len; taken++) {
        for (; sent < modifies->len && sent < taken + window; sent++)
            send_one(ld, &g_array_index(modifies, struct modify, sent), post_read);
        n_failed += !take_one(ld);
    }
    double ms = (double)(g_get_monotonic_time() - start) / 1e3;
    printf("n=%u failed=%u ms=%.3f rate=%.0f cpu_ms=%.3f\n", modifies->len, n_failed, ms,
           ms > 0 ? modifies->len * 1e3 / ms : 0, cpu_ms() - used);
    ldap_control_free(post_read);
}

int
main(int argc, char **argv)
{
    if (argc != 6 || atoi(argv[5]) < 1) {
        fputs("usage: floor-modify URI BIND-DN PASSWORD-FILE BASE WINDOW <LDIF\n", stderr);
        return 2;
    }
    LDAP *ld = connect_to(argv);
    GArray *modifies = read_ldif();
    g_autoptr(GHashTable) csns = read_csns(ld, argv[4]);

    for (guint i = 0; i < modifies->len; i++) {
        struct modify *m = &g_array_index(modifies, struct modify, i);
        g_autofree char *key = g_ascii_strdown(m->dn, -1);
        const char *csn = g_hash_table_lookup(csns, key);
        if (csn == NULL)
            die(m->dn, "not found");
        m->assertion = filter_equal("entryCSN", csn);
    }
    run(ld, modifies, (guint)atoi(argv[5]));
    ldap_unbind_ext(ld, NULL, NULL);
    return 0;
}

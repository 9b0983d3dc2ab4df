/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory of the random sequences: libldap alone, as the stoney tools write it. */
#include "config.h"

#include "harness.h"
#include "integration/directory_server.h"
#include "seq.h"

#include <ldap.h>
#include <string.h>

#define SITE     "ou=virtualization,ou=services,dc=stoney-cloud,dc=org"
#define IDENTITY "cn=statesync,ou=administration,dc=stoney-cloud,dc=org"
#define GOLD     "aaaaaaaa-0000-4000-8000-00000000000f"

const char template_dn[] = "sstVirtualMachine=" GOLD ",ou=virtual machines," SITE;

static struct server *server;
static LDAP *ld;

static void
must(int code, const char *what, const char *dn)
{
    char *text = NULL;

    if (code == LDAP_SUCCESS)
        return;
    ldap_get_option(ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
    broken("%s %s: %s: %s", what, dn, ldap_err2string(code), text != NULL ? text : "");
}

static char *
site_ldif(void)
{
    char *path = g_build_filename(harness_tmpdir(), "site.ldif", NULL);
    g_autoptr(GString) t = g_string_new("dn: dc=stoney-cloud,dc=org\nobjectClass: organization\n"
                                        "objectClass: dcObject\no: x\ndc: stoney-cloud\n\n");
    const char *ous[] = {"ou=administration,dc=stoney-cloud,dc=org",
                         "ou=services,dc=stoney-cloud,dc=org", SITE, "ou=nodes," SITE,
                         "ou=virtual machines," SITE};

    for (size_t i = 0; i < G_N_ELEMENTS(ous); i++)
        g_string_append_printf(t, "dn: %s\nobjectClass: organizationalUnit\n\n", ous[i]);
    g_string_append(t, "dn: " IDENTITY "\nobjectClass: organizationalRole\ncn: statesync\n\n");
    for (int n = 0; n < NODES; n++)
        g_string_append_printf(t,
                               "dn: sstNode=%s,ou=nodes," SITE
                               "\nobjectClass: sstVirtualizationNode\n"
                               "objectClass: sstRelationship\nsstNode: %s\n"
                               "sstBelongsToResellerUID: 4000000\n\n",
                               lab_node_name(n), lab_node_name(n));
    assert_true(g_file_set_contents(path, t->str, -1, NULL));
    return path;
}

static void
write_conf(void)
{
    g_autoptr(GString) t = g_string_new(NULL);

    g_string_append_printf(
        t,
        "[directory]\nuri = \"%s\"\nbase = \"" SITE "\"\nbind = external\n"
        "[nodes]\ndeadline = 20\nlook_deadline = 10\n[sync]\nstate_file = \"%s\"\n"
        "[limits]\nmiss_limit = 1\nabsence_hold = 0\nbirth_grace = 0\n"
        "start_limit = 86400\nstop_limit = 86400\nmarker_limit = 86400\n"
        "memory_gap = 86400\n"
        "budget_min = 1000\nbudget_node_min = 1000\n",
        server->ldapi, lab.state_file);
    for (int n = 0; n < NODES; n++) {
        g_autofree char *uri = lab_uri(n, n == 0 ? "QEMU_URI_UNIX" : "QEMU_URI_TLS");

        g_string_append_printf(t, "[node %s]\nuri = \"%s\"\n", lab_node_name(n), uri);
    }
    assert_true(g_file_set_contents(lab.conf, t->str, -1, NULL));
}

void
ldap_up(void)
{
    g_autofree char *ldif = site_ldif();
    g_autofree char *acl = harness_src_path("etc/slapd-access.conf");
    g_autofree char *load = g_strconcat("ldif=", ldif, NULL);
    g_autofree char *rules = g_strconcat("acl=", acl, NULL);
    const char *options[] = {load, rules, "external=" IDENTITY, "tls=no", "tcp=no", NULL};
    g_autofree char *password = NULL;
    int version = LDAP_VERSION3;

    server = server_start(options);
    assert_int_equal(ldap_initialize(&ld, server->ldapi), LDAP_SUCCESS);
    ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
    assert_true(g_file_get_contents(server->root_password_file, &password, NULL, NULL));
    struct berval secret = {.bv_len = strlen(password), .bv_val = password};
    must(ldap_sasl_bind_s(ld, server->root_dn, LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL), "bind",
         server->root_dn);
    write_conf();
}

/* "name: value" lines as an entry, every attribute once; its object classes beside them. */
static void
add_entry(const char *dn, const char *text)
{
    char *classes[] = {(char[]){"top"}, (char[]){"sstVirtualizationVirtualMachine"},
                       (char[]){"sstRelationship"}, NULL};
    LDAPMod first = {.mod_type = (char[]){"objectClass"}, .mod_values = classes};
    LDAPMod mods[32];
    LDAPMod *list[33];
    char *values[32][2] = {{NULL}};
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint n = 1;

    list[0] = &first;
    for (char **line = lines; **line != '\0'; line++, n++) {
        char *value = strstr(*line, ": ");

        g_assert(n < G_N_ELEMENTS(mods));
        *value = '\0';
        values[n][0] = value + 2;
        mods[n] = (LDAPMod){.mod_type = *line, .mod_values = values[n]};
        list[n] = &mods[n];
    }
    list[n] = NULL;
    must(ldap_add_ext_s(ld, dn, list, NULL, NULL), "add", dn);
}

static void
add_vm(const char *dn, const char *uuid, const char *type, int home)
{
    g_autofree char *text = g_strdup_printf(
        "sstVirtualMachine: %s\nsstDisplayName: %s\n"
        "sstVirtualMachineType: %s\nsstVirtualMachineSubType: Server\nsstVirtualMachinePool: pool\n"
        "sstNode: %s\nsstStatus: shutdown\nsstMemory: 8388608\nsstVCPU: 1\nsstType: kvm\n"
        "sstOSType: hvm\nsstOSArchitecture: x86_64\nsstOSMachine: pc\nsstOSBootDevice: hd\n"
        "sstClockOffset: utc\nsstOnPowerOff: destroy\nsstOnReboot: restart\nsstOnCrash: destroy\n"
        "sstBelongsToResellerUID: 4000000\nsstBelongsToCustomerUID: 4000001\n%s",
        uuid, uuid, type, lab_node_name(home),
        strcmp(type, "template") == 0 ? "sstVirtualMachineMode: ready for use\n" : "");

    add_entry(dn, text);
}

void
ldap_renew(void)
{
    for (int i = 0; i <= GUESTS; i++) {
        const char *dn = i == GUESTS ? template_dn : lab.guest[i].dn;
        int code = ldap_delete_ext_s(ld, dn, NULL, NULL);

        if (code != LDAP_NO_SUCH_OBJECT)
            must(code, "delete", dn);
        if (i == GUESTS)
            add_vm(dn, GOLD, "template", 0);
        else
            add_vm(dn, lab.guest[i].uuid, lab.guest[i].fleeting ? "dynamic" : "persistent",
                   lab.guest[i].home);
    }
}

static void
modify(const char *dn, int op, const char *attribute, const char *value)
{
    char *values[] = {(char *)(uintptr_t)value, NULL};
    LDAPMod m = {.mod_op = op,
                 .mod_type = (char *)(uintptr_t)attribute,
                 .mod_values = value != NULL ? values : NULL};
    LDAPMod *mods[] = {&m, NULL};

    must(ldap_modify_ext_s(ld, dn, mods, NULL, NULL), "modify", dn);
}

void
ldap_put(const char *dn, const char *attribute, const char *value)
{
    modify(dn, LDAP_MOD_REPLACE, attribute, value);
}

void
ldap_list(const struct guest *g, bool listed)
{
    modify(template_dn, listed ? LDAP_MOD_ADD : LDAP_MOD_DELETE,
           "sstThinProvisioningVirtualMachine", g->uuid);
}

static char *
joined_values(LDAPMessage *entry, const char *attribute)
{
    struct berval **values = ldap_get_values_len(ld, entry, attribute);
    GString *text = g_string_new(NULL);

    for (int i = 0; values != NULL && values[i] != NULL; i++) {
        g_string_append(text, i > 0 ? "\n" : "");
        g_string_append_len(text, values[i]->bv_val, (gssize)values[i]->bv_len);
    }
    ldap_value_free_len(values);
    return g_string_free(text, FALSE);
}

GHashTable *
ldap_written(const char *dn)
{
    GHashTable *found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    LDAPMessage *result = NULL;
    BerElement *ber = NULL;

    must(ldap_search_ext_s(ld, dn, LDAP_SCOPE_BASE, NULL, NULL, 0, NULL, NULL, NULL, 0, &result),
         "search", dn);
    LDAPMessage *entry = ldap_first_entry(ld, result);
    for (char *a = ldap_first_attribute(ld, entry, &ber); a != NULL;
         a = ldap_next_attribute(ld, entry, ber)) {
        g_hash_table_replace(found, g_ascii_strdown(a, -1), joined_values(entry, a));
        ldap_memfree(a);
    }
    ber_free(ber, 0);
    ldap_msgfree(result);
    return found;
}

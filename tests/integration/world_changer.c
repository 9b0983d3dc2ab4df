/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "harness.h"

#include "integration/world_changer.h"

#include <string.h>

struct changer *
changer_new(const struct server *s, guint32 seed)
{
    struct changer *c = g_new0(struct changer, 1);

    c->random = g_rand_new_with_seed(seed);
    c->next_vm = 0x100000;
    changer_connect(c, s);
    return c;
}

void
changer_hang_up(struct changer *c)
{
    g_clear_pointer(&c->connection, directory_connection_close);
}

void
changer_connect(struct changer *c, const struct server *s)
{
    changer_hang_up(c);
    c->server = s;
    c->connection = server_connect(s);
}

void
changer_free(struct changer *c)
{
    changer_hang_up(c);
    g_rand_free(c->random);
    g_free(c);
}

static LDAP *
handle(struct changer *c)
{
    return directory_connection_handle(c->connection);
}

static int
count(struct changer *c, int rc)
{
    if (rc == LDAP_SUCCESS)
        c->n_done++;
    else
        c->n_failed++;
    if (rc == LDAP_SERVER_DOWN || rc == LDAP_TIMEOUT)
        changer_hang_up(c);
    return rc;
}

int
changer_set(struct changer *c, const char *dn, const char *attribute, const char *value)
{
    char *values[] = {(char *)(uintptr_t)value, NULL};
    LDAPMod mod = {.mod_op = LDAP_MOD_REPLACE,
                   .mod_type = (char *)(uintptr_t)attribute,
                   .mod_values = value ? values : NULL};
    LDAPMod *mods[] = {&mod, NULL};

    return count(c, ldap_modify_ext_s(handle(c), dn, mods, NULL, NULL));
}

/* attributes: name, value, name, value ... NULL */
static int
add(struct changer *c, const char *dn, const char *const *attributes)
{
    g_autoptr(GPtrArray) mods = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) lists = g_ptr_array_new_with_free_func(g_free);

    for (; *attributes; attributes += 2) {
        LDAPMod *mod = g_new0(LDAPMod, 1);
        char **values = g_new0(char *, 2);

        values[0] = (char *)(uintptr_t)attributes[1];
        *mod = (LDAPMod){.mod_op = LDAP_MOD_ADD,
                         .mod_type = (char *)(uintptr_t)attributes[0],
                         .mod_values = values};
        g_ptr_array_add(mods, mod);
        g_ptr_array_add(lists, values);
    }
    g_ptr_array_add(mods, NULL);
    return count(c, ldap_add_ext_s(handle(c), dn, (LDAPMod **)mods->pdata, NULL, NULL));
}

int
changer_add_vm(struct changer *c, int number)
{
    g_autofree char *dn = server_vm_dn(number);
    g_autofree char *uuid = g_strdup_printf("%08x-0000-4000-8000-000000000000", (unsigned)number);
    const char *attributes[] = {"objectClass", "sstVirtualizationVirtualMachine",
                                "sstVirtualMachine", uuid,
                                "sstVirtualMachineType", "persistent",
                                "sstDisplayName", "new",
                                "sstNode", "vm-node-01.example.org",
                                "sstStatus", "running",
                                "sstVirtualMachinePool", "pool",
                                "sstClockOffset", "utc",
                                "sstMemory", "1073741824",
                                "sstOnCrash", "destroy",
                                "sstOnPowerOff", "destroy",
                                "sstOnReboot", "restart",
                                "sstOSArchitecture", "x86_64",
                                "sstOSBootDevice", "hd",
                                "sstOSMachine", "pc",
                                "sstOSType", "hvm",
                                "sstType", "kvm",
                                "sstVCPU", "1",
                                NULL};

    return add(c, dn, attributes);
}

int
changer_delete(struct changer *c, const char *dn)
{
    return count(c, ldap_delete_ext_s(handle(c), dn, NULL, NULL));
}

int
changer_rename(struct changer *c, const char *dn, const char *rdn)
{
    return count(c, ldap_rename_s(handle(c), dn, rdn, NULL, 1, NULL, NULL));
}

/* Makes a unit a backup: two values of objectClass. */
static int
make_backup(struct changer *c, const char *dn)
{
    char class_name[] = "objectClass";
    char *classes[] = {(char[]){"sstProvisioning"}, NULL};
    char *zero[] = {(char[]){"0"}, NULL};
    char *mode[] = {(char[]){"retaining"}, NULL};
    char *time[] = {(char[]){"snapshot: 0"}, NULL};
    LDAPMod mods[] = {
        {.mod_op = LDAP_MOD_ADD, .mod_type = class_name, .mod_values = classes},
        {.mod_op = LDAP_MOD_ADD, .mod_type = (char[]){"sstProvisioningExecutionDate"},
         .mod_values = zero},
        {.mod_op = LDAP_MOD_ADD, .mod_type = (char[]){"sstProvisioningMode"}, .mod_values = mode},
        {.mod_op = LDAP_MOD_ADD, .mod_type = (char[]){"sstProvisioningState"}, .mod_values = zero},
        {.mod_op = LDAP_MOD_ADD, .mod_type = (char[]){"sstProvisioningReturnValue"},
         .mod_values = zero},
        {.mod_op = LDAP_MOD_ADD, .mod_type = (char[]){"sstProvisioningExecutionTime"},
         .mod_values = time},
    };
    LDAPMod *list[] = {&mods[0], &mods[1], &mods[2], &mods[3], &mods[4], &mods[5], NULL};

    return count(c, ldap_modify_ext_s(handle(c), dn, list, NULL, NULL));
}

int
changer_add_backup(struct changer *c, int number, const char *stamp)
{
    static const char *const unit[] = {"objectClass", "organizationalUnit", NULL};
    static const char *const backup[] = {"objectClass", "organizationalUnit", NULL};
    g_autofree char *vm = server_vm_dn(number);
    g_autofree char *above = g_strdup_printf("ou=backup,%s", vm);
    g_autofree char *dn = g_strdup_printf("ou=%s,%s", stamp, above);
    int rc = add(c, above, unit);

    if (rc && rc != LDAP_ALREADY_EXISTS)
        return rc;
    rc = add(c, dn, backup);
    return rc ? rc : make_backup(c, dn);
}

static void
stir_one(struct changer *c, int n_vms)
{
    int number = g_rand_int_range(c->random, 1, n_vms + 1);
    g_autofree char *dn = server_vm_dn(number);
    g_autofree char *text = g_strdup_printf("n%u", g_rand_int(c->random));
    g_autofree char *new_dn = NULL;

    switch (g_rand_int_range(c->random, 0, 10)) {
    case 0:
        changer_add_vm(c, c->next_vm++);
        break;
    case 1: /* one that was added */
        new_dn = server_vm_dn(g_rand_int_range(c->random, 0x100000, c->next_vm + 1));
        changer_delete(c, new_dn);
        break;
    case 2: {
        g_autofree char *rdn = g_strdup_printf("sstVirtualMachine=%08x-0000-4000-8000-000000000000",
                                               (unsigned)c->next_vm++);

        new_dn = server_vm_dn(g_rand_int_range(c->random, 0x100000, c->next_vm));
        changer_rename(c, new_dn, rdn);
        break;
    }
    case 3: {
        g_autofree char *stamp = g_strdup_printf("20260101T%06dZ",
                                                 g_rand_int_range(c->random, 0, 5));

        changer_add_backup(c, number, stamp);
        break;
    }
    case 4: { /* no backup any more, or one again: the filter decides */
        g_autofree char *stamp = g_strdup_printf("ou=20260101T%06dZ,ou=backup,%s",
                                                 g_rand_int_range(c->random, 0, 5), dn);

        if (changer_delete(c, stamp) == LDAP_SUCCESS)
            break;
        changer_set(c, dn, "sstVirtualMachineType", number % 2 ? "dynamic" : "persistent");
        break;
    }
    default:
        changer_set(c, dn, "sstDisplayName", text);
        break;
    }
}

void
changer_stir(struct changer *c, int n_vms, int n)
{
    for (int i = 0; i < n && c->connection; i++)
        stir_one(c, n_vms);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attribute values to entries: what is malformed, huge, binary or spelled in
 * another way than usual.
 */
#include "config.h"

#include "harness.h"

#include "engine/entry-data.h"

#include <glib.h>
#include <string.h>

#define U1 "3c1f1a52-0000-4000-8000-000000000001"
#define U2 "3c1f1a52-0000-4000-8000-000000000002"
#define DN1 "sstVirtualMachine=" U1 ",ou=vm,dc=x"

static void
put_bytes(struct entry_builder *b, const char *name, const char *value, size_t len)
{
    entry_builder_value(b, entry_builder_attribute(b, name, strlen(name)), value, len);
}

static void
put(struct entry_builder *b, const char *name, const char *value)
{
    put_bytes(b, name, value, strlen(value));
}

static void
begin_vm(struct entry_builder *b, const char *dn)
{
    entry_builder_begin(b, dn);
    put(b, "objectClass", "sstVirtualizationVirtualMachine");
}

/* A builder with a VM begun and everything it must have. */
static struct entry_builder *
sound_vm(void)
{
    struct entry_builder *b = entry_builder_new();

    begin_vm(b, DN1);
    put(b, "sstVirtualMachine", U1);
    put(b, "sstVirtualMachineType", "persistent");
    return b;
}

static struct vm_entry *
finish(struct entry_builder *b)
{
    struct entry *e = entry_builder_finish(b);

    assert_non_null(e);
    assert_int_equal(entry_type(e), ENTRY_VM);
    return (struct vm_entry *)e;
}

static void
test_sound(void **state)
{
    CLEANUP(entry_builder_free) struct entry_builder *b = sound_vm();

    (void)state;
    put(b, "SSTNODE", " node-a ");
    put(b, "sstStatus", "Running");
    put(b, "entrycsn", "20260101000000.000000Z#000000#000#000000");
    put(b, "sstUnknownAttribute", "x");
    put(b, "sstNode;lang-de", "node-b"); /* another attribute: options make it so */
    CLEANUP(entry_free) struct entry *e = &finish(b)->base;
    struct vm_entry *vm = (struct vm_entry *)e;
    assert_true(vm->valid);
    assert_string_equal(vm->home, "node-a");
    assert_int_equal(vm->intent, INTENT_RUN);
    assert_int_equal(vm->kind, KIND_PERSISTENT);
    assert_string_equal(entry_dn(e), DN1);
    assert_non_null(entry_csn(e));
    entry_set_csn(e, "later");
    assert_string_equal(entry_csn(e), "later");
    assert_null(vm->target);
    assert_false(vm->pub.known);
}

static const struct malformed {
    const char *name;
    const char *dn;
    const char *uuids[2];
    const char *type;
} malformed[] = {
    {"no UUID", DN1, {NULL, NULL}, "persistent"},
    {"two UUIDs", DN1, {U1, U2}, "persistent"},
    {"no UUID but text", DN1, {"web-1", NULL}, "persistent"},
    {"another RDN", "sstVirtualMachine=" U2 ",dc=x", {U1, NULL}, "persistent"},
    {"an RDN of another attribute", "cn=" U1 ",dc=x", {U1, NULL}, "persistent"},
    {"no type", DN1, {U1, NULL}, NULL},
    {"an unknown type", DN1, {U1, NULL}, "cluster"},
    {"an empty DN", "", {U1, NULL}, "persistent"},
};

static void
test_malformed(void **state)
{
    const struct malformed *row = *state;
    CLEANUP(entry_builder_free) struct entry_builder *b = entry_builder_new();

    begin_vm(b, row->dn);
    for (int i = 0; i < 2; i++) {
        if (row->uuids[i] != NULL)
            put(b, "sstVirtualMachine", row->uuids[i]);
    }
    if (row->type != NULL)
        put(b, "sstVirtualMachineType", row->type);
    CLEANUP(entry_free) struct entry *e = &finish(b)->base;
    assert_false(((struct vm_entry *)e)->valid);
    assert_non_null(((struct vm_entry *)e)->problem);
}

static void
test_bytes(void **state)
{
    CLEANUP(entry_builder_free) struct entry_builder *b = sound_vm();

    (void)state;
    put_bytes(b, "sstNode", "a\0b", 3);
    put_bytes(b, "sstDisplayName", "\xff\xfe", 2);
    put_bytes(b, "sstVirtualMachineMode", "", 0);
    CLEANUP(entry_free) struct entry *e = &finish(b)->base;
    struct vm_entry *vm = (struct vm_entry *)e;
    assert_true(vm->valid);
    assert_true(g_utf8_validate(vm->home, -1, NULL));
    assert_true(g_utf8_validate(vm->name, -1, NULL));
}

static void
test_huge(void **state)
{
    CLEANUP(entry_builder_free) struct entry_builder *b = sound_vm();
    g_autofree char *huge = g_strnfill(5 * 1024 * 1024, 'n');

    (void)state;
    put(b, "sstNode", huge);
    put(b, "sstVirtualMachineStatusStaleReason", huge);
    for (int i = 0; i < 120000; i++)
        put(b, "sstThinProvisioningVirtualMachine", U2);
    CLEANUP(entry_free) struct entry *e = &finish(b)->base;
    struct vm_entry *vm = (struct vm_entry *)e;
    assert_true(vm->valid);
    assert_true(strlen(vm->home) <= 1024);
    assert_int_equal(strlen(vm->pub.stale_reason), 64 * 1024); /* there is room for such names */
    assert_true(vm->thin->len <= 100000);
    assert_int_equal(g_strv_length(vm->thin_text), vm->thin->len);
}

static void
test_published(void **state)
{
    CLEANUP(entry_builder_free) struct entry_builder *b = sound_vm();

    (void)state;
    put(b, "objectClass", "SSTVIRTUALMACHINESTATUSOBJECT");
    put(b, "sstVirtualMachineStatusState", "running");
    put(b, "sstVirtualMachineStatusActive", "maybe");
    put(b, "sstVirtualMachineStatusProgress", "99999999999999999999");
    put(b, "sstVirtualMachineAllowedAction", "fly");
    put(b, "sstVirtualMachineRequestedSince", "yesterday");
    CLEANUP(entry_free) struct entry *e = &finish(b)->base;
    const struct published *p = &((struct vm_entry *)e)->pub;
    assert_true(p->has_class && p->known);
    assert_int_equal(p->state, STATE_RUNNING);
    assert_int_equal(p->active, -1);
    assert_int_equal(p->permille, -1);
    assert_true(p->odd_actions);
    assert_true(p->has_request_since);
    assert_int_equal(p->request_since, -1);
}

/* What was written makes the entry what a new read would show. */
static void
test_apply(void **state)
{
    CLEANUP(entry_builder_free) struct entry_builder *b = sound_vm();
    CLEANUP(change_free) struct change *c = change_new(DN1, NULL);

    (void)state;
    put(b, "sstThinProvisioningVirtualMachine", U1);
    put(b, "sstThinProvisioningVirtualMachine", U2);
    CLEANUP(entry_free) struct entry *e = &finish(b)->base;
    struct vm_entry *vm = (struct vm_entry *)e;
    change_mod_value(change_add_mod(c, CHANGE_ADD, "objectClass"), CLASS_VM_STATUS);
    change_replace(c, "sstVirtualMachineStatusState", "Frozen");
    change_mod_value(change_add_mod(c, CHANGE_DELETE, "sstThinProvisioningVirtualMachine"), U1);
    vm_entry_apply(vm, c);
    assert_true(vm->pub.has_class && vm->pub.known);
    assert_int_equal(vm->pub.state, STATE_FROZEN);
    assert_int_equal(vm->thin->len, 1);
    assert_string_equal(vm->thin_text[0], U2);
}

static void
test_other_entries(void **state)
{
    CLEANUP(entry_builder_free) struct entry_builder *b = entry_builder_new();

    (void)state;
    assert_null(entry_builder_finish(b));
    entry_builder_begin(b, "ou=people,dc=x");
    assert_null(entry_builder_finish(b));
    entry_builder_begin(b, "ou=20260101T020000Z,ou=backup," DN1);
    put(b, "objectClass", "sstProvisioning");
    put(b, "sstProvisioningMode", "snapshotting");
    put(b, "sstProvisioningReturnValue", "3");
    CLEANUP(entry_free) struct entry *backup = entry_builder_finish(b);
    assert_int_equal(entry_type(backup), ENTRY_BACKUP);
    assert_true(((struct backup_entry *)backup)->failed);
    assert_string_equal(((struct backup_entry *)backup)->stamp, "20260101T020000Z");
    entry_builder_begin(b, "sstNode=n,ou=nodes,dc=x");
    put(b, "objectClass", "sstVirtualizationNode");
    CLEANUP(entry_free) struct entry *node = entry_builder_finish(b);
    assert_int_equal(entry_type(node), ENTRY_NODE);
    assert_string_equal(((struct node_entry *)node)->name, "n");
}

/* What is not asked for, nobody gets; and nothing is asked for twice. */
static void
test_asked(void **state)
{
    const char *const *lists[] = {entry_vm_attributes(), entry_node_attributes()};

    (void)state;
    for (int l = 0; l < 2; l++) {
        assert_true(g_strv_contains(lists[l], "entryCSN"));
        assert_true(g_strv_contains(lists[l], "objectClass"));
        for (const char *const *a = lists[l]; *a != NULL; a++)
            assert_false(g_strv_contains(a + 1, *a));
    }
    assert_true(g_strv_contains(lists[0], "sstProvisioningMode"));
    assert_true(g_strv_contains(lists[1], "sstNodeStatusReachable"));
}

int
main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(test_sound),         cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_huge),          cmocka_unit_test(test_published),
        cmocka_unit_test(test_apply),         cmocka_unit_test(test_other_entries),
        cmocka_unit_test(test_asked),
    };
    struct CMUnitTest tests[G_N_ELEMENTS(plain) + G_N_ELEMENTS(malformed)];

    memcpy(tests, plain, sizeof(plain));
    for (size_t i = 0; i < G_N_ELEMENTS(malformed); i++)
        tests[G_N_ELEMENTS(plain) + i]
            = (struct CMUnitTest){.name = malformed[i].name,
                                  .test_func = test_malformed,
                                  .initial_state = (void *)(gintptr)&malformed[i]};
    return harness_run("engine entries", tests, G_N_ELEMENTS(tests), NULL, NULL);
}

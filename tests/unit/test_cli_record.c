/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recorded pass, played again, is the same pass: what OpenNebula's
 * front-ends answered is in it, numbers and all.
 */
#include "config.h"

#include "harness.h"

#include "cli/record.h"
#include "engine/case.h"
#include "engine/frontend.h"

#include <glib/gstdio.h>
#include <string.h>

#define UUID "0e5a1b00-0000-4000-8000-00000000000"
#define DN(n) "sstVirtualMachine=" UUID n ",ou=virtual machines,dc=x"

static void
put_vm(struct recording *r, const char *dn, const char *uuid)
{
    static const char *const values[][2] = {{"objectClass", "sstVirtualizationVirtualMachine"},
                                            {"sstVirtualMachineType", "persistent"},
                                            {"sstNode", "kvm-1"}};

    recording_value(r, dn, "sstVirtualMachine", uuid, strlen(uuid));
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
        recording_value(r, dn, values[i][0], values[i][1], strlen(values[i][1]));
}

static struct uuid
uuid_of(const char *text)
{
    struct uuid uuid = {{0}};

    assert_true(uuid_parse(text, strlen(text), &uuid));
    return uuid;
}

static struct frontend_answer *
lab(void)
{
    struct frontend_answer *a = frontend_answer_new("lab", RESULT_PARTIAL);

    a->text = g_strdup("ids 2000 to 3999 timed out");
    a->version = g_strdup("7.5.80");
    struct frontend_vm *vm = frontend_answer_add(a, 12);
    vm->name = g_strdup("web \xff");
    vm->state = 3;
    vm->lcm = 4;
    vm->has_link = true;
    vm->link = uuid_of(UUID "1");
    vm->has_os_uuid = true;
    vm->os_uuid = uuid_of(UUID "9");
    vm->host = g_strdup("kvm-2");
    vm->source = g_strdup("kvm-1");
    vm = frontend_answer_add(a, 13);
    vm->state = 3;
    vm->lcm = 18;
    vm->action = 20;
    vm->deploy_id = g_strdup(UUID "2");
    vm = frontend_answer_add(a, G_GINT64_CONSTANT(5000000000));
    vm->state = -7;
    vm->lcm = 123456;
    vm->has_os_uuid = true;
    vm->os_uuid = uuid_of(UUID "3");
    return a;
}

static char *
record(void)
{
    struct engine_options options = {.limits = LIMITS_DEFAULT};
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(GPtrArray) answers
        = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))frontend_answer_unref);
    struct engine_time now = {.mono = 1000, .wall = G_GINT64_CONSTANT(1767225600000)};
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "statesync-record-XXXXXX", NULL);
    char *text = NULL;
    int fd = g_mkstemp(path);

    assert_true(fd >= 0);
    options.limits.disagree = 7;
    CLEANUP(recording_free) struct recording *r = recording_new(&options, NULL);
    put_vm(r, DN("1"), UUID "1");
    put_vm(r, DN("2"), UUID "2");
    put_vm(r, DN("3"), UUID "3");
    g_ptr_array_add(answers, lab());
    g_ptr_array_add(answers, frontend_answer_new_error("west", ERROR_AUTH, "no such user"));
    recording_step(r, now, none, answers, true);
    recording_step(r, now, none, NULL, true);
    assert_true(recording_write(r, path, &error));
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    (void)g_close(fd, NULL);
    (void)g_unlink(path);
    return text;
}

static void
check(const struct case_step *step, void *data)
{
    static const struct {
        const char *dn;
        const char *status;
        int state;
        int lcm;
        const char *reason;
    } rows[] = {
        {DN("1"), "Running, migrating", 3, 4,
         "opennebula: lab: VM 12 ACTIVE/MIGRATE migr from kvm-1 to kvm-2"},
        {DN("2"), "Powering off", 3, 18,
         "opennebula: lab: VM 13 ACTIVE/SHUTDOWN_POWEROFF shut, without asking the guest"},
        {DN("3"), NULL, -7, 123456,
         "unseen: opennebula lab: VM 5000000000 unkn?-7, STATE -7 LCM_STATE 123456 is not known to "
         "this program"},
    };
    unsigned *steps = data;

    (*steps)++;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct verdict *v = NULL;
        struct verdict_pair pair;
        for (guint k = 0; k < step->output->verdicts->len; k++) {
            const struct verdict *one = &g_array_index(step->output->verdicts, struct verdict, k);
            if (one->change != NULL && strcmp(one->change->dn, rows[i].dn) == 0)
                v = one;
        }
        if (v == NULL) {
            assert_int_equal(step->number, 1); /* nothing is new in the second pass */
            continue;
        }
        g_autofree char *status = verdict_status(v);
        if (rows[i].status == NULL)
            assert_null(status);
        else
            assert_string_equal(status, rows[i].status);
        assert_true(verdict_pair(v, &pair));
        assert_int_equal(pair.state, rows[i].state);
        assert_int_equal(pair.lcm, rows[i].lcm);
        assert_string_equal(v->reason, rows[i].reason);
    }
    assert_int_equal(step->output->silent_frontends, 2);
}

static void
test_frontends(void **state)
{
    g_autofree char *text = record();
    g_autoptr(GError) error = NULL;
    unsigned steps = 0;

    (void)state;
    assert_non_null(strstr(text, "\"version\" : \"7.5.80\""));
    assert_non_null(strstr(text, "\"class\" : \"auth\""));
    assert_non_null(strstr(text, "\"disagree\" : 7"));
    CLEANUP(case_free) struct case_file *c = case_parse(text, strlen(text), &error);
    if (c == NULL)
        fail_msg("%s", error->message);
    case_run(c, check, &steps);
    assert_int_equal(steps, 2);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_frontends)};

    return harness_run("record", tests, G_N_ELEMENTS(tests), NULL, NULL);
}

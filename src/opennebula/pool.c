/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "opennebula/pool.h"

#include <string.h>

enum place {
    IN_LIST = 1, /* VM_POOL or HOOK_MESSAGE */
    IN_VM,
    IN_ID,
    IN_NAME,
    IN_STATE,
    IN_LCM,
    IN_DEPLOY_ID,
    IN_TEMPLATE,
    IN_OS,
    IN_OS_UUID,
    IN_USER_TEMPLATE,
    IN_LINK,
    IN_RECORDS,
    IN_HISTORY,
    IN_SEQ,
    IN_HOSTNAME,
    IN_ACTION,
    N_PLACES,
};

#define N_ROOTS 3 /* first rows of the table: each form keeps its own */
#define ROW_LINK 4

static const struct walk_rule table[] = {
    {WALK_TOP, "VM_POOL", IN_LIST},
    {WALK_TOP, "VM", IN_VM},
    {WALK_TOP, "HOOK_MESSAGE", IN_LIST},
    {IN_LIST, "VM", IN_VM},
    {IN_USER_TEMPLATE, NULL, IN_LINK}, /* ROW_LINK */
    {IN_VM, "ID", IN_ID},
    {IN_VM, "NAME", IN_NAME},
    {IN_VM, "STATE", IN_STATE},
    {IN_VM, "LCM_STATE", IN_LCM},
    {IN_VM, "DEPLOY_ID", IN_DEPLOY_ID},
    {IN_VM, "TEMPLATE", IN_TEMPLATE},
    {IN_TEMPLATE, "OS", IN_OS},
    {IN_OS, "UUID", IN_OS_UUID},
    {IN_VM, "USER_TEMPLATE", IN_USER_TEMPLATE},
    {IN_VM, "HISTORY_RECORDS", IN_RECORDS},
    {IN_RECORDS, "HISTORY", IN_HISTORY},
    {IN_HISTORY, "SEQ", IN_SEQ},
    {IN_HISTORY, "HOSTNAME", IN_HOSTNAME},
    {IN_HISTORY, "ACTION", IN_ACTION},
};

/* A history record. */
struct record {
    gint64 seq;
    gint64 action;
    char *host;
};

struct pool {
    struct pool_options options;
    struct frontend_answer *into;
    struct pool_seen seen;
    struct walk *walk;
    struct walk_rule rules[G_N_ELEMENTS(table)];
    char *link_attribute; /* as OpenNebula writes attributes: in upper case */
    char *bad;            /* seen.bad */

    GString *text; /* of the element now */
    bool too_long;
    unsigned has;  /* bits of enum place: first values are taken */
    struct frontend_vm vm;
    const char *wrong; /* with the VM now; static */
    struct record record, newest, before;
};

static void
record_clear(struct record *r)
{
    g_free(r->host);
    *r = (struct record){.seq = -1};
}

static void
vm_clear(struct pool *p)
{
    g_free(p->vm.name);
    g_free(p->vm.deploy_id);
    g_free(p->vm.host);
    g_free(p->vm.source);
    p->vm = (struct frontend_vm){.id = -1};
    p->has = 0;
    p->wrong = NULL;
    record_clear(&p->record);
    record_clear(&p->newest);
    record_clear(&p->before);
}

static void
on_begin(void *data, int state)
{
    struct pool *p = data;

    if (state == IN_VM)
        vm_clear(p);
    else if (state == IN_HISTORY)
        record_clear(&p->record);
    g_string_truncate(p->text, 0);
    p->too_long = false;
}

static bool
is_value(int state)
{
    switch ((enum place)state) {
    case IN_ID:
    case IN_NAME:
    case IN_STATE:
    case IN_LCM:
    case IN_DEPLOY_ID:
    case IN_OS_UUID:
    case IN_LINK:
    case IN_SEQ:
    case IN_HOSTNAME:
    case IN_ACTION:
        return true;
    case IN_LIST:
    case IN_VM:
    case IN_TEMPLATE:
    case IN_OS:
    case IN_USER_TEMPLATE:
    case IN_RECORDS:
    case IN_HISTORY:
    case N_PLACES:
        return false;
    }
    return false;
}

static void
on_text(void *data, int state, const char *text, size_t len)
{
    struct pool *p = data;

    if (!is_value(state))
        return;
    if (p->text->len + len > POOL_TEXT_MAX)
        p->too_long = true;
    else
        g_string_append_len(p->text, text, (gssize)len);
}

static void
take_number(struct pool *p, gint64 min, gint64 max, gint64 *to, const char *wrong)
{
    if (!g_ascii_string_to_signed(g_strstrip(p->text->str), 10, min, max, to, NULL))
        p->wrong = p->wrong != NULL ? p->wrong : wrong;
}

/* The smallest number stands for "none" elsewhere. */
static void
take_int(struct pool *p, int *to, const char *wrong)
{
    gint64 number = 0;

    take_number(p, -G_MAXINT, G_MAXINT, &number, wrong);
    *to = (int)number;
}

static bool
take_uuid(struct pool *p, struct uuid *to)
{
    const char *text = g_strstrip(p->text->str);

    return uuid_parse(text, strlen(text), to);
}

/* Nothing that a terminal obeys, ISO 6429's second set included? */
static bool
is_printable(const char *text)
{
    for (const guchar *c = (const guchar *)text; *c != '\0'; c++)
        if (*c < ' ' || *c == 0x7f || (*c == 0xc2 && c[1] < 0xa0))
            return false;
    return true;
}

/* What is published and printed: one line. */
static char *
copy(const struct pool *p)
{
    GString *out;

    if (p->text->len == 0)
        return NULL;
    if (is_printable(p->text->str))
        return g_strdup(p->text->str);
    out = g_string_sized_new(p->text->len);
    for (char *c = p->text->str; *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar u = g_utf8_get_char(c);

        g_string_append_unichar(out, g_unichar_iscntrl(u) ? ' ' : u);
    }
    return g_string_free(out, FALSE);
}

static void
take_value(struct pool *p, enum place place)
{
    switch (place) {
    case IN_ID:
        take_number(p, 0, G_MAXINT64, &p->vm.id, "its ID is not a number");
        break;
    case IN_NAME:
        p->vm.name = copy(p);
        break;
    case IN_STATE:
        take_int(p, &p->vm.state, "its STATE is not a number");
        break;
    case IN_LCM:
        take_int(p, &p->vm.lcm, "its LCM_STATE is not a number");
        break;
    case IN_DEPLOY_ID:
        p->vm.deploy_id = copy(p);
        break;
    case IN_OS_UUID:
        p->vm.has_os_uuid = take_uuid(p, &p->vm.os_uuid);
        break;
    case IN_LINK:
        p->vm.has_link = take_uuid(p, &p->vm.link);
        break;
    case IN_SEQ:
        take_number(p, 0, G_MAXINT64, &p->record.seq, "the SEQ of its history is not a number");
        break;
    case IN_HOSTNAME:
        g_free(p->record.host);
        p->record.host = copy(p);
        break;
    case IN_ACTION:
        take_number(p, G_MININT, G_MAXINT, &p->record.action,
                    "the ACTION of its history is not a number");
        break;
    case IN_LIST:
    case IN_VM:
    case IN_TEMPLATE:
    case IN_OS:
    case IN_USER_TEMPLATE:
    case IN_RECORDS:
    case IN_HISTORY:
    case N_PLACES:
        break;
    }
}

/* Does the VM's owner write it as he likes? */
static bool
is_owners(enum place place)
{
    return place == IN_NAME || place == IN_OS_UUID || place == IN_LINK;
}

static void
end_value(struct pool *p, enum place place)
{
    bool in_history = place == IN_SEQ || place == IN_HOSTNAME || place == IN_ACTION;

    if ((p->has & 1U << place) != 0)
        return;
    if (!in_history)
        p->has |= 1U << place;
    if (!p->too_long)
        take_value(p, place);
    else if (!is_owners(place))
        p->wrong = p->wrong != NULL ? p->wrong : "one of its values is too long";
    g_string_truncate(p->text, 0);
}

static void
move_record(struct record *to, struct record *from)
{
    g_free(to->host);
    *to = *from;
    *from = (struct record){.seq = -1};
}

static void
end_record(struct pool *p)
{
    if (p->record.seq > p->newest.seq) {
        move_record(&p->before, &p->newest);
        move_record(&p->newest, &p->record);
    } else if (p->record.seq > p->before.seq) {
        move_record(&p->before, &p->record);
    }
}

bool
pool_is_moving(int state, int lcm)
{
    /* MIGRATE, SAVE_MIGRATE, PROLOG_MIGRATE*, BOOT_MIGRATE, and where they fail */
    static const int moving[] = {4, 7, 8, 35, 37, 38, 43, 44, 45, 46, 60, 61};

    for (gsize i = 0; state == 3 && i < G_N_ELEMENTS(moving); i++)
        if (moving[i] == lcm)
            return true;
    return false;
}

static bool
has_uuid(const struct frontend_vm *vm)
{
    struct uuid ignored;

    return vm->has_link || vm->has_os_uuid
           || (vm->deploy_id != NULL
               && uuid_parse(vm->deploy_id, strlen(vm->deploy_id), &ignored));
}

static const char *
missing(const struct pool *p)
{
    if ((p->has & 1U << IN_ID) == 0)
        return "it has no ID";
    if ((p->has & 1U << IN_STATE) == 0)
        return "it has no STATE";
    return (p->has & 1U << IN_LCM) == 0 ? "it has no LCM_STATE" : NULL;
}

static void
count_bad(struct pool *p, const char *wrong)
{
    p->seen.n_bad++;
    if (p->bad == NULL)
        p->seen.bad = p->bad = p->vm.id >= 0
                                   ? g_strdup_printf("VM %" G_GINT64_FORMAT ": %s", p->vm.id, wrong)
                                   : g_strdup_printf("a VM: %s", wrong);
}

static void
append(struct pool *p)
{
    struct frontend_vm *vm = frontend_answer_add(p->into, p->vm.id);

    *vm = p->vm;
    vm->action = (int)p->newest.action;
    vm->host = g_steal_pointer(&p->newest.host);
    if (pool_is_moving(vm->state, vm->lcm))
        vm->source = g_steal_pointer(&p->before.host);
    p->vm = (struct frontend_vm){.id = -1}; /* its texts are the answer's now */
}

static void
end_vm(struct pool *p)
{
    const char *wrong = p->wrong != NULL ? p->wrong : missing(p);

    p->seen.n_vms++;
    if (p->vm.id >= 0) {
        if (p->vm.id < p->options.first
            || (p->options.last >= 0 && p->vm.id > p->options.last)) {
            walk_stop(p->walk, g_error_new(OPENNEBULA_ERROR, ERROR_RPC,
                                           "the answer has VM %" G_GINT64_FORMAT
                                           ", which was not asked for", p->vm.id));
            return;
        }
        if (p->seen.first_id < 0)
            p->seen.first_id = p->vm.id;
        p->seen.max_id = MAX(p->seen.max_id, p->vm.id);
    }
    if (wrong != NULL)
        count_bad(p, wrong);
    else if (p->options.linked && !has_uuid(&p->vm))
        p->seen.n_left_out++;
    else
        append(p);
    vm_clear(p);
}

static void
on_end(void *data, int state)
{
    struct pool *p = data;

    if (is_value(state))
        end_value(p, (enum place)state);
    else if (state == IN_HISTORY)
        end_record(p);
    else if (state == IN_VM)
        end_vm(p);
}

static const struct walk_calls calls = {.begin = on_begin, .text = on_text, .end = on_end};

struct pool *
pool_new(const struct pool_options *options, struct frontend_answer *into)
{
    static const char *const names[] = {"the pool", "the VM", "the event"};
    struct pool *p = g_new0(struct pool, 1);
    const char *attribute = options->link_attribute != NULL ? options->link_attribute : "";

    p->options = *options;
    p->into = into;
    p->seen.first_id = p->seen.max_id = -1;
    p->text = g_string_sized_new(POOL_TEXT_MAX);
    p->link_attribute = g_ascii_strup(attribute, -1);
    memcpy(p->rules, table, sizeof(table));
    p->rules[ROW_LINK].name = p->link_attribute;
    for (int i = 0; i < N_ROOTS; i++)
        if (i != (int)options->form)
            p->rules[i].name = "";
    p->walk = walk_new(names[options->form], p->rules, G_N_ELEMENTS(table), &calls, p);
    walk_is_utf8(p->walk);
    vm_clear(p);
    return p;
}

void
pool_free(struct pool *p)
{
    if (p == NULL)
        return;
    walk_free(p->walk);
    vm_clear(p);
    g_string_free(p->text, TRUE);
    g_free(p->link_attribute);
    g_free(p->bad);
    g_free(p);
}

bool
pool_push(struct pool *p, const char *bytes, size_t len, GError **error)
{
    return walk_push(p->walk, bytes, len, error);
}

bool
pool_end(struct pool *p, GError **error)
{
    return walk_end(p->walk, error);
}

bool
pool_is_spoiled(const struct pool *p)
{
    return walk_is_spoiled(p->walk);
}

const struct pool_seen *
pool_seen(const struct pool *p)
{
    return &p->seen;
}

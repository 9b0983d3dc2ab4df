/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From attribute values to entries.  Values are collected in one buffer that
 * is reused from entry to entry, then given to the setters attribute by
 * attribute.
 */
#include "config.h"

#include "engine/entry-data.h"
#include "engine/timestamp.h"

#include <string.h>

/* Longer values are cut.  What we write holds names that others wrote: these are cut so short that
 * our own values are not, else they would be written anew in every pass. */
#define VALUE_MAX (64 * 1024)
#define FOREIGN_VALUE_MAX 1024
#define VALUES_MAX 100000     /* per entry */
#define LANGUAGES_MAX 64      /* per entry, of both attributes together; more are not read */
#define IDS_MAX (ATTR_COUNT + LANGUAGES_MAX)

struct value_ref {
    int attribute;
    guint offset;
};

/* One of our attributes in a language; its id is ATTR_COUNT + its place in the list. */
struct in_language {
    enum attribute attribute;
    char tag[LANGUAGE_TAG_MAX + 1];
};

struct entry_builder {
    char *dn;
    GString *buffer;  /* NUL-terminated values, one after the other */
    GArray *values;   /* of struct value_ref, in order of arrival */
    const char **scratch; /* values of one attribute, n_scratch fit */
    guint n_scratch;
    guint firsts[IDS_MAX]; /* the place of the first one in values, where counts is not 0 */
    guint counts[IDS_MAX];
    GArray *languages; /* of struct in_language */
};

struct entry_builder *
entry_builder_new(void)
{
    struct entry_builder *b = g_new0(struct entry_builder, 1);

    b->buffer = g_string_sized_new(4096);
    b->values = g_array_new(FALSE, FALSE, sizeof(struct value_ref));
    b->languages = g_array_new(FALSE, FALSE, sizeof(struct in_language));
    return b;
}

void
entry_builder_free(struct entry_builder *b)
{
    if (b == NULL)
        return;
    g_free(b->dn);
    g_string_free(b->buffer, TRUE);
    g_array_unref(b->values);
    g_array_unref(b->languages);
    g_free(b->scratch);
    g_free(b);
}

void
entry_builder_begin(struct entry_builder *b, const char *dn)
{
    g_free(b->dn);
    b->dn = g_strdup(dn);
    g_string_truncate(b->buffer, 0);
    g_array_set_size(b->values, 0);
    g_array_set_size(b->languages, 0);
    memset(b->counts, 0, sizeof(b->counts));
}

int
entry_builder_attribute(struct entry_builder *b, const char *name, size_t len)
{
    int a = attribute_find(name, len);
    const char *tag;

    if (a >= 0 || memchr(name, ';', len) == NULL)
        return a;
    a = attribute_find_language(name, len, &tag);
    if (a < 0 || b->languages->len == LANGUAGES_MAX)
        return -1;
    struct in_language l = {.attribute = (enum attribute)a};
    memcpy(l.tag, tag, len - (size_t)(tag - name));
    g_array_append_val(b->languages, l);
    return ATTR_COUNT + (int)b->languages->len - 1;
}

#define EACH_BYTE(x) (~(guint64)0 / 255 * (x))

/* ASCII without NUL, as nearly all values are: eight bytes at a time. */
static bool
is_plain(const char *text, size_t len)
{
    for (; len >= sizeof(guint64); text += sizeof(guint64), len -= sizeof(guint64)) {
        guint64 word;
        memcpy(&word, text, sizeof(word));
        if (((word | (word - EACH_BYTE(1))) & EACH_BYTE(0x80)) != 0)
            return false;
    }
    for (; len > 0; text++, len--) {
        if ((signed char)*text <= 0)
            return false;
    }
    return true;
}

/* What is not UTF-8 is made so. */
static void
append_value(GString *buffer, const char *value, size_t len)
{
    if (is_plain(value, len) || g_utf8_validate_len(value, len, NULL)) {
        gsize at = buffer->len;
        g_string_set_size(buffer, at + len + 1);
        memcpy(buffer->str + at, value, len);
        buffer->str[at + len] = '\0';
        return;
    }
    g_autofree char *valid = g_utf8_make_valid(value, (gssize)len);
    g_string_append_len(buffer, valid, (gssize)strlen(valid) + 1);
}

void
entry_builder_value(struct entry_builder *b, int id, const char *value, size_t len)
{
    if (id < 0 || id >= IDS_MAX || b->values->len >= VALUES_MAX)
        return;
    if (len > FOREIGN_VALUE_MAX)
        len = MIN(len, id >= ATTR_COUNT || attribute_is_own((enum attribute)id)
                           ? VALUE_MAX
                           : FOREIGN_VALUE_MAX);
    struct value_ref ref = {.attribute = id, .offset = (guint)b->buffer->len};
    append_value(b->buffer, value, len);
    if (b->counts[id]++ == 0)
        b->firsts[id] = b->values->len;
    g_array_append_val(b->values, ref);
}

/* The values of one attribute; valid until the next call. */
static const char *const *
values_of(struct entry_builder *b, int a)
{
    guint n = 0;

    if (b->counts[a] > b->n_scratch) {
        b->n_scratch = b->counts[a];
        b->scratch = g_renew(const char *, b->scratch, b->n_scratch);
    }
    for (guint i = b->firsts[a]; n < b->counts[a]; i++) {
        const struct value_ref *ref = &g_array_index(b->values, struct value_ref, i);
        if (ref->attribute == a)
            b->scratch[n++] = b->buffer->str + ref->offset;
    }
    return b->scratch;
}

static const char *
first_of(struct entry_builder *b, enum attribute a)
{
    if (b->counts[a] == 0)
        return NULL;
    return b->buffer->str + g_array_index(b->values, struct value_ref, b->firsts[a]).offset;
}

static bool
has_class(struct entry_builder *b, const char *class)
{
    const char *const *classes = values_of(b, ATTR_OBJECT_CLASS);

    for (guint i = 0; i < b->counts[ATTR_OBJECT_CLASS]; i++) {
        if (same_word(classes[i], class))
            return true;
    }
    return false;
}

static void
base_init(struct entry_builder *b, struct entry *e, enum entry_type type)
{
    e->type = type;
    e->dn = g_steal_pointer(&b->dn);
    e->csn = g_strdup(first_of(b, ATTR_ENTRY_CSN));
}

/* UUID, RDN and type are as they must be? */
static void
check_vm(struct entry_builder *b, struct vm_entry *vm)
{
    g_autofree char *rdn = dn_rdn_value(vm->base.dn, "sstVirtualMachine");
    const char *text = first_of(b, ATTR_VIRTUAL_MACHINE);

    if (b->counts[ATTR_VIRTUAL_MACHINE] > 1)
        vm->problem = N_("several values of sstVirtualMachine");
    else if (text == NULL)
        vm->problem = N_("sstVirtualMachine is missing");
    else if (!uuid_parse(text, strlen(text), &vm->uuid))
        vm->problem = N_("sstVirtualMachine is not a UUID");
    else if (rdn == NULL || !same_word(rdn, text))
        vm->problem = N_("the RDN differs from sstVirtualMachine");
    else if (vm->kind == KIND_COUNT)
        vm->problem = N_("sstVirtualMachineType is missing or not a type we know");
    vm->valid = vm->problem == NULL;
    if (b->counts[ATTR_VIRTUAL_MACHINE] != 1 && text != NULL)
        (void)uuid_parse(text, strlen(text), &vm->uuid);
}

static struct entry *
finish_vm(struct entry_builder *b)
{
    struct vm_entry *vm = g_new0(struct vm_entry, 1);

    base_init(b, &vm->base, ENTRY_VM);
    vm->kind = KIND_COUNT;
    vm->pub.active = -1;
    vm->pub.permille = -1;
    vm->pub.one_state = ONE_ABSENT;
    vm->pub.one_lcm = ONE_ABSENT;
    vm->pub.since = -1;
    vm->pub.stale_since = -1;
    vm->pub.request_since = -1;
    for (int a = 0; a < ATTR_COUNT; a++) {
        if (b->counts[a] > 0)
            vm_entry_set(vm, (enum attribute)a, values_of(b, a), b->counts[a]);
    }
    for (guint i = 0; i < b->languages->len; i++) {
        const struct in_language *l = &g_array_index(b->languages, struct in_language, i);
        int id = ATTR_COUNT + (int)i;
        if (b->counts[id] > 0)
            vm_entry_set_language(vm, l->attribute, l->tag, values_of(b, id), b->counts[id]);
    }
    check_vm(b, vm);
    return &vm->base;
}

/* The sortable time of the last change: YYYYMMDDHHMMSS[.frac], out of a CSN or a time. */
static char *
sortable_time(const char *csn, const char *modified)
{
    const char *text = csn != NULL ? csn : modified;

    if (text == NULL)
        return NULL;
    size_t len = strcspn(text, "Z#");
    g_autofree char *time = g_strndup(text, len);
    char *fraction = strchr(time, '.');
    if (fraction != NULL && fraction[1 + strspn(fraction + 1, "0")] == '\0')
        *fraction = '\0';
    g_autofree char *checked = g_strconcat(time, "Z", NULL);
    return timestamp_parse(checked) < 0 ? NULL : g_steal_pointer(&time);
}

/* Zero in whatever spelling, or nothing at all. */
static bool
is_zero(const char *number)
{
    const char *p = number + strspn(number, " +-");

    return p[strspn(p, "0 ")] == '\0' && (*p != '\0' || p == number);
}

static struct entry *
finish_backup(struct entry_builder *b)
{
    struct backup_entry *e = g_new0(struct backup_entry, 1);

    base_init(b, &e->base, ENTRY_BACKUP);
    e->stamp = dn_rdn_value(e->base.dn, "ou");
    if (e->stamp == NULL)
        e->stamp = g_strdup(first_of(b, ATTR_OU) != NULL ? first_of(b, ATTR_OU) : "");
    ref_replace(&e->mode, first_of(b, ATTR_BACKUP_MODE));
    e->changed_text = sortable_time(e->base.csn, first_of(b, ATTR_MODIFY_TIMESTAMP));
    g_autofree char *changed
        = e->changed_text != NULL ? g_strconcat(e->changed_text, "Z", NULL) : NULL;
    e->changed = timestamp_parse(changed);
    const char *value = first_of(b, ATTR_BACKUP_RETURN);
    ref_replace(&e->return_value, value);
    e->failed = value != NULL && !is_zero(value);
    const char *date = first_of(b, ATTR_BACKUP_DATE);
    if (date != NULL && strlen(date) == 8 && strspn(date, "0123456789") == 8)
        e->day = (int)g_ascii_strtoll(date, NULL, 10);
    e->due = timestamp_parse(date);
    return &e->base;
}

/* The name of the node below which dn stands, or NULL. */
static char *
node_of_dn(const char *dn)
{
    for (; dn != NULL; dn = dn_parent(dn, 1)) {
        char *name = dn_rdn_value(dn, "sstNode");
        if (name != NULL)
            return name;
    }
    return NULL;
}

void
node_entry_set(struct node_entry *node, enum attribute a, const char *const *values, unsigned n)
{
    const char *first = n > 0 ? values[0] : NULL;

    switch ((int)a) {
    case ATTR_OBJECT_CLASS:
        for (unsigned i = 0; i < n; i++)
            node->has_class |= g_ascii_strcasecmp(values[i], CLASS_NODE_STATUS) == 0;
        break;
    case ATTR_NODE_REACHABLE:
        node->reachable = first == NULL ? -1 : g_ascii_strcasecmp(first, "TRUE") == 0;
        break;
    case ATTR_NODE_SINCE:
        node->has_since = first != NULL;
        break;
    case ATTR_NODE_REASON:
        ref_replace(&node->reason, first);
        break;
    case ATTR_NODE_HYPERVISOR:
        ref_replace(&node->hypervisor, first);
        break;
    case ATTR_NODE_DOMAINS:
        node->domains = first == NULL ? -1 : g_ascii_strtoll(first, NULL, 10);
        break;
    case ATTR_NODE_FOREIGN:
        g_strfreev(node->foreign);
        node->foreign = entry_copy_values(values, n);
        break;
    case ATTR_NODE_ALARM:
        g_strfreev(node->alarms);
        node->alarms = entry_copy_values(values, n);
        break;
    default:
        break;
    }
}

static struct entry *
finish_node(struct entry_builder *b)
{
    struct node_entry *e = g_new0(struct node_entry, 1);

    base_init(b, &e->base, ENTRY_NODE);
    e->reachable = -1;
    e->domains = -1;
    e->name = node_of_dn(e->base.dn);
    if (e->name == NULL)
        e->name = g_strdup(first_of(b, ATTR_NODE) != NULL ? first_of(b, ATTR_NODE) : "");
    for (int a = 0; a < ATTR_COUNT; a++) {
        if (b->counts[a] > 0)
            node_entry_set(e, (enum attribute)a, values_of(b, a), b->counts[a]);
    }
    return &e->base;
}

static struct entry *
finish_node_fact(struct entry_builder *b, enum entry_type type)
{
    struct node_fact *f = g_new0(struct node_fact, 1);

    base_init(b, &f->base, type);
    f->node = node_of_dn(f->base.dn);
    f->address = g_strdup(first_of(b, ATTR_IP_ADDRESS));
    f->state = g_strdup(first_of(b, ATTR_NODE_STATE));
    return &f->base;
}

struct entry *
entry_builder_finish(struct entry_builder *b)
{
    if (b->dn == NULL)
        return NULL;
    if (has_class(b, CLASS_VM))
        return finish_vm(b);
    if (has_class(b, CLASS_BACKUP))
        return b->counts[ATTR_BACKUP_MODE] > 0 ? finish_backup(b) : NULL;
    if (has_class(b, CLASS_NODE))
        return finish_node(b);
    if (has_class(b, CLASS_NODE_TYPE))
        return finish_node_fact(b, ENTRY_NODE_TYPE);
    if (has_class(b, CLASS_NETWORK_NODE)) {
        g_autofree char *ou = dn_rdn_value(b->dn, "ou");
        if (ou != NULL && g_ascii_strcasecmp(ou, "int") == 0)
            return finish_node_fact(b, ENTRY_ADDRESS);
    }
    return NULL;
}

static const char *vm_names[ATTR_COUNT + 1];
static const char *node_names[ATTR_COUNT + 1];

static void
fill_names(const char **names, const char *who)
{
    unsigned n = 0;

#define ATTRIBUTE_PICK(id, name, w)                                                                \
    if (strchr(who, w) != NULL)                                                                    \
        names[n++] = name;
    ATTRIBUTE_LIST(ATTRIBUTE_PICK)
#undef ATTRIBUTE_PICK
    names[n] = NULL;
}

const char *const *
entry_vm_attributes(void)
{
    static gsize ready;

    if (g_once_init_enter(&ready)) {
        fill_names(vm_names, "avbo");
        g_once_init_leave(&ready, 1);
    }
    return vm_names;
}

const char *const *
entry_node_attributes(void)
{
    static gsize ready;

    if (g_once_init_enter(&ready)) {
        fill_names(node_names, "anp");
        g_once_init_leave(&ready, 1);
    }
    return node_names;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/memory.h"

#include "engine/entry-data.h"

#include <string.h>

struct memory {
    GHashTable *records; /* struct uuid (inside the record) -> struct record */
    guint64 pass;
};

enum field_type { FIELD_number, FIELD_time, FIELD_text };

static const struct field {
    enum field_type type;
    size_t offset;
    gint64 empty;
    const char *key;
} fields[] = {
#define EMPTY_number(value) (value)
#define EMPTY_time(value) (value)
#define EMPTY_text(value) 0
#define FIELD_ROW(type, name, empty, key)                                                          \
    {FIELD_##type, offsetof(struct record, name), EMPTY_##type(empty), key},
    RECORD_FIELDS(FIELD_ROW)
#undef FIELD_ROW
};

static gint64 *
number_at(const struct record *r, const struct field *f)
{
    return (gint64 *)(void *)((char *)(gintptr)r + f->offset);
}

static char **
text_at(const struct record *r, const struct field *f)
{
    return (char **)(void *)((char *)(gintptr)r + f->offset);
}

static void
clear_backup(gpointer data)
{
    struct backup_seen *b = data;
    g_free(b->stamp);
    g_free(b->mode);
}

static void
clear_disk(gpointer data)
{
    struct disk_seen *d = data;
    g_free(d->name);
}

static struct record *
record_new(const struct uuid *uuid)
{
    struct record *r = g_new0(struct record, 1);

    r->uuid = *uuid;
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (fields[i].type != FIELD_text)
            *number_at(r, &fields[i]) = fields[i].empty;
    }
    return r;
}

void
record_free(struct record *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (fields[i].type == FIELD_text)
            ref_release(*text_at(r, &fields[i]));
    }
    ref_release(r->node_before);
    if (r->backups != NULL)
        g_array_unref(r->backups);
    if (r->disks != NULL)
        g_array_unref(r->disks);
    g_free(r);
}

static void
free_record(gpointer data)
{
    record_free(data);
}

struct memory *
memory_new(void)
{
    struct memory *m = g_new0(struct memory, 1);

    m->records = g_hash_table_new_full(uuid_hash, uuid_equal_key, NULL, free_record);
    return m;
}

void
memory_free(struct memory *m)
{
    if (m == NULL)
        return;
    g_hash_table_unref(m->records);
    g_free(m);
}

struct record *
memory_find(struct memory *m, const struct uuid *uuid)
{
    return g_hash_table_lookup(m->records, uuid);
}

void
memory_adopt(struct memory *m, struct record *r)
{
    g_hash_table_replace(m->records, &r->uuid, r);
}

struct record *
memory_get(struct memory *m, const struct uuid *uuid)
{
    struct record *r = memory_find(m, uuid);

    if (r == NULL) {
        r = record_new(uuid);
        memory_adopt(m, r);
    }
    return r;
}

void
memory_begin_pass(struct memory *m, guint64 pass)
{
    m->pass = pass;
}

void
memory_tidy(struct memory *m, struct record *r)
{
    if (record_is_empty(r) && r->noted_pass != m->pass)
        g_hash_table_remove(m->records, &r->uuid);
}

struct retain {
    bool (*keep)(const struct record *r, void *data);
    void *data;
};

static gboolean
not_kept(gpointer key, gpointer value, gpointer data)
{
    const struct retain *retain = data;

    (void)key;
    return !retain->keep(value, retain->data);
}

void
memory_retain(struct memory *m, bool (*keep)(const struct record *r, void *data), void *data)
{
    struct retain retain = {keep, data};

    g_hash_table_foreach_remove(m->records, not_kept, &retain);
}

unsigned
memory_count(const struct memory *m)
{
    return g_hash_table_size(m->records);
}

static gint
by_uuid(gconstpointer a, gconstpointer b)
{
    return uuid_compare(a, b);
}

void
memory_each(struct memory *m, void (*visit)(struct record *r, void *data), void *data)
{
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(m->records), by_uuid);

    for (GList *l = keys; l != NULL; l = l->next)
        visit(g_hash_table_lookup(m->records, l->data), data);
}

bool
record_is_empty(const struct record *r)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (fields[i].type == FIELD_text ? *text_at(r, &fields[i]) != NULL
                                         : *number_at(r, &fields[i]) != fields[i].empty)
            return false;
    }
    return (r->backups == NULL || r->backups->len == 0) && (r->disks == NULL || r->disks->len == 0);
}

void
record_shift(struct record *r, gint64 delta)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (fields[i].type == FIELD_time && *number_at(r, &fields[i]) != NEVER)
            *number_at(r, &fields[i]) += delta;
    }
    for (guint i = 0; r->backups != NULL && i < r->backups->len; i++)
        g_array_index(r->backups, struct backup_seen, i).since += delta;
}

static void
append_text(GString *out, const char *key, const char *text)
{
    g_autofree char *escaped = g_uri_escape_string(text, ":.-_", FALSE);

    g_string_append_printf(out, " %s=%s", key, escaped);
}

void
record_format(const struct record *r, GString *out)
{
    char uuid[UUID_TEXT_SIZE];

    uuid_format(&r->uuid, uuid);
    g_string_append_printf(out, "vm %s", uuid);
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        const struct field *f = &fields[i];
        if (f->type == FIELD_text) {
            if (*text_at(r, f) != NULL)
                append_text(out, f->key, *text_at(r, f));
        } else if (*number_at(r, f) != f->empty) {
            g_string_append_printf(out, " %s=%" G_GINT64_FORMAT, f->key, *number_at(r, f));
        }
    }
    for (guint i = 0; r->backups != NULL && i < r->backups->len; i++) {
        const struct backup_seen *b = &g_array_index(r->backups, struct backup_seen, i);
        g_autofree char *stamp = g_uri_escape_string(b->stamp, NULL, FALSE);
        g_autofree char *mode = g_uri_escape_string(b->mode, NULL, FALSE);
        g_string_append_printf(out, " backup=%s/%s/%" G_GINT64_FORMAT, stamp, mode, b->since);
    }
    for (guint i = 0; r->disks != NULL && i < r->disks->len; i++) {
        const struct disk_seen *d = &g_array_index(r->disks, struct disk_seen, i);
        g_autofree char *name = g_uri_escape_string(d->name, NULL, FALSE);
        g_string_append_printf(out, " disk=%s/%d", name, d->proven);
    }
}

/* Words for numbers that stand for them. */
static char *
number_text(const struct field *f, gint64 number)
{
    const char *word = "";

    if (f->offset == offsetof(struct record, request))
        word = request_name((enum request)number);
    else if (f->offset == offsetof(struct record, intent))
        word = number == INTENT_NONE ? "none" : intent_name((enum intent)number);
    return *word != '\0' ? g_strdup(word) : g_strdup_printf("%" G_GINT64_FORMAT, number);
}

void
record_each(const struct record *r, record_visit visit, void *data)
{
    for (size_t i = 0; r != NULL && i < G_N_ELEMENTS(fields); i++) {
        const struct field *f = &fields[i];
        if (f->type == FIELD_text) {
            if (*text_at(r, f) != NULL)
                visit(f->key, *text_at(r, f), NEVER, data);
            continue;
        }
        gint64 number = *number_at(r, f);
        g_autofree char *text = f->type == FIELD_number ? number_text(f, number) : NULL;
        if (number != f->empty)
            visit(f->key, text, text == NULL ? number : NEVER, data);
    }
    for (guint i = 0; r != NULL && r->backups != NULL && i < r->backups->len; i++) {
        const struct backup_seen *b = &g_array_index(r->backups, struct backup_seen, i);
        g_autofree char *text = g_strdup_printf("%s %s", b->stamp, b->mode);
        visit("backup", text, b->since, data);
    }
    for (guint i = 0; r != NULL && r->disks != NULL && i < r->disks->len; i++) {
        const struct disk_seen *d = &g_array_index(r->disks, struct disk_seen, i);
        g_autofree char *text = g_strdup_printf("%s%s", d->name, d->proven ? " proven" : "");
        visit("disk", text, NEVER, data);
    }
}

static void
add_backup(struct record *r, const char *stamp, const char *mode, gint64 since)
{
    struct backup_seen b = {g_strdup(stamp), g_strdup(mode), since};

    if (r->backups == NULL) {
        r->backups = g_array_new(FALSE, FALSE, sizeof(b));
        g_array_set_clear_func(r->backups, clear_backup);
    }
    g_array_append_val(r->backups, b);
}

static bool
parse_number(const char *text, gint64 *out)
{
    char *end;

    if (*text == '\0')
        return false;
    gint64 value = g_ascii_strtoll(text, &end, 10);
    if (*end != '\0' || value < -MEMORY_NUMBER_MAX || value > MEMORY_NUMBER_MAX)
        return false;
    *out = value;
    return true;
}

static bool
parse_backup(struct record *r, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", 4);
    gint64 since;

    if (g_strv_length(parts) != 3 || !parse_number(parts[2], &since))
        return false;
    g_autofree char *stamp = g_uri_unescape_string(parts[0], NULL);
    g_autofree char *mode = g_uri_unescape_string(parts[1], NULL);
    if (stamp == NULL || mode == NULL)
        return false;
    add_backup(r, stamp, mode, since);
    return true;
}

static bool
parse_disk(struct record *r, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", 3);

    if (g_strv_length(parts) != 2)
        return false;
    g_autofree char *name = g_uri_unescape_string(parts[0], NULL);
    if (name == NULL)
        return false;
    record_disk(r, name)->proven = strcmp(parts[1], "1") == 0;
    return true;
}

static bool
parse_field(struct record *r, const char *key, const char *value)
{
    if (strcmp(key, "backup") == 0)
        return parse_backup(r, value);
    if (strcmp(key, "disk") == 0)
        return parse_disk(r, value);
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        const struct field *f = &fields[i];
        if (strcmp(key, f->key) != 0)
            continue;
        if (f->type != FIELD_text)
            return parse_number(value, number_at(r, f));
        g_autofree char *text = g_uri_unescape_string(value, NULL);
        if (text == NULL)
            return false;
        ref_replace(text_at(r, f), text);
        return true;
    }
    return false;
}

struct record *
record_parse(const char *line, const char **problem)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    struct uuid uuid;

    if (words[0] == NULL || strcmp(words[0], "vm") != 0 || words[1] == NULL
        || !uuid_parse(words[1], strlen(words[1]), &uuid)) {
        *problem = "not a line about a VM";
        return NULL;
    }
    struct record *r = record_new(&uuid);
    for (char **w = words + 2; *w != NULL; w++) {
        char *equals = strchr(*w, '=');
        if (equals != NULL)
            *equals = '\0';
        if (equals == NULL || !parse_field(r, *w, equals + 1)) {
            *problem = "an unknown or malformed field";
            record_free(r);
            return NULL;
        }
    }
    return r;
}

gint64
record_backup_since(struct record *r, const char *stamp, const char *mode, gint64 now)
{
    for (guint i = 0; r->backups != NULL && i < r->backups->len; i++) {
        struct backup_seen *b = &g_array_index(r->backups, struct backup_seen, i);
        if (strcmp(b->stamp, stamp) != 0)
            continue;
        if (g_ascii_strcasecmp(b->mode, mode) != 0) {
            g_free(b->mode);
            b->mode = g_strdup(mode);
            b->since = now;
        }
        return b->since;
    }
    add_backup(r, stamp, mode, now);
    return now;
}

void
record_backup_retain(struct record *r, const char *const *stamps)
{
    if (r->backups == NULL)
        return;
    for (guint i = r->backups->len; i-- > 0;) {
        if (!g_strv_contains(stamps, g_array_index(r->backups, struct backup_seen, i).stamp))
            g_array_remove_index(r->backups, i);
    }
}

struct disk_seen *
record_disk(struct record *r, const char *name)
{
    if (r->disks == NULL) {
        r->disks = g_array_new(FALSE, TRUE, sizeof(struct disk_seen));
        g_array_set_clear_func(r->disks, clear_disk);
    }
    for (guint i = 0; i < r->disks->len; i++) {
        struct disk_seen *d = &g_array_index(r->disks, struct disk_seen, i);
        if (strcmp(d->name, name) == 0)
            return d;
    }
    struct disk_seen fresh = {.name = g_strdup(name)};
    g_array_append_val(r->disks, fresh);
    return &g_array_index(r->disks, struct disk_seen, r->disks->len - 1);
}

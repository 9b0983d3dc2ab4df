/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/find.h"

#include "cli/cli.h"
#include "cli/pause.h"
#include "directory/capability.h"
#include "directory/dn.h"
#include "directory/from_config.h"
#include "directory/read.h"
#include "directory/result.h"
#include "directory/service.h"

#include <string.h>

G_DEFINE_QUARK(statesync-find-error, find_error)

bool
finder_open(struct finder *f, const struct config *config, GError **error)
{
    f->vm_base = g_strdup(config->directory.vm_base);
    f->where = directory_options_from_config(config);
    f->connection = directory_connection_open(f->where, NULL, error);
    return f->connection != NULL && capability_check_schema(f->connection, error);
}

void
finder_close(struct finder *f)
{
    directory_connection_close(f->connection);
    directory_options_free(f->where);
    g_free(f->vm_base);
    memset(f, 0, sizeof(*f));
}

/* Only VMs and templates, and where dn is not NULL this one. */
static guint
count_vms(const GPtrArray *entries, const char *dn, struct vm_entry **first)
{
    guint n = 0;

    for (guint i = 0; i < entries->len; i++) {
        struct entry *e = g_ptr_array_index(entries, i);
        if (e->type != ENTRY_VM || (dn != NULL && !directory_dn_equal(dn, e->dn)))
            continue;
        if (n++ == 0)
            *first = (struct vm_entry *)e;
    }
    return n;
}

static bool
is_uuid_beginning(const char *name)
{
    size_t len = strlen(name);

    if (len < FIND_PREFIX_MIN || len >= UUID_TEXT_SIZE - 1)
        return false;
    for (size_t i = 0; i < len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? name[i] != '-' : !g_ascii_isxdigit(name[i]))
            return false;
    }
    return true;
}

char *
finder_dn(const struct finder *f, const char *name)
{
    char text[UUID_TEXT_SIZE];
    struct uuid uuid;

    if (uuid_parse(name, strlen(name), &uuid)) {
        uuid_format(&uuid, text);
        return directory_dn_child("sstVirtualMachine", text, f->vm_base);
    }
    return directory_dn_is_valid(name) ? g_strdup(name) : NULL;
}

/* f: ask there whether anything can be found at all; NULL = everything was read. */
static struct vm_entry *
complain(const struct finder *f, const char *name, guint n, bool beginning, GError **error)
{
    if (n == 0 && f != NULL && !directory_has_vms(f->connection, f->where, error))
        return NULL;
    if (n == 0)
        g_set_error(error, FIND_ERROR, FIND_NOT_FOUND,
                    "the directory has no VM or template \"%s\"", name);
    else if (beginning)
        g_set_error(error, FIND_ERROR, FIND_AMBIGUOUS,
                    "the UUIDs of %u VMs and templates begin with \"%s\": give more of it", n, name);
    else
        g_set_error(error, FIND_ERROR, FIND_AMBIGUOUS,
                    "%u VMs and templates are called \"%s\": name one by its UUID", n, name);
    return NULL;
}

/* What was found by name comes without its backups: read as a whole. */
static struct vm_entry *
read_whole(const struct finder *f, const char *dn, const char *name, GPtrArray **entries,
           GError **error)
{
    struct vm_entry *vm = NULL;

    if (!directory_reread(f->connection, dn, entries, error))
        return NULL;
    if (count_vms(*entries, dn, &vm) != 1)
        return complain(f, name, 0, false, error);
    vm->backups = g_ptr_array_new();
    for (guint i = 0; i < (*entries)->len; i++) {
        struct entry *e = g_ptr_array_index(*entries, i);
        if (e->type != ENTRY_BACKUP || !dn_same(dn_parent(e->dn, 2), vm->base.dn))
            continue;
        ((struct backup_entry *)e)->vm = vm;
        g_ptr_array_add(vm->backups, e);
    }
    return vm;
}

struct vm_entry *
finder_find(const struct finder *f, const char *name, GPtrArray **entries, GError **error)
{
    g_autofree char *dn = finder_dn(f, name);
    g_autoptr(GPtrArray) found = NULL;
    struct vm_entry *vm = NULL;
    bool beginning = false;

    if (dn != NULL)
        return read_whole(f, dn, name, entries, error);
    if (!directory_find_named(f->connection, f->where, name, &found, error))
        return NULL;
    guint n = count_vms(found, NULL, &vm);
    if (n == 0 && is_uuid_beginning(name)) {
        g_clear_pointer(&found, g_ptr_array_unref);
        if (!directory_find_prefix(f->connection, f->where, name, &found, error))
            return NULL;
        beginning = true;
        n = count_vms(found, NULL, &vm);
    }
    if (n != 1)
        return complain(f, name, n, beginning, error);
    g_autofree char *its_dn = g_strdup(vm->base.dn);
    return read_whole(f, its_dn, name, entries, error);
}

/* --- among entries that are there ---------------------------------------------------------- */

/* The directory compares display names without case. */
static bool
is_called(const struct vm_entry *vm, const char *folded)
{
    g_autofree char *own = vm->name != NULL ? g_utf8_casefold(vm->name, -1) : NULL;

    return own != NULL && strcmp(own, folded) == 0;
}

static bool
begins_with(const struct vm_entry *vm, const char *name)
{
    g_autofree char *rdn = dn_rdn_value(vm->base.dn, "sstVirtualMachine");

    return rdn != NULL && g_ascii_strncasecmp(rdn, name, strlen(name)) == 0;
}

/* A UUID is a beginning of itself; whole DNs begin none. */
enum way { WAY_UUID, WAY_DN, WAY_NAME, WAY_BEGINNING, WAY_COUNT };

static bool
is_named(const struct vm_entry *vm, enum way way, const char *name, const char *folded)
{
    struct uuid uuid;

    switch (way) {
    case WAY_UUID:
        return uuid_parse(name, strlen(name), &uuid) && begins_with(vm, name);
    case WAY_DN:
        return strchr(name, '=') != NULL && dn_same(vm->base.dn, name);
    case WAY_NAME:
        return is_called(vm, folded);
    case WAY_BEGINNING:
        return is_uuid_beginning(name) && begins_with(vm, name);
    case WAY_COUNT:
        break;
    }
    return false;
}

struct vm_entry *
find_among(const GPtrArray *entries, const char *name, GError **error)
{
    g_autofree char *valid = g_utf8_make_valid(name, -1);
    g_autofree char *folded = g_utf8_casefold(valid, -1);
    struct vm_entry *found = NULL;
    guint n = 0;

    for (enum way way = WAY_UUID; way < WAY_COUNT; way++) {
        for (guint i = 0; i < entries->len; i++) {
            struct entry *e = g_ptr_array_index(entries, i);
            if (e->type != ENTRY_VM || !is_named((struct vm_entry *)e, way, name, folded))
                continue;
            found = (struct vm_entry *)e;
            n++;
        }
        if (n == 1)
            return found;
        if (n > 1)
            return complain(NULL, name, n, way == WAY_BEGINNING, error);
    }
    return complain(NULL, name, 0, false, error);
}

/* --- pools -------------------------------------------------------------------------------------- */

char **
finder_pools(const struct finder *f, const char *name, GError **error)
{
    struct uuid uuid;
    g_autoptr(GPtrArray) found = NULL;

    if (uuid_parse(name, strlen(name), &uuid)) {
        char *one[] = {(char *)(gintptr)name, NULL};
        return g_strdupv(one);
    }
    if (!directory_find_pools(f->connection, f->where, name, &found, error))
        return NULL;
    if (found->len == 0) {
        g_set_error(error, FIND_ERROR, FIND_NOT_FOUND, "the directory has no pool \"%s\"", name);
        return NULL;
    }
    g_ptr_array_add(found, NULL);
    return g_strdupv((char **)found->pdata);
}

bool
finder_check(const struct vm_entry *vm, GError **error)
{
    if (vm->valid && vm->kind != KIND_PROFILE)
        return true;
    if (vm->problem != NULL)
        g_set_error(error, FIND_ERROR, FIND_UNUSABLE, "\"%s\" is no VM or template: %s",
                    vm->base.dn, vm->problem);
    else
        g_set_error(error, FIND_ERROR, FIND_UNUSABLE, "\"%s\" is no VM or template", vm->base.dn);
    return false;
}

static char *
nobody_looked(gint64 last_pass, gint64 now, gint64 limit)
{
    if (last_pass == 0)
        return g_strdup(N_("no pass has ever been completed"));
    if (now - last_pass <= limit)
        return NULL;
    g_autoptr(GDateTime) t = g_date_time_new_from_unix_utc(last_pass);
    g_autofree char *text = t != NULL ? g_date_time_format(t, "%F %T UTC") : g_strdup(N_("long ago"));
    return g_strdup_printf(N_("nobody has looked since %s"), text);
}

char *
outdated_text(const struct service_state *state, gint64 now, gint64 limit)
{
    char *why = state != NULL ? pause_text(state, now) : NULL;

    return why != NULL ? why : nobody_looked(state != NULL ? state->pass_completed : 0, now, limit);
}

bool
finder_outdated(const struct finder *f, gint64 now, gint64 limit, char **why, GError **error)
{
    CLEANUP(service_free) struct service *service
        = service_new(f->connection, f->where->service_dn, f->where->lease);
    g_autoptr(GError) failure = NULL;
    CLEANUP(service_state_free) struct service_state *state = service_read(service, &failure);

    if (state == NULL && directory_error_class(failure) != DIRECTORY_ABSENT) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    *why = outdated_text(state, now, limit);
    return true;
}

/* What to do about it; NULL where the error says so itself. */
static const char *
remedy(enum directory_class class)
{
    if (class == DIRECTORY_UNREACHABLE || class == DIRECTORY_TIMEOUT)
        return N_("is slapd running there, and is uri in section [directory] right?");
    if (class == DIRECTORY_CREDENTIALS)
        return N_("are bind, bind_dn and password_file in section [directory] right?");
    if (class == DIRECTORY_DENIED)
        return N_("give the identity of section [directory] the rights of slapd-access.conf");
    return NULL;
}

void
finder_complain(const GError *error)
{
    const char *what = error->domain == DIRECTORY_ERROR ? remedy(directory_error_class(error)) : NULL;

    cli_error("%s%s%s", error->message, what != NULL ? ": " : "", what != NULL ? what : "");
}

int
finder_failed(const GError *error)
{
    finder_complain(error);
    return error->domain == FIND_ERROR ? EXIT_USAGE : EXIT_DIRECTORY;
}

int
finder_run(const char *path, finder_use use, void *data)
{
    g_autoptr(GError) error = NULL;
    struct finder f = {0};
    int code;
    config_auto config = cli_config(path, &code);

    if (config == NULL)
        return code;
    code = finder_open(&f, config, &error) ? use(&f, config, data) : finder_failed(error);
    finder_close(&f);
    return code;
}

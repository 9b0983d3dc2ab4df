/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/observation.h"

#include <string.h>

static void
clear_block_job(gpointer data)
{
    struct block_job *j = data;
    g_free(j->disk);
}

static void
clear_disk(gpointer data)
{
    struct disk *d = data;
    g_free(d->name);
}

static void
clear_event(gpointer data)
{
    struct job_event *e = data;
    g_free(e->disk);
}

static void
look_free(struct look *l)
{
    if (l == NULL)
        return;
    if (l->block_jobs != NULL)
        g_array_unref(l->block_jobs);
    if (l->disks != NULL)
        g_array_unref(l->disks);
    if (l->events != NULL)
        g_array_unref(l->events);
    g_free(l->io_error_disks);
    g_free(l);
}

static void
clear_domain(gpointer data)
{
    struct domain *d = data;
    g_free(d->name);
    g_free(d->state_word);
    look_free(d->look);
}

struct observation *
observation_new(const char *node, enum result result)
{
    struct observation *o = g_new0(struct observation, 1);

    o->node = g_strdup(node);
    o->result = result;
    o->epoch = 1;
    o->domains = g_array_new(FALSE, TRUE, sizeof(struct domain));
    g_array_set_clear_func(o->domains, clear_domain);
    g_atomic_ref_count_init(&o->refs);
    return o;
}

struct observation *
observation_new_error(const char *node, enum error_class error, const char *text)
{
    struct observation *o = observation_new(node, RESULT_ERROR);

    o->error = error;
    o->text = g_strdup(text);
    return o;
}

struct observation *
observation_ref(struct observation *o)
{
    g_atomic_ref_count_inc(&o->refs);
    return o;
}

void
observation_unref(struct observation *o)
{
    if (o == NULL || !g_atomic_ref_count_dec(&o->refs))
        return;
    g_free(o->node);
    g_free(o->text);
    g_free(o->hypervisor);
    g_array_unref(o->domains);
    g_free(o);
}

struct domain *
observation_add(struct observation *o, const struct uuid *uuid, const char *name)
{
    struct domain d = {.uuid = *uuid, .state = DSTATE_NOSTATE};

    if (name != NULL) {
        struct uuid named;
        if (!uuid_parse(name, strlen(name), &named) || !uuid_equal(&named, uuid))
            d.name = g_strdup(name);
    }
    g_array_append_val(o->domains, d);
    return &g_array_index(o->domains, struct domain, o->domains->len - 1);
}

struct look *
domain_look(struct domain *d)
{
    if (d->look == NULL)
        d->look = g_new0(struct look, 1);
    return d->look;
}

static GArray *
array_of(GArray **array, size_t size, GDestroyNotify clear)
{
    if (*array == NULL) {
        *array = g_array_new(FALSE, TRUE, (guint)size);
        g_array_set_clear_func(*array, clear);
    }
    return *array;
}

void
look_add_block_job(struct look *l, const char *disk, enum block_job_type type, uint64_t cur,
                   uint64_t end)
{
    struct block_job j = {.disk = g_strdup(disk), .type = type, .cur = cur, .end = end};

    g_array_append_val(array_of(&l->block_jobs, sizeof(j), clear_block_job), j);
}

void
look_add_disk(struct look *l, const char *disk, bool backing)
{
    struct disk d = {.name = g_strdup(disk), .backing = backing};

    g_array_append_val(array_of(&l->disks, sizeof(d), clear_disk), d);
}

void
look_add_event(struct look *l, const char *disk, enum block_job_type type, enum job_end end)
{
    struct job_event e = {.disk = g_strdup(disk), .type = type, .end = end};

    g_array_append_val(array_of(&l->events, sizeof(e), clear_event), e);
}

struct domain *
observation_find(const struct observation *o, const struct uuid *uuid)
{
    for (guint i = 0; i < o->domains->len; i++) {
        struct domain *d = &g_array_index(o->domains, struct domain, i);
        if (uuid_equal(&d->uuid, uuid))
            return d;
    }
    return NULL;
}

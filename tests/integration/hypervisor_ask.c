/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor_ask.h"

#include "harness.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct daemon shared;

void
answer_clear(struct answer *a)
{
    observation_unref(a->o);
    memset(a, 0, sizeof(*a));
}

static void
take(struct observation *o, void *data)
{
    struct answer *a = data;

    observation_unref(a->o);
    a->o = o;
    a->n_answers++;
    a->took_us = g_get_monotonic_time() - a->asked_us;
}

void
ask_read(struct hypervisor *h, const char *node, struct answer *a)
{
    a->asked_us = g_get_monotonic_time();
    hypervisor_read(h, node, take, a);
}

void
ask_look(struct hypervisor *h, const char *node, const char *uuid, unsigned want,
         struct answer *a)
{
    struct look_request request = {.want = want};

    if (uuid != NULL)
        request.uuid = uuid_of(uuid);
    a->asked_us = g_get_monotonic_time();
    hypervisor_look(h, node, &request, uuid != NULL ? 1 : 0, take, a);
}

void
ask_probe(struct hypervisor *h, const char *node, struct answer *a)
{
    a->asked_us = g_get_monotonic_time();
    hypervisor_probe(h, node, take, a);
}

void
ask_some(struct hypervisor *h, const char *node, const struct uuid *uuids, size_t n,
         struct answer *a)
{
    a->asked_us = g_get_monotonic_time();
    hypervisor_read_some(h, node, uuids, n, take, a);
}

static struct observation *
wait_for(struct answer *a)
{
    while (a->o == NULL)
        g_main_context_iteration(NULL, TRUE);
    return a->o;
}

struct observation *
answer_read(struct hypervisor *h, const char *node)
{
    struct answer a = {0};

    ask_read(h, node, &a);
    return wait_for(&a);
}

struct observation *
answer_complete(struct hypervisor *h, const char *node)
{
    const gint64 end = g_get_monotonic_time() + (gint64)harness_patience(10000) * 1000;
    struct observation *o = answer_read(h, node);

    while (strcmp(result_of(o), "complete") != 0 && g_get_monotonic_time() < end) {
        observation_unref(o);
        o = answer_read(h, node);
    }
    assert_string_equal(result_of(o), "complete");
    return o;
}

struct observation *
answer_look(struct hypervisor *h, const char *node, const char *uuid, unsigned want)
{
    struct answer a = {0};

    ask_look(h, node, uuid, want, &a);
    return wait_for(&a);
}

struct observation *
answer_probe(struct hypervisor *h, const char *node)
{
    struct answer a = {0};

    ask_probe(h, node, &a);
    return wait_for(&a);
}

struct observation *
answer_some(struct hypervisor *h, const char *node, const struct uuid *uuids, size_t n)
{
    struct answer a = {0};

    ask_some(h, node, uuids, n, &a);
    return wait_for(&a);
}

void
set_node(struct hypervisor *h, const char *name, const char *uri)
{
    const struct hypervisor_node node = {.name = name, .uri = uri, .epoch = 1};

    hypervisor_set_node(h, &node);
}

struct uuid
uuid_of(const char *text)
{
    struct uuid uuid = {{0}};

    if (!uuid_parse(text, strlen(text), &uuid))
        g_error("%s is no UUID", text);
    return uuid;
}

struct domain *
domain_of(const struct observation *o, const char *uuid)
{
    const struct uuid wanted = uuid_of(uuid);

    return observation_find(o, &wanted);
}

static char *
state_text(const struct domain *d)
{
    if (d == NULL)
        return g_strdup("absent");
    if (d->unreadable)
        return g_strdup("unreadable");
    return g_strdup_printf("%s (%s)%s", dstate_name(d->state), dreason_name(d->reason),
                           d->managed_save ? " saved" : "");
}

char *
state_of(const struct observation *o, const char *uuid)
{
    return state_text(domain_of(o, uuid));
}

static void
look_text(const struct look *l, GString *s)
{
    if (l->job_known)
        g_string_append_printf(s, " job=%s", l->job == JOB_NONE ? "none" : job_name(l->job));
    if (l->blocks_failed)
        g_string_append(s, " blocks=failed");
    else if (l->blocks_known && l->block_jobs == NULL)
        g_string_append(s, " blocks=none");
    for (guint i = 0; l->block_jobs != NULL && i < l->block_jobs->len; i++) {
        const struct block_job *j = &g_array_index(l->block_jobs, struct block_job, i);

        g_string_append_printf(s, " block=%s:%s:%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, j->disk,
                               block_job_name(j->type), j->cur, j->end);
    }
    if (l->disks_known && l->disks == NULL)
        g_string_append(s, " disks=none");
    for (guint i = 0; l->disks != NULL && i < l->disks->len; i++) {
        const struct disk *d = &g_array_index(l->disks, struct disk, i);

        g_string_append_printf(s, " disk=%s:%s%s", d->name, d->backing ? "backed" : "flat",
                               l->disks_known ? "" : "?");
    }
    if (l->agent_known)
        g_string_append_printf(s, " agent=%s", agent_name(l->agent));
    if (l->control_known && l->control == CONTROL_OCCUPIED)
        g_string_append_printf(s, " control=occupied:%" G_GINT64_FORMAT, l->occupied_ms);
    else if (l->control_known)
        g_string_append_printf(s, " control=%s", control_name(l->control));
    if (l->io_error_disks != NULL)
        g_string_append_printf(s, " io-errors=%s", l->io_error_disks);
}

const char *
result_of(const struct observation *o)
{
    return o->result == RESULT_ERROR ? error_class_name(o->error) : result_name(o->result);
}

char *
observation_text(const struct observation *o)
{
    GString *s = g_string_new(NULL);

    g_string_append_printf(s, "%s %s epoch=%" G_GUINT64_FORMAT "%s%s\n", o->node, result_of(o),
                           o->epoch, o->text != NULL ? " " : "", o->text != NULL ? o->text : "");
    for (guint i = 0; i < o->domains->len; i++) {
        const struct domain *d = &g_array_index(o->domains, struct domain, i);
        char uuid[UUID_TEXT_SIZE];
        g_autofree char *state = state_text(d);

        uuid_format(&d->uuid, uuid);
        g_string_append_printf(s, "%s %s: %s", uuid, d->name != NULL ? d->name : "-", state);
        if (d->look != NULL)
            look_text(d->look, s);
        g_string_append_c(s, '\n');
    }
    return g_string_free(s, FALSE);
}

char *
run_script(const char *script, ...)
{
    g_autofree char *relative = g_strdup_printf("tests/lib/%s", script);
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *complaint = NULL;
    g_autoptr(GError) error = NULL;
    char *output = NULL;
    const char *word;
    va_list args;
    int status = 0;

    g_ptr_array_add(argv, g_strdup("bash"));
    g_ptr_array_add(argv, harness_src_path(relative));
    va_start(args, script);
    while ((word = va_arg(args, const char *)) != NULL)
        g_ptr_array_add(argv, g_strdup(word));
    va_end(args);
    g_ptr_array_add(argv, NULL);
    if (g_spawn_sync(NULL, (char **)argv->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output,
                     &complaint, &status, &error) &&
        status == 0)
        return output;
    fprintf(stderr, "# %s: %s\n%s\n%s\n", script,
            error != NULL ? error->message : "failed", output != NULL ? output : "",
            complaint != NULL ? complaint : "");
    g_free(output);
    return NULL;
}

char *
value_of(const char *output, const char *key)
{
    g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
    const size_t len = strlen(key);

    for (char **line = lines; *line != NULL; line++)
        if (strncmp(*line, key, len) == 0 && (*line)[len] == '=')
            return g_strdup(*line + len + 1);
    g_error("no %s in: %s", key, output);
}

struct daemon
daemon_start(const char *name, const char *option, const char *value)
{
    struct daemon d = {.dir = g_build_filename(harness_tmpdir(), name, NULL)};
    g_autofree char *owner = g_strdup_printf("%d", (int)getpid());
    g_autofree char *pki = g_build_filename(harness_tmpdir(), "pki", NULL);

    d.env = run_script("libvirtd.sh", "start", d.dir, "--owner", owner, "--name", name, "--pki",
                       pki, option, value, NULL);
    if (d.env == NULL)
        fail_msg("%s did not start", name);
    return d;
}

void
daemon_do(const struct daemon *d, const char *verb)
{
    g_autofree char *output = run_script("libvirtd.sh", verb, d->dir, NULL);

    assert_non_null(output);
}

void
daemon_stop(struct daemon *d)
{
    daemon_do(d, "stop");
    g_free(d->dir);
    g_free(d->env);
}

char *
daemon_value(const struct daemon *d, const char *key)
{
    return value_of(d->env, key);
}

static void
expect_line(struct world *w, const char *prefix)
{
    g_autofree char *line = NULL;

    assert_int_equal(g_io_channel_read_line(w->out, &line, NULL, NULL, NULL), G_IO_STATUS_NORMAL);
    if (!g_str_has_prefix(line, prefix))
        fail_msg("the world says %s", line);
}

struct world
world_start(const char *node_uri, unsigned count)
{
    g_autofree char *program = harness_build_path("tests/lib/testworld");
    g_autofree char *number = g_strdup_printf("%u", count);
    g_autofree char *uri = g_strdup(node_uri);
    char option[] = "--count";
    char *argv[] = {program, uri, option, number, NULL};
    struct world w = {0};
    int out = -1;

    assert_true(g_spawn_async_with_pipes(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                         &w.pid, &w.in, &out, NULL, NULL));
    w.out = g_io_channel_unix_new(out);
    g_io_channel_set_close_on_unref(w.out, TRUE);
    expect_line(&w, "ready");
    return w;
}

char *
world_uuid(unsigned index)
{
    return g_strdup_printf("%08x-0000-4000-8000-%012x", index, index);
}

void
world_tell(struct world *w, const char *command, const char *uuid)
{
    g_autofree char *line = g_strdup_printf("%s %s\n", command, uuid);

    assert_int_equal(write(w->in, line, strlen(line)), strlen(line));
}

void
world_answer(struct world *w)
{
    expect_line(w, "ok");
}

void
world_do(struct world *w, const char *command, const char *uuid)
{
    world_tell(w, command, uuid);
    world_answer(w);
}

void
world_stop(struct world *w)
{
    close(w->in);
    g_io_channel_unref(w->out);
    waitpid(w->pid, NULL, 0);
}

struct hypervisor *
hypervisor_with(unsigned deadline_ms)
{
    const struct hypervisor_options options = {.deadline_ms = deadline_ms};

    return hypervisor_new(&options);
}

int
shared_setup(void **state)
{
    (void)state;
    shared = daemon_start("shared", NULL, NULL);
    return 0;
}

int
shared_teardown(void **state)
{
    (void)state;
    daemon_stop(&shared);
    return 0;
}

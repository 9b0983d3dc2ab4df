/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "harness.h"

#include "integration/directory_server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char server_base[] = "ou=virtualization,ou=services,dc=stoney-cloud,dc=org";

static GPtrArray *running; /* of struct server *, not owned */
static pid_t owner;        /* forked children of a test leave the servers alone */

static char *
script(void)
{
    return harness_src_path("tests/lib/slapd.sh");
}

/* Runs a command; its output, or NULL when it failed (then *output has what it said). */
static char *
run(const char *const *argv, char **complaint)
{
    char *out = NULL;
    char *err = NULL;
    int status = -1;
    g_autoptr(GError) error = NULL;

    if (!g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out,
                      &err, &status, &error)) {
        *complaint = g_strdup(error->message);
    } else if (status != 0) {
        *complaint = g_steal_pointer(&err);
        g_clear_pointer(&out, g_free);
    }
    g_free(err);
    return out;
}

void
server_require(void)
{
    const char *programs[] = {"slapd", "slapadd", "ldapsearch", "ldapmodify", "openssl", "bash"};
    g_autofree char *path = g_strdup_printf("%s:/usr/sbin:/sbin", g_getenv("PATH"));

    g_setenv("PATH", path, TRUE);
    g_setenv("LDAPNOINIT", "1", TRUE);
    for (size_t i = 0; i < G_N_ELEMENTS(programs); i++) {
        g_autofree char *found = g_find_program_in_path(programs[i]);
        g_autofree char *reason = g_strdup_printf("%s is not installed", programs[i]);

        if (!found)
            harness_skip_all(reason);
    }
}

static void
stop_all(void)
{
    if (getpid() == owner)
        while (running->len)
            server_stop(running->pdata[0]);
}

static char *
env_value(char *const *lines, const char *key)
{
    size_t len = strlen(key);

    for (; *lines; lines++)
        if (strncmp(*lines, key, len) == 0 && (*lines)[len] == '=')
            return g_strdup(*lines + len + 1);
    return NULL;
}

static void
fill(struct server *s, const char *output)
{
    g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
    g_autofree char *pid = env_value(lines, "SLAPD_PID");
    g_autofree char *password = env_value(lines, "SLAPD_ROOTPW");
    g_autofree char *port = env_value(lines, "SLAPD_PORT");

    s->pid = (pid_t)strtol(pid, NULL, 10);
    s->port = (int)strtol(port, NULL, 10);
    s->ldapi = env_value(lines, "SLAPD_LDAPI");
    s->ldap = env_value(lines, "SLAPD_LDAP");
    s->ldaps = env_value(lines, "SLAPD_LDAPS");
    s->root_dn = env_value(lines, "SLAPD_ROOTDN");
    s->ca = env_value(lines, "SLAPD_CA");
    s->cert = env_value(lines, "SLAPD_CERT");
    s->key = env_value(lines, "SLAPD_KEY");
    s->root_password_file = g_build_filename(s->dir, "root.password", NULL);
    g_file_set_contents_full(s->root_password_file, password, -1, G_FILE_SET_CONTENTS_NONE, 0600,
                             NULL);
}

static int n_servers;

static char *
server_dir(int number)
{
    return g_strdup_printf("%s/s%d", harness_tmpdir(), number);
}

struct server *
server_start(const char *const *options)
{
    struct server *s = g_new0(struct server, 1);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autofree char *path = script();
    g_autofree char *output = NULL;
    char *complaint = NULL;

    s->dir = server_dir(n_servers++);
    g_ptr_array_add(argv, (char[]){"bash"});
    g_ptr_array_add(argv, path);
    g_ptr_array_add(argv, (char[]){"start"});
    g_ptr_array_add(argv, s->dir);
    for (; *options; options++)
        g_ptr_array_add(argv, (char *)(uintptr_t)*options);
    g_ptr_array_add(argv, NULL);
    output = run((const char *const *)argv->pdata, &complaint);
    if (!output) {
        fprintf(stderr, "slapd does not start: %s\n", complaint);
        exit(1);
    }
    fill(s, output);
    if (!running) {
        running = g_ptr_array_new();
        owner = getpid();
        atexit(stop_all);
    }
    g_ptr_array_add(running, s);
    return s;
}

void
server_start_pair(const char *const *options, struct server *pair[2])
{
    int first = n_servers;

    for (int i = 0; i < 2; i++) {
        g_autoptr(GPtrArray) all = g_ptr_array_new();
        g_autofree char *other = server_dir(first + 1 - i);
        g_autofree char *mirror = g_strdup_printf("mirror=%d:%s", i + 1, other);

        for (const char *const *o = options; *o; o++)
            if (i == 0 || !g_str_has_prefix(*o, "ldif="))
                g_ptr_array_add(all, (char *)(uintptr_t)*o);
        g_ptr_array_add(all, mirror);
        g_ptr_array_add(all, NULL);
        pair[i] = server_start((const char *const *)all->pdata);
    }
}

static void
command(struct server *s, const char *verb)
{
    g_autofree char *path = script();
    const char *argv[] = {"bash", path, verb, s->dir, NULL};
    g_autofree char *complaint = NULL;
    g_autofree char *output = run(argv, &complaint);

    if (!output)
        fail_msg("slapd.sh %s: %s", verb, complaint);
}

void
server_down(struct server *s)
{
    command(s, "stop");
}

void
server_up(struct server *s)
{
    g_autofree char *file = g_build_filename(s->dir, "slapd.pid", NULL);
    g_autofree char *pid = NULL;

    command(s, "restart");
    assert_true(g_file_get_contents(file, &pid, NULL, NULL));
    s->pid = (pid_t)strtol(pid, NULL, 10);
}

static void
copy_database(struct server *s, const char *from, const char *to)
{
    g_autofree char *line = g_strdup_printf("cd '%s' && rm -rf %s && cp -a %s %s", s->dir, to, from,
                                            to);
    const char *argv[] = {"sh", "-c", line, NULL};
    g_autofree char *complaint = NULL;
    g_autofree char *output = run(argv, &complaint);

    if (!output)
        fail_msg("%s", complaint);
}

void
server_save(struct server *s)
{
    copy_database(s, "db", "db.saved");
}

void
server_put_back(struct server *s)
{
    copy_database(s, "db.saved", "db");
}

/* Every thread of it has stopped: SIGSTOP reaches them one by one. */
static bool
has_stopped(void *data)
{
    const struct server *s = data;
    g_autofree char *tasks = g_strdup_printf("/proc/%d/task", (int)s->pid);
    g_autoptr(GDir) dir = g_dir_open(tasks, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_strdup_printf("%s/%s/stat", tasks, name);
        g_autofree char *stat = NULL;
        const char *state;

        if (!g_file_get_contents(path, &stat, NULL, NULL))
            return false;
        state = strrchr(stat, ')');
        if (!state || state[2] != 'T')
            return false;
    }
    return dir != NULL;
}

void
server_signal(struct server *s, int number)
{
    kill(s->pid, number);
    if (number == SIGSTOP && !harness_wait_until(has_stopped, s, 5000))
        fail_msg("slapd does not stop");
}

/* Gone, or a zombie that its parent has not looked at yet; all of its threads, which may hold
 * sockets when the first one is a zombie. */
static bool
is_dead(void *data)
{
    const struct server *s = data;
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)s->pid);
    g_autofree char *stat = NULL;
    g_autofree char *tasks = g_strdup_printf("/proc/%d/task", (int)s->pid);
    g_autoptr(GDir) dir = g_dir_open(tasks, 0, NULL);
    const char *state;
    int n = 0;

    while (dir && g_dir_read_name(dir))
        n++;
    if (!g_file_get_contents(path, &stat, NULL, NULL))
        return true;
    state = strrchr(stat, ')');
    return !state || (state[2] == 'Z' && n <= 1);
}

void
server_kill(struct server *s)
{
    kill(s->pid, SIGKILL);
    harness_wait_until(is_dead, s, 5000);
}

void
server_stop(struct server *s)
{
    g_ptr_array_remove(running, s);
    server_kill(s);
    g_free(s->dir);
    g_free(s->ldapi);
    g_free(s->ldap);
    g_free(s->ldaps);
    g_free(s->root_dn);
    g_free(s->root_password_file);
    g_free(s->ca);
    g_free(s->cert);
    g_free(s->key);
    g_free(s);
}

struct directory_options *
server_options(const struct server *s)
{
    struct directory_options *o = directory_options_new();
    const char *uris[] = {s->ldapi, NULL};

    g_strfreev(o->uris);
    o->uris = g_strdupv((char **)(uintptr_t)uris);
    directory_options_set(&o->bind_dn, s->root_dn);
    directory_options_set(&o->password_file, s->root_password_file);
    directory_options_set(&o->ca_file, s->ca && *s->ca ? s->ca : NULL);
    o->network_timeout = 2000;
    o->timeout = 2000;
    o->lease = 2000;
    return o;
}

struct directory_connection *
server_connect(const struct server *s)
{
    CLEANUP(directory_options_free) struct directory_options *o = server_options(s);
    g_autoptr(GError) error = NULL;
    struct directory_connection *c = directory_connection_open(o, NULL, &error);

    if (!c)
        fail_msg("no connection: %s", error->message);
    return c;
}

void
server_modify(const struct server *s, const char *ldif)
{
    g_autofree char *file = g_build_filename(s->dir, "modify.ldif", NULL);
    const char *argv[] = {"ldapmodify", "-c",       "-x", "-H", s->ldapi, "-D", s->root_dn,
                          "-y",         s->root_password_file, "-f", file, NULL};
    g_autofree char *complaint = NULL;
    g_autofree char *output = NULL;

    assert_true(g_file_set_contents(file, ldif, -1, NULL));
    output = run(argv, &complaint);
    if (!output)
        fail_msg("ldapmodify: %s", complaint);
}

char *
server_value(const struct server *s, const char *dn, const char *attribute)
{
    const char *argv[] = {"ldapsearch", "-x",       "-LLL", "-o",   "ldif-wrap=no", "-H",
                          s->ldapi,     "-D",       s->root_dn, "-y", s->root_password_file,
                          "-b",         dn,         "-s",   "base", "(objectClass=*)",
                          attribute,    NULL};
    g_autofree char *complaint = NULL;
    g_autofree char *output = run(argv, &complaint);
    g_autofree char *key = g_strdup_printf("\n%s: ", attribute);
    char *at;

    if (!output)
        fail_msg("ldapsearch: %s", complaint);
    at = strstr(output, key);
    return at ? g_strndup(at + strlen(key), strcspn(at + strlen(key), "\n")) : NULL;
}

char *
server_vm_dn(int number)
{
    return g_strdup_printf("sstVirtualMachine=%08x-0000-4000-8000-000000000000,"
                           "ou=virtual machines,%s",
                           (unsigned)number, server_base);
}

static void
append_vm(GString *ldif, int number)
{
    g_autofree char *dn = server_vm_dn(number);

    g_string_append_printf(
        ldif,
        "dn: %s\nobjectClass: sstVirtualizationVirtualMachine\n"
        "sstVirtualMachine: %08x-0000-4000-8000-000000000000\nsstVirtualMachineType: persistent\n"
        "sstDisplayName: kvm-%d\nsstNode: vm-node-%02d.example.org\nsstStatus: running\n"
        "sstVirtualMachinePool: pool\nsstClockOffset: utc\nsstMemory: 1073741824\n"
        "sstOnCrash: destroy\nsstOnPowerOff: destroy\nsstOnReboot: restart\n"
        "sstOSArchitecture: x86_64\nsstOSBootDevice: hd\nsstOSMachine: pc\nsstOSType: hvm\n"
        "sstType: kvm\nsstVCPU: 1\n\n",
        dn, (unsigned)number, number, number % 20);
}

char *
server_world(int n)
{
    char *path = g_strdup_printf("%s/world-%d.ldif", harness_tmpdir(), n);
    g_autoptr(GString) ldif = g_string_new(
        "dn: dc=stoney-cloud,dc=org\nobjectClass: organization\nobjectClass: dcObject\n"
        "o: x\ndc: stoney-cloud\n\n"
        "dn: ou=services,dc=stoney-cloud,dc=org\nobjectClass: organizationalUnit\n\n"
        "dn: ou=virtualization,ou=services,dc=stoney-cloud,dc=org\n"
        "objectClass: organizationalUnit\n\n");

    g_string_append_printf(ldif, "dn: ou=nodes,%s\nobjectClass: organizationalUnit\n\n",
                           server_base);
    g_string_append_printf(ldif, "dn: ou=virtual machines,%s\nobjectClass: organizationalUnit\n\n",
                           server_base);
    for (int i = 1; i <= n; i++)
        append_vm(ldif, i);
    assert_true(g_file_set_contents(path, ldif->str, -1, NULL));
    return path;
}

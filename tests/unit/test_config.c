/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "config/conf.h"
#include "config/keys.h"
#include "config/listen.h"
#include "config/suggest.h"
#include "core/shard.h"
#include "config_rows.h"
#include "harness.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Replaces every "D" that stands for the folder (before a slash, a blank or the end). */
static char *
with_folder(const char *text)
{
    g_autoptr(GRegex) regex = g_regex_new("(?<![A-Za-z])D(?=[/\\s]|$)", G_REGEX_RAW, 0, NULL);

    return g_regex_replace_literal(regex, text, -1, 0, harness_tmpdir(), 0, NULL);
}

static char *
write_file(const char *name, const char *text, mode_t mode)
{
    char *path = g_build_filename(harness_tmpdir(), name, NULL);

    assert_true(g_file_set_contents(path, text, -1, NULL));
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static char *
problems_text(GPtrArray *problems, const char *path)
{
    g_autofree char *printed = g_build_filename(harness_tmpdir(), "printed", NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) parts = NULL;
    FILE *out = fopen(printed, "w");

    assert_non_null(out);
    assert_int_equal(config_check_print(problems, out), config_problems_errors(problems) == 0);
    fclose(out);
    assert_true(g_file_get_contents(printed, &text, NULL, NULL));
    parts = g_strsplit(text, path, -1);
    return g_strjoinv("F", parts);
}

static void
test_row(void **state)
{
    const struct config_row *row = *state;
    g_autofree char *text = with_folder(row->text);
    g_autofree char *expected = with_folder(row->problems);
    g_autofree char *path = write_file("row.conf", text, 0600);
    g_autoptr(GPtrArray) problems = config_problems_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *got = NULL;
    config_auto config = config_load(path, problems, &error);

    got = problems_text(problems, path);
    assert_string_equal(got, expected);
    if (config_problems_errors(problems) > 0) {
        assert_null(config);
        assert_true(g_error_matches(error, CONFIG_ERROR, CONFIG_ERROR_INVALID));
        assert_non_null(strstr(error->message, path));
    } else {
        assert_non_null(config);
        assert_null(error);
    }
}

static void
test_defaults(void **state)
{
    config_auto config = config_new_default();
    const struct limits limits = LIMITS_DEFAULT;

    (void)state;
    assert_null(config->directory.uri[0]);
    assert_string_equal(config->directory.service_dn,
                        "cn=statesync,ou=virtualization,ou=services,dc=stoney-cloud,dc=org");
    assert_string_equal(
        config->directory.vm_base,
        "ou=virtual machines,ou=virtualization,ou=services,dc=stoney-cloud,dc=org");
    assert_int_equal(config->directory.starttls, CONFIG_STARTTLS_REQUIRED);
    assert_int_equal(config->directory.page_size, 500);
    assert_null(config->directory.bind_dn);
    assert_true(config->nodes.all);
    assert_null(config->nodes.names[0]);
    assert_int_equal(config->log.level, LOG_LEVEL_NOTICE);
    assert_memory_equal(&config->limits, &limits, sizeof(limits));
}

static void
test_values(void **state)
{
    g_autofree char *path =
        write_file("values.conf",
                   "[directory]\nuri = ldap://a, ldap://b  ldap://c\nbase = 'dc=x#y'\n"
                   "bind = External\nservice_dn = cn=s,dc=x\ntls_cert = \"\"\nwindow = 8\n"
                   "bind = none\nlanguages = de fr-CH\n",
                   0644);
    g_autofree char *good =
        write_file("good.conf",
                   "[Directory]\nURI = ldapi:///, ldapi://b\nbase = 'dc=x#y'\nbind = External\n"
                   "service_dn = cn=s,dc=x\nwindow = 8\nlanguages = de fr-CH\n"
                   "[nodes]\nnodes = A b\n[node B]\nuri = test:///b\ndeadline = 7\n"
                   "[sync]\nstandby = ON\nstate_file = /tmp/s\n"
                   "[limits]\nmiss_limit = 9\n[log]\nlevel = debug\ntarget = syslog\n",
                   0644);
    config_auto bad = config_load(path, NULL, NULL);
    config_auto config = config_load(good, NULL, NULL);

    (void)state;
    assert_null(bad); /* bind stands twice */
    assert_non_null(config);
    assert_string_equal(config->directory.uri[1], "ldapi://b");
    assert_null(config->directory.uri[2]);
    assert_string_equal(config->directory.vm_base, "ou=virtual machines,dc=x#y");
    assert_string_equal(config->directory.service_dn, "cn=s,dc=x");
    assert_int_equal(config->directory.bind, CONFIG_BIND_EXTERNAL);
    assert_int_equal(config->directory.window, 8);
    assert_string_equal(config->directory.languages[1], "fr-CH");
    assert_true(config_node_wanted(config, "B"));
    assert_true(config_node_wanted(config, "a"));
    assert_false(config_node_wanted(config, "c"));
    assert_string_equal(config_node_uri(config, "B"), "test:///b");
    assert_string_equal(config_node_uri(config, "a"), "qemu+tls://%h/system");
    assert_int_equal(config_node_deadline_s(config, "b"), 7);
    assert_int_equal(config_node_deadline_s(config, "a"), 30);
    assert_true(config->sync.standby);
    assert_int_equal(config->limits.miss_limit, 9);
    assert_int_equal(config->limits.absence_hold, 15);
    assert_int_equal(config->log.level, LOG_LEVEL_DEBUG);
    assert_int_equal(config->log.target, LOG_TARGET_SYSLOG);
}

static void
test_opennebula_values(void **state)
{
    g_autofree char *text =
        with_folder(FRONTEND "[OpenNebula Two]\nEndpoint = https://two/RPC2\n"
                             "credential_file = D/secret\ntimeout = 7\nlink_attribute = UUID\n"
                             "events = tcp://[::1]:2101\nvms = Linked\nrange = 9\n");
    g_autofree char *path = write_file("opennebula.conf", text, 0600);
    config_auto config = config_load(path, NULL, NULL);
    config_auto plain = config_new_default();
    const struct config_opennebula *f;

    (void)state;
    assert_int_equal(plain->frontends->len, 0);
    assert_non_null(config);
    assert_int_equal(config->frontends->len, 2);
    f = config->frontends->pdata[0];
    assert_string_equal(f->name, "a");
    assert_string_equal(f->endpoint, "https://one/RPC2");
    assert_null(f->events);
    assert_null(f->tls_ca);
    assert_int_equal(f->connect_timeout_s, 10);
    assert_int_equal(f->timeout_s, 60);
    assert_int_equal(f->vms, CONFIG_VMS_ALL);
    assert_string_equal(f->link_attribute, "STONEY_UUID");
    assert_int_equal(f->answer_limit, 16777216);
    assert_int_equal(f->range, 500);
    f = config->frontends->pdata[1];
    assert_string_equal(f->name, "two");
    assert_string_equal(f->events, "tcp://[::1]:2101");
    assert_int_equal(f->timeout_s, 7);
    assert_int_equal(f->vms, CONFIG_VMS_LINKED);
    assert_string_equal(f->link_attribute, "UUID");
    assert_int_equal(f->range, 9);
}

static void
test_daemon_values(void **state)
{
    g_autofree char *path =
        write_file("daemon.conf",
                   GOOD "[daemon]\ninterval = 30\ncoalesce = 0\npoll_interval = 2\n"
                        "progress_interval = 4\npid_file = /run/x.pid\n"
                        "[metrics]\nlisten = [::1]:0\ntextfile = /tmp/x.prom\n",
                   0600);
    g_autofree char *off_path = write_file("off.conf", GOOD "[metrics]\nlisten = OFF\n", 0600);
    config_auto config = config_load(path, NULL, NULL);
    config_auto off = config_load(off_path, NULL, NULL);
    config_auto plain = config_new_default();

    (void)state;
    assert_non_null(config);
    assert_int_equal(config->daemon.interval_s, 30);
    assert_int_equal(config->daemon.coalesce_ms, 0);
    assert_int_equal(config->daemon.progress_interval_s, 4);
    assert_int_equal(config->daemon.poll_interval_s, 2);
    assert_string_equal(config->daemon.pid_file, "/run/x.pid");
    assert_string_equal(config->metrics.listen, "[::1]:0");
    assert_string_equal(config->metrics.textfile, "/tmp/x.prom");
    assert_null(off->metrics.listen);
    assert_int_equal(plain->daemon.interval_s, 60);
    assert_int_equal(plain->daemon.coalesce_ms, 1000);
    assert_int_equal(plain->daemon.progress_interval_s, 10);
    assert_int_equal(plain->daemon.poll_interval_s, 5);
    assert_null(plain->daemon.pid_file);
    assert_string_equal(plain->metrics.listen, "127.0.0.1:9834");
    assert_null(plain->metrics.textfile);
    assert_int_equal(plain->nodes.shard_count, 0);
}

static void
test_listen(void **state)
{
    static const struct {
        const char *text;
        int family;
        bool loopback;
    } good[] = {
        {"127.0.0.1:9834", AF_INET, true}, {"127.9.9.9:1", AF_INET, true},
        {"[::1]:9834", AF_INET6, true},    {"0.0.0.0:0", AF_INET, false},
        {"[::]:80", AF_INET6, false},      {"192.0.2.1:65535", AF_INET, false},
    };
    static const char *const bad[] = {
        "",        ":",          ":9834",    "127.0.0.1:",      "127.0.0.1:65536", "127.0.0.1:-1",
        "::1:9834", "[127.0.0.1]:1", "[::1]9834", "[]:1", "[:1", "127.1:1", "127.0.0.1:1 ", "*:1",
    };
    struct listen_address at;

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        assert_null(listen_parse(good[i].text, &at));
        assert_int_equal(at.address.ss_family, good[i].family);
        assert_int_equal(at.loopback, good[i].loopback);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        if (listen_parse(bad[i], &at) == NULL)
            fail_msg("\"%s\" was taken", bad[i]);
    }
}

static void
test_same_host(void **state)
{
    static const struct {
        const char *host, *name;
        bool same;
    } hosts[] = {
        {"vm-node-01", "vm-node-01", true},
        {"VM-node-01", "vm-Node-01.example.org", true},
        {"vm-node-01.example.org", "vm-node-01", true},
        {"vm-node-01.example.org", "VM-NODE-01.example.ORG", true},
        {"vm-node-01.example.org", "vm-node-01.example.com", false},
        {"vm-node-01", "vm-node-011", false},
        {"vm-node-011", "vm-node-01.example.org", false},
        {"vm-node-01", "vm-node-02.example.org", false},
        {"", "", false},
        {"", ".org", false},
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(hosts); i++)
        assert_int_equal(config_same_host(hosts[i].host, hosts[i].name), hosts[i].same);
}

/* Which nodes are wanted: self by this host's name, shares by the hash. */
static void
test_wanted(void **state)
{
    g_autofree char *self_path = write_file("self.conf", GOOD "[nodes]\nnodes = b self\n", 0600);
    g_autofree char *shard_path = write_file("shard.conf", GOOD "[nodes]\nshard = 2/2\n", 0600);
    config_auto self = config_load(self_path, NULL, NULL);
    config_auto shard = config_load(shard_path, NULL, NULL);
    g_autofree char *mine = g_ascii_strup(g_get_host_name(), -1);

    (void)state;
    assert_true(self->nodes.self);
    assert_false(self->nodes.all);
    assert_string_equal(self->nodes.names[0], "b");
    assert_null(self->nodes.names[1]);
    assert_true(config_node_wanted(self, mine));
    assert_true(config_node_wanted(self, "B"));
    assert_false(config_node_wanted(self, "another-host.example.org"));
    assert_int_equal(shard->nodes.shard_index, 2);
    assert_int_equal(shard->nodes.shard_count, 2);
    for (int i = 0; i < 20; i++) {
        g_autofree char *name = g_strdup_printf("vm-node-%02d", i);
        assert_int_equal(config_node_wanted(shard, name), node_shard(name, 2) == 2);
        assert_true(config_node_named(shard, name));
    }
}

struct unreadable {
    const char *path;
    const char *message;
};

static const struct unreadable unreadable[] = {
    {"/nonexistent/x.conf", "cannot read /nonexistent/x.conf: No such file or directory"},
    {"/", "cannot read /: it is a directory, not a file"},
    {"/dev/null", "cannot read /dev/null: it is not a regular file"},
};

static void
test_unreadable(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(unreadable); i++) {
        g_autoptr(GPtrArray) problems = config_problems_new();
        g_autoptr(GError) error = NULL;

        assert_null(config_load(unreadable[i].path, problems, &error));
        assert_true(g_error_matches(error, CONFIG_ERROR, CONFIG_ERROR_UNREADABLE));
        assert_string_equal(error->message, unreadable[i].message);
        assert_int_equal(problems->len, 1);
    }
}

static void
test_too_large(void **state)
{
    g_autofree char *text = g_strnfill(1024 * 1024 + 1, '#');
    g_autofree char *path = write_file("large.conf", text, 0600);
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_null(config_load(path, NULL, &error));
    assert_non_null(strstr(error->message, "larger than 1 MiB"));
}

static void
check_limit_key(const char *name, const char *default_text, int32_t def)
{
    const struct key *key = keys_find("limits", name);

    assert_non_null(key);
    assert_string_equal(key->default_text, default_text);
    assert_true(key->min <= def && def <= key->max);
}

/* Every limit of the rules is a key of [limits]. */
static void
test_limits_are_keys(void **state)
{
#define CHECK_LIMIT(limit, def, unit_, min_, what_) check_limit_key(#limit, #def, (def));
    (void)state;
    LIMITS_LIST(CHECK_LIMIT)
}

static void
test_suggest(void **state)
{
    static const char *const words[] = {"deadline", "uri", "pkipath"};

    (void)state;
    assert_string_equal(suggest_word("DEADLIEN", words, 3), "deadline");
    assert_string_equal(suggest_word("url", words, 3), "uri");
    assert_null(suggest_word("entirely-else", words, 3));
    assert_null(suggest_word("", words, 3));
}

static int
setup(void **state)
{
    (void)state;
    g_free(write_file("secret", "u:pw\n", 0600));
    g_free(write_file("password", "pw\n", 0600));
    g_free(write_file("open", "pw\n", 0644));
    g_free(write_file("empty", "", 0600));
    return 0;
}

int
main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(test_defaults),   cmocka_unit_test(test_values),
        cmocka_unit_test(test_unreadable), cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_daemon_values), cmocka_unit_test(test_opennebula_values),
        cmocka_unit_test(test_listen),
        cmocka_unit_test(test_same_host),     cmocka_unit_test(test_wanted),
        cmocka_unit_test(test_suggest),    cmocka_unit_test(test_limits_are_keys),
    };
    g_autofree struct CMUnitTest *tests =
        g_new(struct CMUnitTest, G_N_ELEMENTS(fixed) + config_n_rows);
    gsize n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
        tests[n++] = fixed[i];
    for (gsize i = 0; i < config_n_rows; i++)
        tests[n++] = (struct CMUnitTest){
            .name = config_rows[i].name,
            .test_func = test_row,
            .initial_state = (void *)(gintptr)&config_rows[i],
        };
    return harness_run("config", tests, n, setup, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "config/conf.h"
#include "config/keys.h"
#include "config/suggest.h"
#include "harness.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that is fine; rows add to it. */
#define GOOD "[directory]\nuri = ldapi:///\nbind = external\n[sync]\nstate_file = /tmp/state\n"

/*
 * One file and all it is told about, in the order of the lines.  "F" stands
 * for the file, "D" for the test's folder.
 */
struct row {
    const char *name;
    const char *text;
    const char *problems;
};

static const struct row rows[] = {
    {"good", GOOD, ""},
    {"empty file", "",
     "F: error: [directory] uri: no server is named; for example uri = ldapi:/// or "
     "ldap://ldap.example.org\n"
     "F: error: [directory] bind_dn: bind = simple needs a bind_dn\n"
     "F: error: [directory] password_file: bind = simple needs a password_file\n"
     "F: warning: [sync] state_file: the folder " LOCALSTATEDIR "/lib/statesync does not exist\n"},
    {"unknown section", GOOD "[direktory]\nx = y\n",
     "F:6: error: there is no section [direktory]; did you mean [directory]?\n"},
    {"unknown section, nothing near", GOOD "[zzz]\n", "F:6: error: there is no section [zzz]\n"},
    {"section node without a name", GOOD "[node]\nuri = test:///default\n",
     "F:6: error: there is no section [node]; did you mean [nodes]?\n"},
    {"unknown key", GOOD "[limits]\nmiss_limits = 4\n",
     "F:7: error: [limits] miss_limits: there is no such key; did you mean miss_limit?\n"},
    {"unknown key, nothing near", GOOD "[log]\ncolour = blue\n",
     "F:7: error: [log] colour: there is no such key\n"},
    {"key of a node", GOOD "[node a]\ndeadlin = 5\n",
     "F:7: error: [node a] deadlin: there is no such key; did you mean deadline?\n"},
    {"number with letters", GOOD "[limits]\nmiss_limit = 12abc\n",
     "F:7: error: [limits] miss_limit: \"12abc\" is not a whole number\n"},
    {"seconds with a unit", GOOD "[limits]\nmarker_limit = 15min\n",
     "F:7: error: [limits] marker_limit: \"15min\" is not a whole number of seconds\n"},
    {"octal is no number", GOOD "[limits]\nmiss_limit = 010\n",
     "F:7: error: [limits] miss_limit: \"010\" begins with a zero; numbers are decimal, write it "
     "without\n"},
    {"negative number", GOOD "[limits]\nmiss_limit = -1\n",
     "F:7: error: [limits] miss_limit: \"-1\" is not a whole number\n"},
    {"empty number", GOOD "[limits]\nmiss_limit =\n",
     "F:7: error: [limits] miss_limit: \"\" is not a whole number\n"},
    {"number too large for any type", GOOD "[limits]\nmemory_gap = 99999999999999999999\n",
     "F:7: error: [limits] memory_gap: 99999999999999999999 is out of range: 1 to 31536000 s\n"},
    {"below the range", GOOD "lease = 5\n",
     "F:6: error: [sync] lease: 5 is out of range: 10 to 3600 s\n"},
    {"percent above 100", GOOD "[limits]\nbudget_percent = 101\n",
     "F:7: error: [limits] budget_percent: 101 is out of range: 0 to 100 %\n"},
    {"limit below its default", GOOD "[limits]\nmiss_limit = 2\nabsence_hold = 15\n",
     "F:7: warning: [limits] miss_limit: 2 is below its default 3 (answers without the domain "
     "before its absence is believed)\n"},
    {"bad boolean", GOOD "standby = Truex\n",
     "F:6: error: [sync] standby: \"Truex\" is neither yes nor no\n"},
    {"bad word", GOOD "[log]\nlevel = warn\n",
     "F:7: error: [log] level: \"warn\" is none of error, warning, notice, info, debug\n"},
    {"bad word, something near", GOOD "[log]\nlevel = warnign\n",
     "F:7: error: [log] level: \"warnign\" is none of error, warning, notice, info, debug; did you "
     "mean warning?\n"},
    {"no DN", GOOD "[directory]\nbase = somewhere\n",
     "F:6: warning: section [directory] stands here again (first in line 1); they are joined\n"
     "F:7: error: [directory] base: \"somewhere\" is not a distinguished name\n"},
    {"cut value", GOOD "[nodes]\nuri = qemu://%h/system#x\n",
     "F:7: error: uri: the value would be cut at #; put it between double quotes\n"},
    {"comment after a value", GOOD "[nodes]\nuri = qemu://%h/system ; all\n",
     "F:7: warning: uri: what follows ; is a comment; if it belongs to the value, put the value "
     "between double quotes\n"},
    {"duplicate key", GOOD "[log]\nlevel = info\n\nlevel = debug\n",
     "F:9: error: level is set twice in [log] (before in line 7)\n"},
    {"all syntax problems at once", "level = info\n[log\nfoo\n[log]\nlevel = \"info\n",
     "F:1: error: level stands before the first [section]\n"
     "F:2: error: neither [section] nor name = value: [log\n"
     "F:3: error: neither [section] nor name = value: foo\n"
     "F:5: error: level: the value begins with \" and does not end with it\n"},
    {"escape sequences are shown", GOOD "[log]\nlevel = \x1b[31m\n",
     "F:7: error: [log] level: \"\\x1b[31m\" is none of error, warning, notice, info, debug\n"},
    {"not UTF-8", GOOD "[nodes]\nuri = test:///\xff\n",
     "F:7: error: [nodes] uri: the value is not UTF-8\n"},
    {"unknown scheme", "[directory]\nuri = http://x\nbind = external\n[sync]\nstate_file = /tmp/x\n",
     "F:2: error: [directory] uri: \"http://x\" does not begin with ldap://, ldaps:// or "
     "ldapi://\n"},
    {"external without a certificate",
     "[directory]\nuri = ldaps://x\nbind = external\n[sync]\nstate_file = /tmp/x\n",
     "F:3: error: [directory] bind: bind = external over ldap:// or ldaps:// needs tls_cert and "
     "tls_key\n"},
    {"password in the clear",
     "[directory]\nuri = ldap://x\nstarttls = no\nbind_dn = cn=x\npassword_file = D/secret\n"
     "[sync]\nstate_file = /tmp/x\n",
     "F:3: warning: [directory] starttls: the password can cross the network in the clear; use "
     "required, or ldaps:// or ldapi://\n"},
    {"settings without effect",
     "[directory]\nuri = ldapi:///\nbind = external\nbind_dn = cn=x\npassword_file = D/secret\n"
     "[sync]\nstate_file = /tmp/x\n",
     "F:4: warning: [directory] bind_dn: is not used unless bind = simple\n"
     "F:5: warning: [directory] password_file: is not used unless bind = simple\n"},
    {"certificate without key", GOOD "[directory]\ntls_cert = D/secret\n",
     "F:6: warning: section [directory] stands here again (first in line 1); they are joined\n"
     "F:7: error: [directory] tls_cert: a certificate needs its tls_key\n"},
    {"password file for all eyes",
     "[directory]\nuri = ldapi:///\nbind_dn = cn=x\npassword_file = D/open\n[sync]\n"
     "state_file = /tmp/x\n",
     "F:4: error: [directory] password_file: D/open can be read or written by others (mode 0644); "
     "run: chmod 600 D/open\n"},
    {"missing password file",
     "[directory]\nuri = ldapi:///\nbind_dn = cn=x\npassword_file = D/none\n[sync]\n"
     "state_file = /tmp/x\n",
     "F:4: error: [directory] password_file: D/none: No such file or directory\n"},
    {"empty password file",
     "[directory]\nuri = ldapi:///\nbind_dn = cn=x\npassword_file = D/empty\n[sync]\n"
     "state_file = /tmp/x\n",
     "F:4: error: [directory] password_file: D/empty is empty\n"},
    {"folder as a file", GOOD "[directory]\ntls_ca = D\n",
     "F:6: warning: section [directory] stands here again (first in line 1); they are joined\n"
     "F:7: error: [directory] tls_ca: D is a directory, not a file\n"},
    {"device as a file", GOOD "[directory]\ntls_ca = /dev/null\n",
     "F:6: warning: section [directory] stands here again (first in line 1); they are joined\n"
     "F:7: error: [directory] tls_ca: /dev/null is not a regular file\n"},
    {"relative path", GOOD "[nodes]\npkipath = pki\n",
     "F:7: error: [nodes] pkipath: \"pki\" is not an absolute path\n"},
    {"file as a folder", GOOD "[nodes]\npkipath = D/open\n",
     "F:7: error: [nodes] pkipath: D/open is not a directory\n"},
    {"state file is a folder",
     "[directory]\nuri = ldapi:///\nbind = external\n[sync]\nstate_file = D\n",
     "F:5: error: [sync] state_file: D is a directory, not a file\n"},
    {"state file in no folder",
     "[directory]\nuri = ldapi:///\nbind = external\n[sync]\nstate_file = D/none/x\n",
     "F:5: warning: [sync] state_file: the folder D/none does not exist\n"},
    {"unknown letter in a template", GOOD "[nodes]\nuri = qemu://%n/system\n",
     "F:7: error: [nodes] uri: \"qemu://%n/system\": after % only h, i, s or % may follow\n"},
    {"half a template", GOOD "[node a]\nuri = qemu://x/%%%\n",
     "F:7: error: [node a] uri: \"qemu://x/%%%\": after % only h, i, s or % may follow\n"},
    {"no URI", GOOD "[nodes]\nuri = vm-node\n",
     "F:7: error: [nodes] uri: \"vm-node\" is not a libvirt URI such as qemu+tls://%h/system\n"},
    {"star among names", GOOD "[nodes]\nnodes = a *\n",
     "F:7: error: [nodes] nodes: * means all nodes and stands alone\n"},
    {"no names", GOOD "[nodes]\nnodes =\n",
     "F:7: error: [nodes] nodes: no node is named; * means all\n"},
    {"name twice", GOOD "[nodes]\nnodes = a, A\n",
     "F:7: warning: [nodes] nodes: A is named twice\n"},
    {"section of a node that is not asked", GOOD "[nodes]\nnodes = a\n[node b]\ndeadline = 5\n",
     "F:8: warning: [node b] is not used: [nodes] nodes does not name it\n"},
    {"look deadline above the deadline", GOOD "[nodes]\nlook_deadline = 31\n",
     "F:7: warning: [nodes] look_deadline: 31 s is longer than the node's own deadline of 30 s\n"},
    {"no language", GOOD "[directory]\nlanguages = de d fr-CH\n",
     "F:6: warning: section [directory] stands here again (first in line 1); they are joined\n"
     "F:7: error: [directory] languages: \"d\" is not a language tag\n"},
    {"empty base", GOOD "[directory]\nbase = \"\"\n",
     "F:6: warning: section [directory] stands here again (first in line 1); they are joined\n"
     "F:7: error: [directory] base: a base is needed\n"},
};

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
    const struct row *row = *state;
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
    g_free(write_file("secret", "pw\n", 0600));
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
        cmocka_unit_test(test_suggest),    cmocka_unit_test(test_limits_are_keys),
    };
    struct CMUnitTest tests[G_N_ELEMENTS(fixed) + G_N_ELEMENTS(rows)];
    gsize n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
        tests[n++] = fixed[i];
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        tests[n++] = (struct CMUnitTest){
            .name = rows[i].name,
            .test_func = test_row,
            .initial_state = (void *)(gintptr)&rows[i],
        };
    return harness_run("config", tests, n, setup, NULL);
}

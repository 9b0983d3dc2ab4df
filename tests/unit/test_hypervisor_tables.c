/* SPDX-License-Identifier: GPL-2.0-or-later */
/* URIs from templates, classes of libvirt errors, libvirt's numbers: one named test per row. */
#include "config.h"

#include "harness.h"

#include "hypervisor/error.h"
#include "hypervisor/state.h"
#include "hypervisor/uri.h"

#include <errno.h>
#include <libvirt/virterror.h>

struct uri_row {
    const char *template;
    const char *host;
    const char *address;
    const char *uri; /* NULL = refused */
    const char *why; /* part of the message */
};

static const struct uri_row uri_rows[] = {
    {"qemu+tls://%h/system", "node-a.example.org", NULL,
     "qemu+tls://node-a.example.org/system", NULL},
    {"qemu+tcp://%i/system", "node-a.example.org", "10.1.2.3", "qemu+tcp://10.1.2.3/system", NULL},
    {"qemu+tcp://%i/system", "node-a", "fd00:0::1", "qemu+tcp://[fd00::1]/system", NULL},
    {"qemu+ssh://root@%s/system", "node-a.example.org", NULL,
     "qemu+ssh://root@node-a/system", NULL},
    {"qemu+ssh://root@%s/system", "node-a", NULL, "qemu+ssh://root@node-a/system", NULL},
    {"test:///srv/%h%%20x.xml", "n", NULL, "test:///srv/n%20x.xml", NULL},
    {"test:///default", "n", NULL, "test:///default", NULL},
    {"%h%h", "a_b-1", NULL, "a_b-1a_b-1", NULL},
    {"qemu+tcp://%i/system", "node-a", NULL, NULL, "internal address"},
    {"qemu+tcp://%i/system", "node-a", "", NULL, "internal address"},
    {"qemu+tcp://%i/system", "node-a", "10.1.2.300", NULL, "10.1.2.300"},
    {"qemu+tcp://%i/system", "node-a", "10.1.2.3/x?", NULL, "not an IP address"},
    {"qemu+tcp://%i/system", "node-a", "node-b", NULL, "not an IP address"},
    {"qemu://%h/", "evil/?socket=x", NULL, NULL, "not a host name"},
    {"qemu://%h/", "a@b", NULL, NULL, "not a host name"},
    {"qemu://%h/", "a b", NULL, NULL, "not a host name"},
    {"qemu://%h/", "a\nb", NULL, NULL, "a\\nb"},
    {"qemu://%h/", "", NULL, NULL, "not a host name"},
    {"qemu://%h/", "-x", NULL, NULL, "not a host name"},
    {"qemu://%h/", ".x", NULL, NULL, "not a host name"},
    {"qemu://%h/", "n\xc3\xb6", NULL, NULL, "not a host name"},
    {"qemu://%x/", "n", NULL, NULL, "%x"},
    {"qemu://%h/%", "n", NULL, NULL, "single percent sign"},
    {"", "n", NULL, NULL, "empty"},
    {NULL, "n", NULL, NULL, "empty"},
};

static void
test_uri(void **state)
{
    const struct uri_row *row = *state;
    g_autoptr(GError) error = NULL;
    g_autofree char *uri = uri_expand(row->template, row->host, row->address, &error);

    if (row->uri != NULL) {
        assert_null(error);
        assert_string_equal(uri, row->uri);
        return;
    }
    assert_null(uri);
    assert_int_equal(error->domain, HYPERVISOR_ERROR);
    assert_int_equal(error->code, ERROR_NO_URI);
    assert_non_null(strstr(error->message, row->why));
}

static void
test_template(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(uri_template_check("qemu+tcp://%i/system", &error));
    assert_false(uri_template_check("qemu+tcp://%I/system", &error));
    assert_non_null(strstr(error->message, "%I"));
}

/* What libvirt 9.0 reports, as seen. */
struct open_row {
    const char *uri;
    struct virt_failure failure;
    enum error_class class;
};

#define RPC VIR_FROM_RPC
#define SYS VIR_ERR_SYSTEM_ERROR

static const struct open_row open_rows[] = {
    {"qemu+tcp://h:1/system", {RPC, SYS, ECONNREFUSED, "unable to connect"}, ERROR_REFUSED},
    {"qemu+tcp://h:1/system", {RPC, SYS, EHOSTUNREACH, "unable to connect"}, ERROR_REFUSED},
    {"qemu+tcp://h:1/system", {RPC, SYS, ETIMEDOUT, "unable to connect"}, ERROR_TIMEOUT},
    {"qemu:///system", {RPC, SYS, ENOENT, "Failed to connect socket to '/x'"}, ERROR_REFUSED},
    {"qemu+unix:///system", {RPC, SYS, EACCES, "Failed to connect socket to '/x'"}, ERROR_AUTH},
    {"qemu+tcp://no.such/system",
     {RPC, SYS, -1, "Unable to resolve address 'no.such' service '16509': unknown"},
     ERROR_REFUSED},
    {"qemu+tls://no.such/system",
     {RPC, SYS, -1, "Unable to resolve address 'no.such' service '16514': unknown"},
     ERROR_REFUSED},
    {"qemu+tls://h/system", {RPC, SYS, ENOENT, "Cannot read CA certificate '/x'"}, ERROR_TLS},
    {"qemu://h/system", {RPC, SYS, ENOENT, "Cannot read CA certificate '/x'"}, ERROR_TLS},
    {"qemu+tls://h/system", {RPC, SYS, -1, "The client certificate x has expired"}, ERROR_TLS},
    {"qemu+tls://h/system", {RPC, SYS, -1, "Our own certificate x failed"}, ERROR_TLS},
    {"qemu+tls://h/system",
     {RPC, SYS, EIO, "Unable to read TLS confirmation: Input/output error"},
     ERROR_TLS},
    {"qemu+tls://h/system",
     {RPC, VIR_ERR_AUTH_FAILED, -1, "authentication failed: Failed to verify peer's certificate"},
     ERROR_TLS},
    {"qemu+tls://h/system",
     {RPC, VIR_ERR_AUTH_FAILED, -1, "authentication failed: Failed to start SASL negotiation"},
     ERROR_AUTH},
    {"qemu+tls://h/system", {RPC, SYS, ECONNREFUSED, "unable to connect"}, ERROR_REFUSED},
    {"qemu+tls://h/system", {RPC, SYS, ECONNRESET, "Cannot recv data"}, ERROR_CLOSED},
    {"qemu+tcp://h/system",
     {RPC, VIR_ERR_AUTH_FAILED, -1, "authentication failed: Failed to start SASL negotiation"},
     ERROR_AUTH},
    {"qemu+tcp://h/system", {RPC, SYS, ECONNRESET, "Cannot recv data"}, ERROR_CLOSED},
    {"qemu+unix:///system", {RPC, SYS, EIO, "End of file while reading data"}, ERROR_CLOSED},
    {"qemu+unix:///system", {RPC, SYS, EPIPE, "Cannot write data: Broken pipe"}, ERROR_CLOSED},
    {"qemu+ssh://h/system",
     {RPC, SYS, ECONNRESET, "Cannot recv data: ssh: connect to host h port 22: refused"},
     ERROR_REFUSED},
    {"qemu+ssh://h/system",
     {RPC, SYS, EIO, "End of file while reading data: Permission denied (publickey)."},
     ERROR_AUTH},
    {"qemu+ssh://h/system",
     {RPC, SYS, ECONNRESET, "Cannot recv data: Host key verification failed."},
     ERROR_AUTH},
    {"qemu+unix:///system", {VIR_FROM_REMOTE, VIR_ERR_AUTH_CANCELLED, -1, "x"}, ERROR_AUTH},
    {"qemu+unix:///system", {VIR_FROM_POLKIT, VIR_ERR_AUTH_UNAVAILABLE, -1, "x"}, ERROR_AUTH},
    {"garbage", {VIR_FROM_NONE, VIR_ERR_NO_CONNECT, -1, "no driver"}, ERROR_NO_URI},
    {"qemu+bad://x/", {VIR_FROM_REMOTE, VIR_ERR_INVALID_ARG, -1, "transport"}, ERROR_NO_URI},
    {"http://[::1", {VIR_FROM_URI, VIR_ERR_INTERNAL_ERROR, -1, "Unable to parse"}, ERROR_NO_URI},
    {"test:///nofile", {VIR_FROM_TEST, VIR_ERR_XML_ERROR, -1, "cannot parse"}, ERROR_RPC},
    {"qemu+tcp://h/system", {RPC, VIR_ERR_RPC, -1, "anything"}, ERROR_RPC},
};

static void
test_open(void **state)
{
    const struct open_row *row = *state;

    assert_string_equal(error_class_name(error_class_of_open(row->uri, &row->failure)),
                        error_class_name(row->class));
}

struct call_row {
    bool alive;
    struct virt_failure failure;
    enum error_class class;
    enum failure means;
};

static const struct call_row call_rows[] = {
    {true, {VIR_FROM_QEMU, VIR_ERR_NO_DOMAIN, -1, "x"}, ERROR_RPC, FAILURE_ABSENT},
    {true, {VIR_FROM_TEST, VIR_ERR_NO_SUPPORT, -1, "x"}, ERROR_RPC, FAILURE_UNSUPPORTED},
    {true, {VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, -1, "x"}, ERROR_RPC, FAILURE_REFUSED},
    {true, {VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, -1, "x"}, ERROR_RPC, FAILURE_INACTIVE},
    {true, {VIR_FROM_QEMU, VIR_ERR_OPERATION_TIMEOUT, -1, "x"}, ERROR_RPC, FAILURE_OTHER},
    {true, {VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, -1, "x"}, ERROR_RPC, FAILURE_OTHER},
    {true, {VIR_FROM_ACCESS, VIR_ERR_ACCESS_DENIED, -1, "x"}, ERROR_AUTH, FAILURE_OTHER},
    {false, {RPC, SYS, ECONNRESET, "x"}, ERROR_CLOSED, FAILURE_CONNECTION},
    {false, {RPC, VIR_ERR_INTERNAL_ERROR, -1, "client socket is closed"}, ERROR_CLOSED,
     FAILURE_CONNECTION},
    {false, {RPC, SYS, ETIMEDOUT, "x"}, ERROR_TIMEOUT, FAILURE_CONNECTION},
};

static void
test_call(void **state)
{
    const struct call_row *row = *state;

    assert_string_equal(error_class_name(error_class_of_call(row->alive, &row->failure)),
                        error_class_name(row->class));
    assert_int_equal(error_failure(row->alive, &row->failure), row->means);
}

/* State, reason and the words that virsh domstate --reason prints for them. */
struct state_row {
    int state;
    int reason;
    const char *words; /* "state (reason)" */
};

static const struct state_row state_rows[] = {
    {0, 0, "nostate (unknown)"},
    {1, 0, "running (unknown)"},
    {1, 1, "running (booted)"},
    {1, 2, "running (migrated)"},
    {1, 3, "running (restored)"},
    {1, 4, "running (from snapshot)"},
    {1, 5, "running (unpaused)"},
    {1, 6, "running (migration canceled)"},
    {1, 7, "running (save canceled)"},
    {1, 8, "running (event wakeup)"},
    {1, 9, "running (crashed)"},
    {1, 10, "running (post-copy)"},
    {1, 11, "running (post-copy failed)"},
    {1, 12, "running (other)"},
    {1, -1, "running (other)"},
    {2, 0, "blocked (unknown)"},
    {2, 1, "blocked (other)"},
    {3, 0, "paused (unknown)"},
    {3, 1, "paused (user)"},
    {3, 2, "paused (migrating)"},
    {3, 3, "paused (saving)"},
    {3, 4, "paused (dumping)"},
    {3, 5, "paused (ioerror)"},
    {3, 6, "paused (watchdog)"},
    {3, 7, "paused (from snapshot)"},
    {3, 8, "paused (shutting down)"},
    {3, 9, "paused (creating snapshot)"},
    {3, 10, "paused (crashed)"},
    {3, 11, "paused (starting up)"},
    {3, 12, "paused (post-copy)"},
    {3, 13, "paused (post-copy failed)"},
    {3, 14, "paused (api error)"},
    {3, 99, "paused (other)"},
    {4, 0, "shutdown (unknown)"},
    {4, 1, "shutdown (user)"},
    {5, 0, "shutoff (unknown)"},
    {5, 1, "shutoff (shutdown)"},
    {5, 2, "shutoff (destroyed)"},
    {5, 3, "shutoff (crashed)"},
    {5, 4, "shutoff (migrated)"},
    {5, 5, "shutoff (saved)"},
    {5, 6, "shutoff (failed)"},
    {5, 7, "shutoff (from snapshot)"},
    {5, 8, "shutoff (daemon)"},
    {5, 9, "shutoff (other)"},
    {6, 0, "crashed (unknown)"},
    {6, 1, "crashed (panicked)"},
    {7, 0, "pmsuspended (unknown)"},
    {8, 0, "other (other): state 8"},
    {-1, 0, "other (other): state -1"},
};

static void
test_state(void **state)
{
    const struct state_row *row = *state;
    struct domain d = {.state_word = g_strdup("left over")};
    g_autofree char *words = NULL;

    state_set(&d, row->state, row->reason);
    words = g_strdup_printf("%s (%s)%s%s", dstate_name(d.state), dreason_name(d.reason),
                            d.state_word != NULL ? ": " : "",
                            d.state_word != NULL ? d.state_word : "");
    assert_string_equal(words, row->words);
    g_free(d.state_word);
}

static void
test_jobs(void **state)
{
    static const char *const jobs[] = {
        "unknown", "start", "save", "restore", "incoming migration", "outgoing migration",
        "snapshot", "snapshot revert", "dump", "backup", "snapshot delete", "unknown"};
    static const char *const block_jobs[] = {"unknown", "pull",   "copy",   "commit",
                                             "active commit", "backup", "unknown"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(jobs); i++)
        assert_string_equal(job_name(state_job((int)i)), jobs[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(block_jobs); i++)
        assert_string_equal(block_job_name(state_block_job((int)i)), block_jobs[i]);
    assert_int_equal(state_job(-1), JOB_UNKNOWN);
    assert_int_equal(state_block_job(-1), BLOCK_JOB_UNKNOWN);
    assert_int_equal(state_control(VIR_DOMAIN_CONTROL_OK), CONTROL_OK);
    assert_int_equal(state_control(VIR_DOMAIN_CONTROL_JOB), CONTROL_OK);
    assert_int_equal(state_control(VIR_DOMAIN_CONTROL_OCCUPIED), CONTROL_OCCUPIED);
    assert_int_equal(state_control(VIR_DOMAIN_CONTROL_ERROR), CONTROL_ERROR);
    assert_int_equal(state_control(17), CONTROL_ERROR);
}

static void
add(GArray *tests, char *name, CMUnitTestFunction function, const void *row)
{
    const struct CMUnitTest test = {name, function, NULL, NULL, (gpointer)(guintptr)row};

    g_array_append_val(tests, test);
}

#define ADD_ROWS(tests, rows, function, ...)                                                       \
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)                                                \
    add((tests), g_strdup_printf(__VA_ARGS__), (function), &(rows)[i])

int
main(void)
{
    g_autoptr(GArray) tests = g_array_new(FALSE, FALSE, sizeof(struct CMUnitTest));
    int result;

    ADD_ROWS(tests, uri_rows, test_uri, "uri %zu: %s", i,
             uri_rows[i].template != NULL ? uri_rows[i].template : "none");
    ADD_ROWS(tests, open_rows, test_open, "open %zu: %s is %s", i, open_rows[i].uri,
             error_class_name(open_rows[i].class));
    ADD_ROWS(tests, call_rows, test_call, "call %zu: code %d", i, call_rows[i].failure.code);
    ADD_ROWS(tests, state_rows, test_state, "state %d %d: %s", state_rows[i].state,
             state_rows[i].reason, state_rows[i].words);
    add(tests, g_strdup("URI templates"), test_template, NULL);
    add(tests, g_strdup("jobs, block jobs and control states"), test_jobs, NULL);
    result = harness_run("hypervisor tables", (const struct CMUnitTest *)(void *)tests->data,
                         tests->len, NULL, NULL);
    for (guint i = 0; i < tests->len; i++)
        g_free((gpointer)(guintptr)g_array_index(tests, struct CMUnitTest, i).name);
    return result;
}

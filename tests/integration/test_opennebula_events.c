/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A front-end as the daemon has it: reads on demand in a thread, and events
 * from a real ZeroMQ publisher.
 */
#include "config.h"

#include "harness.h"
#include "integration/one_server.h"
#include "opennebula/opennebula.h"
#include "opennebula/subscriber.h"
#include "unit/opennebula_data.h"

#include <string.h>
#include <zmq.h>

#define LIMIT_MS 20000

static char *credential_file;

/* A publisher, and the main side that listens to it. */
struct world {
    void *context;
    void *publisher; /* NULL while it is down */
    char address[64];
    struct one_server *server;
    struct opennebula *one;
    guint n_up, n_down, n_overflow;
    GPtrArray *events; /* of struct frontend_answer */
    GPtrArray *answers;
    gint64 slowest_us; /* from the socket to the main context */
};

static void
publish_at(struct world *w, const char *address)
{
    size_t size = sizeof(w->address);
    int none = 0, many = 0;

    w->publisher = zmq_socket(w->context, ZMQ_PUB);
    zmq_setsockopt(w->publisher, ZMQ_LINGER, &none, sizeof(none));
    zmq_setsockopt(w->publisher, ZMQ_SNDHWM, &many, sizeof(many));
    if (zmq_bind(w->publisher, address) != 0)
        g_error("%s: %s", address, zmq_strerror(zmq_errno()));
    zmq_getsockopt(w->publisher, ZMQ_LAST_ENDPOINT, w->address, &size);
}

static void
send_frames(struct world *w, const char *topic, const char *body)
{
    zmq_send(w->publisher, topic, strlen(topic), body != NULL ? ZMQ_SNDMORE : 0);
    if (body != NULL)
        zmq_send(w->publisher, body, strlen(body), 0);
}

static void
on_event(const struct opennebula_event *event, void *data)
{
    struct world *w = data;

    assert_string_equal(event->frontend, "one");
    switch (event->kind) {
    case OPENNEBULA_EVENT_UP:
        w->n_up++;
        break;
    case OPENNEBULA_EVENT_DOWN:
        w->n_down++;
        break;
    case OPENNEBULA_EVENT_OVERFLOW:
        w->n_overflow++;
        break;
    case OPENNEBULA_EVENT_VM:
        w->slowest_us = MAX(w->slowest_us, g_get_monotonic_time() - event->received_us);
        g_ptr_array_add(w->events, frontend_answer_ref(event->answer));
        break;
    }
}

static void
on_answer(struct frontend_answer *a, void *data)
{
    struct world *w = data;

    g_ptr_array_add(w->answers, a);
}

static void
drop_answer(void *a)
{
    frontend_answer_unref(a);
}

static int
setup(void **state)
{
    struct world *w = g_new0(struct world, 1);
    struct opennebula_options o = {
        .name = "one",
        .credential_file = credential_file,
        .link_attribute = "STONEY_UUID",
        .connect_timeout_ms = 5000,
        .timeout_ms = 20000,
        .answer_limit = 1024 * 1024,
        .first_range = 500,
    };

    w->context = zmq_ctx_new();
    publish_at(w, "tcp://127.0.0.1:*");
    w->server = one_server_new();
    w->events = g_ptr_array_new_with_free_func(drop_answer);
    w->answers = g_ptr_array_new_with_free_func(drop_answer);
    o.endpoint = one_server_endpoint(w->server);
    o.events = w->address;
    w->one = opennebula_new(NULL, &o);
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    opennebula_free(w->one);
    one_server_free(w->server);
    if (w->publisher != NULL)
        zmq_close(w->publisher);
    zmq_ctx_term(w->context);
    g_ptr_array_unref(w->events);
    g_ptr_array_unref(w->answers);
    g_free(w);
    return 0;
}

static gboolean
out_of_time(gpointer data)
{
    *(bool *)data = true;
    return G_SOURCE_REMOVE;
}

/* Runs the main context until the number is reached. */
static void
wait_for(const guint *number, guint n)
{
    bool late = false;
    guint timer = g_timeout_add((guint)harness_patience(LIMIT_MS), out_of_time, &late);

    while (*number < n && !late)
        g_main_context_iteration(NULL, TRUE);
    if (late)
        fail_msg("%u of %u", *number, n);
    g_source_remove(timer);
}

/* UP is said when the handshake is over; the publisher knows of the subscription a moment later. */
static void
publish_until_heard(struct world *w)
{
    gsize n;
    const struct recorded_event *all = recorded_events(&n);
    gsize first = 0;

    while (all[first].id < 0)
        first++;
    while (w->events->len == 0) {
        send_frames(w, all[first].topic, all[first].body);
        g_main_context_iteration(NULL, FALSE);
    }
}

/* A VM nobody recorded. */
#define END_TOPIC "EVENT VM 424242/POWEROFF/LCM_INIT "
#define END_BODY                                                                                   \
    "PEhPT0tfTUVTU0FHRT48Vk0+PElEPjQyNDI0MjwvSUQ+PFNUQVRFPjg8L1NUQVRFPjxMQ01fU1RBVEU+MDwvTENNX1NUQV" \
    "RFPjwvVk0+PC9IT09LX01FU1NBR0U+"

static void
test_replay(void **state)
{
    struct world *w = *state;
    gsize n;
    const struct recorded_event *all = recorded_events(&n);
    g_autoptr(GHashTable) last = g_hash_table_new(g_int64_hash, g_int64_equal);
    GHashTableIter iter;
    gpointer vm;
    guint n_vms = 0;
    guint64 query = 0;

    assert_true(opennebula_listen(w->one, on_event, w, NULL));
    wait_for(&w->n_up, 1);
    publish_until_heard(w);
    for (gsize i = 0; i < n; i++) {
        n_vms += all[i].id >= 0;
        send_frames(w, all[i].topic, all[i].body);
    }
    /* before them come those that were sent until the first was heard */
    wait_for(&w->events->len, n_vms + 1);
    send_frames(w, END_TOPIC, END_BODY);
    while (vm_of(w->events->pdata[w->events->len - 1], 424242) == NULL)
        wait_for(&w->events->len, w->events->len + 1);
    g_ptr_array_set_size(w->events, (gint)w->events->len - 1);
    for (guint i = 0; i < w->events->len; i++) {
        const struct frontend_answer *a = w->events->pdata[i];

        assert_true(a->event);
        assert_true(a->query > query);
        query = a->query;
        g_hash_table_replace(last, &g_array_index(a->vms, struct frontend_vm, 0).id,
                             &g_array_index(a->vms, struct frontend_vm, 0));
    }
    g_hash_table_iter_init(&iter, last);
    while (g_hash_table_iter_next(&iter, NULL, &vm))
        assert_oracle(vm);
    assert_int_equal(opennebula_counts(w->one).n_malformed, 0);
    assert_int_equal(w->n_down, 0);
}

static void
test_malformed(void **state)
{
    struct world *w = *state;
    gsize n;
    const struct recorded_event *all = recorded_events(&n);
    guint64 before;

    assert_true(opennebula_listen(w->one, on_event, w, NULL));
    wait_for(&w->n_up, 1);
    publish_until_heard(w);
    before = opennebula_counts(w->one).n_malformed;
    send_frames(w, "EVENT VM 5/ACTIVE/BOOT ", NULL);
    send_frames(w, "EVENT VM 5/ACTIVE/BOOT ", "!!!");
    send_frames(w, "EVENT VM 5/ACTIVE/BOOT ", "PFZNLz4=");
    send_frames(w, "EVENT STATE VM/ACTIVE/BOOT/5 ", "!!!"); /* not subscribed */
    send_frames(w, all[n - 1].topic, all[n - 1].body);
    wait_for(&w->events->len, w->events->len + 1);
    while (opennebula_counts(w->one).n_malformed < before + 3)
        g_main_context_iteration(NULL, FALSE);
    assert_int_equal(opennebula_counts(w->one).n_malformed, before + 3);
}

/* A publisher that comes back is heard again, and says so. */
static void
test_reconnect(void **state)
{
    struct world *w = *state;
    g_autofree char *address = NULL;

    assert_true(opennebula_listen(w->one, on_event, w, NULL));
    wait_for(&w->n_up, 1);
    publish_until_heard(w);
    address = g_strdup(w->address);
    zmq_close(w->publisher);
    w->publisher = NULL;
    wait_for(&w->n_down, 1);
    publish_at(w, address);
    wait_for(&w->n_up, 2);
    g_ptr_array_set_size(w->events, 0);
    publish_until_heard(w);
}

static int
by_size(gconstpointer a, gconstpointer b)
{
    const gint64 *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* One event at a time reaches the main context at once: most of them in a millisecond. */
static void
test_latency(void **state)
{
    struct world *w = *state;
    gsize n;
    const struct recorded_event *all = recorded_events(&n);
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(gint64));

    assert_true(opennebula_listen(w->one, on_event, w, NULL));
    wait_for(&w->n_up, 1);
    publish_until_heard(w);
    for (guint i = 0; i < 50; i++) {
        w->slowest_us = 0;
        send_frames(w, all[n - 1].topic, all[n - 1].body);
        wait_for(&w->events->len, w->events->len + 1);
        g_array_append_val(times, w->slowest_us);
    }
    g_array_sort(times, by_size);
    print_message("# half of the events in %d us\n", (int)g_array_index(times, gint64, 25));
    assert_in_range(g_array_index(times, gint64, 25), 0, harness_patience(10) * 1000);
}

static void
test_ask(void **state)
{
    struct world *w = *state;
    const gint64 ids[] = {7};

    one_server_put(w->server, 5,
                   "<VM><ID>5</ID><STATE>8</STATE><LCM_STATE>0</LCM_STATE></VM>", NULL);
    one_server_put_done(w->server, 7,
                        "<VM><ID>7</ID><STATE>6</STATE><LCM_STATE>0</LCM_STATE></VM>");
    opennebula_ask(w->one, NULL, 0, on_answer, w);
    opennebula_ask(w->one, ids, 1, on_answer, w);
    assert_int_equal(w->answers->len, 0);
    assert_int_equal(opennebula_pending(w->one), 2);
    wait_for(&w->answers->len, 2);
    assert_int_equal(opennebula_pending(w->one), 0);
    assert_int_equal(((struct frontend_answer *)w->answers->pdata[0])->vms->len, 1);
    assert_int_equal(((struct frontend_answer *)w->answers->pdata[1])->vms->len, 2);
    assert_int_equal(opennebula_counts(w->one).n_reads, 2);
    assert_int_equal(opennebula_counts(w->one).n_failed, 0);
}

/* Single VMs: DONE or not, with the source of one that moves, and no word about any other. */
static void
test_ask_some(void **state)
{
    struct world *w = *state;
    const gint64 ids[] = {5, 7, 9, 11};
    const struct frontend_answer *a;

    one_server_put(w->server, 4, "<VM><ID>4</ID><STATE>8</STATE><LCM_STATE>0</LCM_STATE></VM>",
                   NULL);
    one_server_put(w->server, 5, "<VM><ID>5</ID><STATE>8</STATE><LCM_STATE>0</LCM_STATE></VM>",
                   NULL);
    one_server_put_done(w->server, 7,
                        "<VM><ID>7</ID><STATE>6</STATE><LCM_STATE>0</LCM_STATE></VM>");
#define MOVING(first)                                                                              \
    "<VM><ID>9</ID><STATE>3</STATE><LCM_STATE>4</LCM_STATE><HISTORY_RECORDS>" first                \
    "<HISTORY><SEQ>1</SEQ><HOSTNAME>b</HOSTNAME></HISTORY></HISTORY_RECORDS></VM>"
    one_server_put(w->server, 9, MOVING(""),
                   MOVING("<HISTORY><SEQ>0</SEQ><HOSTNAME>a</HOSTNAME></HISTORY>"));
#undef MOVING
    opennebula_ask_some(w->one, ids, G_N_ELEMENTS(ids), on_answer, w);
    wait_for(&w->answers->len, 1);
    a = w->answers->pdata[0];
    assert_true(a->event);
    assert_int_equal(a->result, RESULT_COMPLETE);
    assert_true(a->took_us > 0);
    assert_int_equal(a->vms->len, 3);
    assert_int_equal(vm_of(a, 7)->state, 6);
    assert_string_equal(vm_of(a, 9)->source, "a");
    assert_int_equal(one_server_calls(w->server, "one.vmpool.infoextended"), 0);
}

/* The end does not wait for a front-end that does not answer. */
static void
test_end(void **state)
{
    struct world *w = *state;
    gint64 begin;

    one_server_fault(w->server, ONE_FAULT_SILENT, NULL, 0, 0, NULL);
    assert_true(opennebula_listen(w->one, on_event, w, NULL));
    opennebula_ask(w->one, NULL, 0, on_answer, w);
    opennebula_ask(w->one, NULL, 0, on_answer, w);
    while (one_server_calls(w->server, "one.system.version") == 0)
        g_main_context_iteration(NULL, FALSE);
    begin = g_get_monotonic_time();
    g_clear_pointer(&w->one, opennebula_free);
    assert_in_range((g_get_monotonic_time() - begin) / 1000, 0, harness_patience(5000));
    assert_int_equal(w->answers->len, 0);
}

static void
test_no_address(void **state)
{
    struct world *w = *state;
    struct opennebula_options o = {.name = "one", .endpoint = "http://127.0.0.1:1/",
                                   .credential_file = credential_file};
    CLEANUP(opennebula_free) struct opennebula *none = opennebula_new(NULL, &o);
    CLEANUP(opennebula_free) struct opennebula *bad = NULL;
    g_autoptr(GError) error = NULL;

    assert_false(opennebula_listen(none, on_event, w, &error));
    assert_string_equal(error->message, "no address of events is configured");
    g_clear_error(&error);
    o.events = "tcp://127.0.0.1";
    bad = opennebula_new(NULL, &o);
    assert_false(opennebula_listen(bad, on_event, w, &error));
    assert_non_null(strstr(error->message, "events of tcp://127.0.0.1: Invalid argument"));
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_replay, setup, teardown),
        cmocka_unit_test_setup_teardown(test_malformed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reconnect, setup, teardown),
        cmocka_unit_test_setup_teardown(test_latency, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ask, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ask_some, setup, teardown),
        cmocka_unit_test_setup_teardown(test_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_address, setup, teardown),
    };

    credential_file = g_build_filename(harness_tmpdir(), "auth", NULL);
    if (!g_file_set_contents_full(credential_file, "oneadmin:secret-1\n", -1,
                                  G_FILE_SET_CONTENTS_NONE, 0600, NULL))
        return 1;
    return harness_run("opennebula_events", tests, G_N_ELEMENTS(tests), NULL, NULL);
}

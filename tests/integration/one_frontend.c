/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * one_frontend [--port N] [--events N] [--session USER:TOKEN]
 *
 * An OpenNebula front-end for shell tests: XML-RPC on loopback (one_server.h)
 * and a ZeroMQ publisher.  Prints `ready ENDPOINT EVENTS', then obeys lines on
 * stdin, answering each with `ok', or `error TEXT', until end of file:
 *   put ID STATE LCM [KEY=VALUE...]  a VM; keys: link os_uuid deploy_id host source name action
 *   to ID STATE LCM [KEY=VALUE...]   changes a VM; nobody is told
 *   event ID                         tells how the VM is
 *   garble ID                        tells something that nobody understands
 *   done ID                          it is DONE: no pool has it any more
 *   remove ID                        nor does anything else
 *   file ID PATH                     a VM as it was recorded, with its number
 *   fault none|silent|cut            what every call gets from now on
 *   fault status|code N [TEXT]       an HTTP status, one of OpenNebula's codes
 *   fault trickle MS METHOD N        its N-th call from now on (0 = the next) and all later ones:
 *                                    a byte every so often
 *   session USER:TOKEN               who is let in
 *   calls METHOD                     answers with the number of questions so far
 */
#include "config.h"

#include "integration/one_server.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

struct front {
    struct one_server *server;
    void *context;
    void *publisher;
    char address[64];
    GHashTable *vms; /* id -> struct vm */
};

struct vm {
    gint64 id;
    int state, lcm;
    bool done;
    char *recorded;     /* NULL = made of what follows */
    GHashTable *values; /* KEY -> VALUE */
};

/* The names OpenNebula uses in topics; numbers where it does not matter. */
static const char *
state_word(int state)
{
    static const char *const words[] = {"INIT",   "PENDING",   "HOLD",       "ACTIVE",
                                        "STOPPED", "SUSPENDED", "DONE",       "FAILED",
                                        "POWEROFF", "UNDEPLOYED", "CLONING", "CLONING_FAILURE"};

    return state >= 0 && state < (int)G_N_ELEMENTS(words) ? words[state] : "UNKNOWN";
}

static void
vm_free(gpointer data)
{
    struct vm *vm = data;

    g_free(vm->recorded);
    g_hash_table_unref(vm->values);
    g_free(vm);
}

static struct vm *
vm_of(struct front *f, gint64 id)
{
    struct vm *vm = g_hash_table_lookup(f->vms, &id);

    if (vm == NULL) {
        vm = g_new0(struct vm, 1);
        vm->id = id;
        vm->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_hash_table_insert(f->vms, &vm->id, vm);
    }
    return vm;
}

/* <TAG>value</TAG>, or nothing */
static void
append(GString *out, const struct vm *vm, const char *key, const char *format)
{
    const char *value = g_hash_table_lookup(vm->values, key);
    g_autofree char *escaped = value != NULL ? g_markup_escape_text(value, -1) : NULL;
    g_auto(GStrv) parts = g_strsplit(format, "%", 2);

    if (value != NULL)
        g_string_append_printf(out, "%s%s%s", parts[0], escaped, parts[1]);
}

static void
append_history(GString *out, const struct vm *vm, bool all)
{
    if (!g_hash_table_contains(vm->values, "host"))
        return;
    g_string_append(out, "<HISTORY_RECORDS>");
    if (all)
        append(out, vm, "source", "<HISTORY><SEQ>0</SEQ><HOSTNAME>%</HOSTNAME><ACTION>1</ACTION>"
                                  "</HISTORY>");
    g_string_append(out, "<HISTORY><SEQ>1</SEQ>");
    append(out, vm, "host", "<HOSTNAME>%</HOSTNAME>");
    append(out, vm, "action", "<ACTION>%</ACTION>");
    g_string_append(out, "</HISTORY></HISTORY_RECORDS>");
}

/* As the pool has it, or with its whole history. */
static char *
text_of(const struct vm *vm, bool all)
{
    GString *out = g_string_new("<VM>");

    if (vm->recorded != NULL) {
        g_string_assign(out, vm->recorded);
        return g_string_free(out, FALSE);
    }
    g_string_append_printf(out, "<ID>%" G_GINT64_FORMAT "</ID>", vm->id);
    append(out, vm, "name", "<NAME>%</NAME>");
    g_string_append_printf(out, "<STATE>%d</STATE><LCM_STATE>%d</LCM_STATE>", vm->state, vm->lcm);
    append(out, vm, "deploy_id", "<DEPLOY_ID>%</DEPLOY_ID>");
    append(out, vm, "os_uuid", "<TEMPLATE><OS><UUID><![CDATA[%]]></UUID></OS></TEMPLATE>");
    append(out, vm, "link",
           "<USER_TEMPLATE><STONEY_UUID><![CDATA[%]]></STONEY_UUID></USER_TEMPLATE>");
    append_history(out, vm, all);
    g_string_append(out, "</VM>");
    return g_string_free(out, FALSE);
}

static void
serve(struct front *f, const struct vm *vm)
{
    g_autofree char *pool = text_of(vm, false);
    g_autofree char *all = text_of(vm, true);

    if (vm->done)
        one_server_put_done(f->server, vm->id, all);
    else
        one_server_put(f->server, vm->id, pool, all);
}

static void
publish(struct front *f, const struct vm *vm, bool garbled)
{
    g_autofree char *all = garbled ? g_strdup("<VM><ID>") : text_of(vm, true);
    g_autofree char *message = g_strconcat("<HOOK_MESSAGE><HOOK_TYPE>STATE</HOOK_TYPE>"
                                           "<HOOK_OBJECT>VM</HOOK_OBJECT>", all,
                                           "</HOOK_MESSAGE>", NULL);
    g_autofree char *body = g_base64_encode((const guchar *)message, strlen(message));
    g_autofree char *topic = g_strdup_printf("EVENT VM %" G_GINT64_FORMAT "/%s/%d ", vm->id,
                                             state_word(vm->state), vm->lcm);

    zmq_send(f->publisher, topic, strlen(topic), ZMQ_SNDMORE);
    zmq_send(f->publisher, body, strlen(body), 0);
}

/* --- commands: NULL, or what is wrong -------------------------------------------------- */

static const char *
set_vm(struct front *f, char **words, guint n)
{
    if (n < 4)
        return "ID STATE LCM are needed";
    struct vm *vm = vm_of(f, g_ascii_strtoll(words[1], NULL, 10));
    if (strcmp(words[0], "put") == 0)
        g_hash_table_remove_all(vm->values);
    g_clear_pointer(&vm->recorded, g_free);
    vm->state = atoi(words[2]);
    vm->lcm = atoi(words[3]);
    vm->done = vm->state == 6;
    for (guint i = 4; i < n; i++) {
        char *value = strchr(words[i], '=');
        if (value == NULL)
            return "KEY=VALUE is wanted";
        g_hash_table_insert(vm->values, g_strndup(words[i], (gsize)(value - words[i])),
                            g_strdup(value + 1));
    }
    serve(f, vm);
    return NULL;
}

static const char *
take_file(struct front *f, char **words, guint n)
{
    g_autofree char *text = NULL;

    if (n < 3 || !g_file_get_contents(words[2], &text, NULL, NULL))
        return "the file cannot be read";
    struct vm *vm = vm_of(f, g_ascii_strtoll(words[1], NULL, 10));
    g_free(vm->recorded);
    vm->recorded = g_strdup(text);
    serve(f, vm);
    return NULL;
}

static const char *
set_fault(struct front *f, char **words, guint n)
{
    static const struct {
        const char *word;
        enum one_fault fault;
    } faults[] = {{"none", ONE_FAULT_NONE},     {"silent", ONE_FAULT_SILENT},
                  {"cut", ONE_FAULT_CUT},       {"status", ONE_FAULT_STATUS},
                  {"code", ONE_FAULT_CODE},     {"trickle", ONE_FAULT_TRICKLE}};

    for (gsize i = 0; n > 1 && i < G_N_ELEMENTS(faults); i++) {
        if (strcmp(faults[i].word, words[1]) != 0)
            continue;
        if (faults[i].fault == ONE_FAULT_TRICKLE) {
            if (n != 5)
                return "MS METHOD N are needed";
            one_server_fault(f->server, ONE_FAULT_TRICKLE, words[3], (guint)atoi(words[4]),
                             atoi(words[2]), NULL);
            return NULL;
        }
        g_autofree char *text = n > 3 ? g_strjoinv(" ", words + 3) : NULL;
        one_server_fault(f->server, faults[i].fault, NULL, 0, n > 2 ? atoi(words[2]) : 0, text);
        return NULL;
    }
    return "no such fault";
}

/* done, remove, event, garble */
static const char *
one_word_command(struct front *f, const char *command, gint64 id)
{
    struct vm *vm = g_hash_table_lookup(f->vms, &id);

    if (vm == NULL)
        return "no such VM";
    if (strcmp(command, "event") == 0 || strcmp(command, "garble") == 0) {
        publish(f, vm, strcmp(command, "garble") == 0);
    } else if (strcmp(command, "done") == 0) {
        vm->state = 6;
        vm->lcm = 0;
        vm->done = true;
        serve(f, vm);
    } else {
        one_server_remove(f->server, id);
        g_hash_table_remove(f->vms, &id);
    }
    return NULL;
}

static const char *
obey(struct front *f, char **words, guint n)
{
    const char *command = words[0];

    if (strcmp(command, "put") == 0 || strcmp(command, "to") == 0)
        return set_vm(f, words, n);
    if (strcmp(command, "fault") == 0)
        return set_fault(f, words, n);
    if (strcmp(command, "file") == 0)
        return take_file(f, words, n);
    if (n < 2)
        return "a word is missing";
    if (strcmp(command, "session") == 0) {
        one_server_session(f->server, words[1]);
        return NULL;
    }
    if (strcmp(command, "event") == 0 || strcmp(command, "done") == 0
        || strcmp(command, "remove") == 0 || strcmp(command, "garble") == 0)
        return one_word_command(f, command, g_ascii_strtoll(words[1], NULL, 10));
    return "no such command";
}

static void
obey_line(struct front *f, char *line)
{
    g_auto(GStrv) words = g_strsplit(g_strstrip(line), " ", -1);
    guint n = g_strv_length(words);

    if (n == 2 && strcmp(words[0], "calls") == 0) {
        printf("%u\n", one_server_calls(f->server, words[1]));
        return;
    }
    const char *wrong = n > 0 ? obey(f, words, n) : "a command is wanted";
    printf("%s%s\n", wrong == NULL ? "ok" : "error ", wrong != NULL ? wrong : "");
}

static bool
open_publisher(struct front *f, int port)
{
    g_autofree char *address = port > 0 ? g_strdup_printf("tcp://127.0.0.1:%d", port)
                                        : g_strdup("tcp://127.0.0.1:*");
    size_t size = sizeof(f->address);
    int none = 0;

    f->context = zmq_ctx_new();
    f->publisher = zmq_socket(f->context, ZMQ_PUB);
    zmq_setsockopt(f->publisher, ZMQ_LINGER, &none, sizeof(none));
    if (zmq_bind(f->publisher, address) != 0) {
        printf("error %s: %s\n", address, zmq_strerror(zmq_errno()));
        return false;
    }
    zmq_getsockopt(f->publisher, ZMQ_LAST_ENDPOINT, f->address, &size);
    return true;
}

int
main(int argc, char **argv)
{
    struct front f = {.vms = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, vm_free)};
    int port = 0, events = 0;
    g_autofree char *session = NULL;
    char line[4096];
    g_autoptr(GError) error = NULL;
    const GOptionEntry entries[] = {
        {"port", 0, 0, G_OPTION_ARG_INT, &port, "Of XML-RPC", "N"},
        {"events", 0, 0, G_OPTION_ARG_INT, &events, "Of the publisher", "N"},
        {"session", 0, 0, G_OPTION_ARG_STRING, &session, "Who is let in", "USER:TOKEN"},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) options = g_option_context_new("");

    g_option_context_add_main_entries(options, entries, NULL);
    if (!g_option_context_parse(options, &argc, &argv, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!open_publisher(&f, events))
        return 1;
    f.server = one_server_new_at((guint16)port);
    one_server_session(f.server, session);
    printf("ready %s %s\n", one_server_endpoint(f.server), f.address);
    while (fgets(line, sizeof(line), stdin) != NULL)
        obey_line(&f, line);
    one_server_free(f.server);
    zmq_close(f.publisher);
    zmq_ctx_term(f.context);
    g_hash_table_unref(f.vms);
    return 0;
}

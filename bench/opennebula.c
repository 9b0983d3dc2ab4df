/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opennebula [VMS]: what a pool costs, 20,000 VMs where nothing is said.
 *
 * The pool is made of the recorded bodies, over and over with other numbers.
 * Turn and turn about over the same bytes: libxml2's bare reader over the
 * decoded document, our parser over it, and our parser behind the XML-RPC
 * layer over the answer as it comes over the wire.  Then a process of its own
 * reads it all over HTTP from a server on loopback, and says what its memory
 * peaked at; so does one that is linked alike and does nothing.
 *
 * Exit status 1 when a target is missed.
 */
#include "config.h"

#include "integration/one_server.h"
#include "opennebula/pool.h"
#include "opennebula/read.h"
#include "opennebula/rpc.h"
#include "unit/opennebula_data.h"

#include <libxml/xmlreader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE 16384 /* what libcurl hands on */
#define ROUNDS 7
#define SPEED_TARGET 60  /* per cent of the bare reader */
#define BASE_TARGET 32768 /* KiB over the empty program, and one more per VM */

/* Peak memory of this process since it was made, in KiB. */
static long
peak_kib(void)
{
    g_autofree char *status = NULL;
    const char *line;

    if (!g_file_get_contents("/proc/self/status", &status, NULL, NULL)
        || (line = strstr(status, "VmHWM:")) == NULL)
        return 0;
    return strtol(line + strlen("VmHWM:"), NULL, 10);
}

static double
now_ms(void)
{
    return (double)g_get_monotonic_time() / 1000;
}

/* The recorded bodies, one after the other. */
static GPtrArray *
bodies(void)
{
    g_autofree char *pool = recorded("pool/infoextended.all.xml", NULL);
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);

    for (const char *p = strstr(pool, "<VM><ID>"), *end; p != NULL; p = strstr(end, "<VM><ID>")) {
        end = strstr(p, "</VM>") + strlen("</VM>");
        g_ptr_array_add(all, g_strndup(p, (gsize)(end - p)));
    }
    return all;
}

/* The i-th VM: a recorded body with another number. */
static char *
vm_body(const GPtrArray *all, guint i)
{
    const char *body = all->pdata[i % all->len];

    return g_strdup_printf("<VM><ID>%u%s", i, strstr(body, "</ID>"));
}

static gint64
bare_reader(const GString *document)
{
    xmlTextReaderPtr reader = xmlReaderForMemory(document->str, (int)document->len, NULL, NULL,
                                                 XML_PARSE_NONET | XML_PARSE_HUGE);
    gint64 n = 0;

    while (xmlTextReaderRead(reader) == 1)
        n++;
    xmlFreeTextReader(reader);
    return n;
}

static const struct pool_options options = {.link_attribute = "STONEY_UUID", .last = -1};

static gint64
our_parser(const GString *document)
{
    CLEANUP(frontend_answer_unref)
    struct frontend_answer *a = frontend_answer_new("one", RESULT_COMPLETE);
    CLEANUP(pool_free) struct pool *p = pool_new(&options, a);

    for (gsize at = 0; at < document->len; at += PIECE)
        if (!pool_push(p, document->str + at, MIN(PIECE, document->len - at), NULL))
            g_error("the pool is refused");
    if (!pool_end(p, NULL))
        g_error("the pool is refused");
    return a->vms->len;
}

static bool
take(void *data, const char *text, size_t len, GError **error)
{
    return pool_push(data, text, len, error);
}

static gint64
whole_layer(const GString *answer)
{
    CLEANUP(frontend_answer_unref)
    struct frontend_answer *a = frontend_answer_new("one", RESULT_COMPLETE);
    CLEANUP(pool_free) struct pool *p = pool_new(&options, a);
    CLEANUP(rpc_answer_free) struct rpc_answer *rpc = rpc_answer_new(take, p);

    for (gsize at = 0; at < answer->len; at += PIECE)
        if (!rpc_answer_push(rpc, answer->str + at, MIN(PIECE, answer->len - at), NULL))
            g_error("the answer is refused");
    if (!rpc_answer_end(rpc, NULL) || !pool_end(p, NULL))
        g_error("the answer is refused");
    return a->vms->len;
}

struct contender {
    const char *name;
    gint64 (*run)(const GString *bytes);
    const GString *bytes;
    double ms; /* the best */
};

/* Speeds; false when the target is missed. */
static bool
race(const GString *document, const GString *answer)
{
    struct contender all[] = {
        {"libxml2's bare reader, decoded document", bare_reader, document, 1e9},
        {"our parser, decoded document", our_parser, document, 1e9},
        {"XML-RPC layer and our parser, whole answer", whole_layer, answer, 1e9},
    };
    double share;

    for (guint round = 0; round < ROUNDS; round++)
        for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
            double begin = now_ms();

            all[i].run(all[i].bytes);
            all[i].ms = MIN(all[i].ms, now_ms() - begin);
        }
    for (guint i = 0; i < G_N_ELEMENTS(all); i++)
        printf("%-44s %8.1f ms %8.1f MB/s\n", all[i].name, all[i].ms,
               (double)all[i].bytes->len / all[i].ms / 1000);
    share = 100 * all[0].ms / all[1].ms;
    printf("our parser runs at %.0f %% of the bare reader (target: %d %%)\n", share, SPEED_TARGET);
    printf("the XML-RPC layer is %.0f %% of the whole\n", 100 * (1 - all[1].ms / all[2].ms));
    return share >= SPEED_TARGET;
}

/* A process of its own: peak memory in KiB of what it does with the arguments. */
static long
peak_of(const char *program, const char *mode, const char *endpoint, const char *credential)
{
    const char *argv[] = {program, mode, endpoint, credential, NULL};
    g_autofree char *out = NULL;
    g_autoptr(GError) error = NULL;
    int status;

    if (!g_spawn_sync(NULL, (char **)(guintptr)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL,
                      &status, &error)
        || status != 0)
        g_error("%s: %s", mode, error != NULL ? error->message : "failed");
    if (strcmp(mode, "--read") == 0)
        printf("%s", strchr(out, '\n') + 1);
    return strtol(out, NULL, 10);
}

static int
read_mode(const char *endpoint, const char *credential)
{
    const struct opennebula_options o = {
        .name = "one",
        .endpoint = endpoint,
        .credential_file = credential,
        .link_attribute = "STONEY_UUID",
        .connect_timeout_ms = 10000,
        .timeout_ms = 300000,
        .answer_limit = 16777216,
        .first_range = 500,
    };
    double begin = now_ms();
    CLEANUP(frontend_answer_unref) struct frontend_answer *a = opennebula_read(&o, NULL, 0);

    printf("%ld\n%u VMs read over HTTP in %.0f ms, server and client on one machine\n", peak_kib(),
           a->vms->len, now_ms() - begin);
    if (a->result != RESULT_COMPLETE)
        fprintf(stderr, "%s\n", a->text);
    return a->result == RESULT_COMPLETE ? 0 : 1;
}

/* Memory of the whole client; false when the target is missed. */
static bool
weigh(const char *program, const GPtrArray *all, guint n)
{
    g_autofree char *folder = g_dir_make_tmp("statesync-bench-XXXXXX", NULL);
    g_autofree char *credential = g_build_filename(folder, "auth", NULL);
    CLEANUP(one_server_free) struct one_server *server = one_server_new();
    long empty, full;

    for (guint i = n; i-- > 0;) { /* newest last: putting is quick then */
        g_autofree char *body = vm_body(all, i);

        one_server_put(server, i, body, NULL);
    }
    g_file_set_contents_full(credential, "oneadmin:secret\n", -1, G_FILE_SET_CONTENTS_NONE, 0600,
                             NULL);
    empty = peak_of(program, "--empty", "", "");
    full = peak_of(program, "--read", one_server_endpoint(server), credential);
    unlink(credential);
    rmdir(folder);
    printf("peak memory: %ld KiB, the empty program: %ld KiB; %ld KiB over it (target: %ld KiB)\n",
           full, empty, full - empty, BASE_TARGET + (long)n);
    return full - empty <= BASE_TARGET + (long)n;
}

int
main(int argc, char **argv)
{
    guint n = argc > 1 ? (guint)strtoul(argv[1], NULL, 10) : 20000;
    g_autoptr(GPtrArray) all = NULL;
    bool fast, small;

    walk_prepare();
    if (argc > 1 && strcmp(argv[1], "--empty") == 0)
        return printf("%ld\n", peak_kib()) > 0 ? 0 : 1;
    if (argc > 3 && strcmp(argv[1], "--read") == 0)
        return read_mode(argv[2], argv[3]);
    all = bodies();
    {
        g_autoptr(GString) document = g_string_new("<VM_POOL>");
        g_autoptr(GString) answer = g_string_new(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<methodResponse>\n<params>\n<param><value>"
            "<array><data>\n<value><boolean>1</boolean></value>\n<value><string>");
        g_autofree char *escaped = NULL;

        for (guint i = 0; i < n; i++) {
            g_autofree char *body = vm_body(all, i);

            g_string_append(document, body);
        }
        g_string_append(document, "</VM_POOL>");
        escaped = g_markup_escape_text(document->str, (gssize)document->len);
        g_string_append(answer, escaped);
        g_string_append(answer, "</string></value>\n<value><i4>0</i4></value>\n</data></array>"
                                "</value></param>\n</params>\n</methodResponse>\n");
        printf("%u VMs: %.1f MB decoded, %.1f MB as answer\n", n, (double)document->len / 1e6,
               (double)answer->len / 1e6);
        fast = race(document, answer);
    }
    small = weigh(argv[0], all, n);
    return fast && small ? 0 : 1;
}

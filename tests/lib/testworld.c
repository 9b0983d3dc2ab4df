/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * testworld URI [--count N] [--first I] [--state STATE] [--list FILE] [--keep-default]
 *
 * Fills a libvirt connection with domains and keeps it open: the shared test driver behind a
 * daemon lives as long as one connection does.  Domains are named by their UUID.
 *   --count N        N domains with UUIDs made from the numbers I, I+1, ... (--first I, default 0)
 *   --state STATE    what these become (default shutoff)
 *   --list FILE      more domains: lines "UUID STATE", `#' starts a comment
 *   --keep-default   leave the domain `test' alone, which test:///default begins with
 * STATE: shutoff running paused crashed (shut off, with that reason) saved (shut off, with a
 * managed-save image) transient (running, not persistent).
 *
 * Prints `ready N', then obeys lines on stdin, answering each with `ok' or
 * `error DOMAIN CODE TEXT' (libvirt's numbers), until end of file:
 *   define|undefine|start|start-paused|pause|resume|shutdown|destroy|crash|managedsave|
 *   managedsave-remove|transient UUID
 *   every K COMMAND  the command on each K-th domain (1: on all) in the order they were made
 *   count            prints the number of domains known here
 * If the connection cannot be opened: `error DOMAIN CODE TEXT' and status 1.
 */
#include "config.h"

#include <glib.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct world {
    virConnectPtr connection;
    GPtrArray *uuids;    /* in the order of making; owns the text */
    GHashTable *domains; /* uuid -> virDomainPtr */
};

typedef int (*domain_call)(virDomainPtr domain);

/* The test driver knows no VIR_DOMAIN_START_PAUSED. */
static int
start_paused(virDomainPtr domain)
{
    return virDomainCreate(domain) == 0 && virDomainSuspend(domain) == 0 ? 0 : -1;
}

static int
crash(virDomainPtr domain)
{
    return virDomainCoreDump(domain, "/dev/null", VIR_DUMP_CRASH);
}

static int
managed_save(virDomainPtr domain)
{
    return virDomainManagedSave(domain, 0);
}

static int
managed_save_remove(virDomainPtr domain)
{
    return virDomainManagedSaveRemove(domain, 0);
}

static int
undefine(virDomainPtr domain)
{
    return virDomainUndefineFlags(domain, VIR_DOMAIN_UNDEFINE_MANAGED_SAVE);
}

static const struct {
    const char *word;
    domain_call call;
} calls[] = {
    {"start", virDomainCreate},
    {"start-paused", start_paused},
    {"pause", virDomainSuspend},
    {"resume", virDomainResume},
    {"shutdown", virDomainShutdown},
    {"destroy", virDomainDestroy},
    {"crash", crash},
    {"managedsave", managed_save},
    {"managedsave-remove", managed_save_remove},
    {"undefine", undefine},
};

/* What has to be done to a defined domain to bring it into a state. */
static const struct {
    const char *state;
    const char *first;
    const char *second;
} states[] = {
    {"shutoff", NULL, NULL},       {"running", "start", NULL},     {"paused", "start-paused", NULL},
    {"crashed", "start", "crash"}, {"saved", "start", "managedsave"},
};

static void
ignore_error(void *data, virErrorPtr error)
{
    (void)data;
    (void)error;
}

static void
print_error(void)
{
    const virError *error = virGetLastError();

    if (error == NULL)
        puts("error 0 0 unknown");
    else
        printf("error %d %d %s\n", error->domain, error->code, error->message);
}

static void
free_domain(gpointer data)
{
    virDomainFree(data);
}

static char *
uuid_of(guint index)
{
    return g_strdup_printf("%08x-0000-4000-8000-%012x", index, index);
}

/* Takes over nothing; remembers a copy of `uuid'. */
static bool
make_domain(struct world *w, const char *uuid, bool transient)
{
    g_autofree char *xml = g_strdup_printf(
        "<domain type='test'><name>%s</name><uuid>%s</uuid><memory unit='KiB'>8192</memory>"
        "<vcpu>1</vcpu><os><type arch='i686'>hvm</type></os></domain>",
        uuid, uuid);
    virDomainPtr domain = transient ? virDomainCreateXML(w->connection, xml, 0)
                                    : virDomainDefineXML(w->connection, xml);

    if (domain == NULL)
        return false;
    if (!g_hash_table_contains(w->domains, uuid))
        g_ptr_array_add(w->uuids, g_strdup(uuid));
    g_hash_table_replace(w->domains, g_strdup(uuid), domain);
    return true;
}

static virDomainPtr
find_domain(struct world *w, const char *uuid)
{
    virDomainPtr domain = g_hash_table_lookup(w->domains, uuid);

    if (domain == NULL && (domain = virDomainLookupByUUIDString(w->connection, uuid)) != NULL) {
        g_ptr_array_add(w->uuids, g_strdup(uuid));
        g_hash_table_replace(w->domains, g_strdup(uuid), domain);
    }
    return domain;
}

static bool
obey(struct world *w, const char *word, const char *uuid)
{
    virDomainPtr domain;

    if (strcmp(word, "define") == 0 || strcmp(word, "transient") == 0)
        return make_domain(w, uuid, word[0] == 't');
    domain = find_domain(w, uuid);
    if (domain == NULL)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(calls); i++)
        if (strcmp(calls[i].word, word) == 0)
            return calls[i].call(domain) == 0;
    fprintf(stderr, "testworld: unknown command %s\n", word);
    exit(2);
}

static bool
make_in_state(struct world *w, const char *uuid, const char *state)
{
    if (strcmp(state, "transient") == 0)
        return make_domain(w, uuid, true);
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
        if (strcmp(states[i].state, state) == 0)
            return make_domain(w, uuid, false) &&
                   (states[i].first == NULL || obey(w, states[i].first, uuid)) &&
                   (states[i].second == NULL || obey(w, states[i].second, uuid));
    fprintf(stderr, "testworld: unknown state %s\n", state);
    exit(2);
}

static bool
make_listed(struct world *w, const char *file)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    g_autoptr(GError) error = NULL;

    if (!g_file_get_contents(file, &text, NULL, &error)) {
        fprintf(stderr, "testworld: %s\n", error->message);
        exit(2);
    }
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_auto(GStrv) words = g_strsplit_set(g_strstrip(*line), " \t", 2);

        if (words[0] == NULL || words[0][0] == '\0' || words[0][0] == '#')
            continue;
        if (!make_in_state(w, words[0], words[1] == NULL ? "shutoff" : g_strstrip(words[1])))
            return false;
    }
    return true;
}

static bool
make_numbered(struct world *w, int first, int count, const char *state)
{
    for (int i = 0; i < count; i++) {
        g_autofree char *uuid = uuid_of((guint)(first + i));

        if (!make_in_state(w, uuid, state))
            return false;
    }
    return true;
}

static void
remove_default(struct world *w)
{
    virDomainPtr domain = virDomainLookupByName(w->connection, "test");

    if (domain == NULL)
        return;
    virDomainDestroy(domain);
    virDomainUndefine(domain);
    virDomainFree(domain);
}

static void
obey_line(struct world *w, char *line)
{
    g_auto(GStrv) words = g_strsplit(g_strstrip(line), " ", -1);
    guint n_words = g_strv_length(words);
    bool done = false;

    if (n_words == 1 && strcmp(words[0], "count") == 0) {
        printf("%u\n", w->uuids->len);
        return;
    }
    if (n_words == 3 && strcmp(words[0], "every") == 0 && atoi(words[1]) > 0) {
        done = true;
        for (guint i = 0; done && i < w->uuids->len; i += (guint)atoi(words[1]))
            done = obey(w, words[2], g_ptr_array_index(w->uuids, i));
    } else if (n_words == 2) {
        done = obey(w, words[0], words[1]);
    } else {
        puts("error 0 0 not understood");
        return;
    }
    if (done)
        puts("ok");
    else
        print_error();
}

static void
serve(struct world *w)
{
    g_autoptr(GString) line = g_string_new(NULL);
    int c;

    while ((c = getchar()) != EOF) {
        if (c != '\n') {
            g_string_append_c(line, (char)c);
            continue;
        }
        virResetLastError();
        obey_line(w, line->str);
        fflush(stdout);
        g_string_truncate(line, 0);
    }
}

int
main(int argc, char **argv)
{
    struct world w = {.uuids = g_ptr_array_new_with_free_func(g_free)};
    int count = 0;
    int first = 0;
    gboolean keep_default = FALSE;
    g_autofree char *state = NULL;
    g_autofree char *list = NULL;
    const GOptionEntry options[] = {
        {"count", 0, 0, G_OPTION_ARG_INT, &count, "domains to make", "N"},
        {"first", 0, 0, G_OPTION_ARG_INT, &first, "number of the first", "I"},
        {"state", 0, 0, G_OPTION_ARG_STRING, &state, "state of these", "STATE"},
        {"list", 0, 0, G_OPTION_ARG_FILENAME, &list, "lines: UUID STATE", "FILE"},
        {"keep-default", 0, 0, G_OPTION_ARG_NONE, &keep_default, "keep the domain `test'", NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    g_autoptr(GOptionContext) context = g_option_context_new("URI");
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 2) {
        fprintf(stderr, "testworld: %s\n", error != NULL ? error->message : "one URI, please");
        return 2;
    }
    virSetErrorFunc(NULL, ignore_error);
    w.domains = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_domain);
    w.connection = virConnectOpen(argv[1]);
    if (w.connection == NULL) {
        print_error();
        return 1;
    }
    if (!keep_default)
        remove_default(&w);
    virResetLastError();
    if (!make_numbered(&w, first, count, state != NULL ? state : "shutoff") ||
        (list != NULL && !make_listed(&w, list))) {
        print_error();
        return 1;
    }
    printf("ready %u\n", w.uuids->len);
    fflush(stdout);
    serve(&w);
    g_hash_table_destroy(w.domains);
    g_ptr_array_unref(w.uuids);
    virConnectClose(w.connection);
    return 0;
}

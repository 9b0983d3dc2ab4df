/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * faults_proxy LISTEN TARGET: stands between an LDAP client and a server.
 *
 * Both are paths of unix sockets (ldapi://).  What comes from the server goes
 * through; requests of a client are looked at one by one, and may be held
 * back, with everything that the same client sends after them.  So a test can
 * do things between two steps of a client without any race.
 *
 * Commands on stdin, each answered by a line on stdout:
 *   hold OP WORD N   OP: modify, search, add or any.  From now on the N-th
 *                    (1 = the next) request of this kind whose DN contains
 *                    WORD (`*' = any) is held, and those after it: `ok'.
 *                    Says `held DN' by itself whenever one is held.
 *   go               sends the held one off, the next is held again: `ok'
 *   pass N           sends the held one off and lets N - 1 more go: `ok'
 *   open             holds nothing any more, sends all off: `ok'
 *   seen             how many requests matched since `hold': a number
 *   drop             closes all connections: `ok'
 * Starts with `ready'; ends with its stdin.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { TAG_SEARCH = 0x63, TAG_MODIFY = 0x66, TAG_ADD = 0x68, LINKS_MAX = 64 };

struct link {
    int client, server;
    GByteArray *from_client; /* not yet looked at */
    GByteArray *to_server;
    GByteArray *to_client;
    bool held;        /* its first request is held */
    bool client_gone; /* no more requests come: the server may still answer */
};

struct proxy {
    const char *target;
    int listener;
    GPtrArray *links; /* of struct link * */
    bool holding;
    int tag; /* 0 = any */
    char *word;
    unsigned seen;
    unsigned first; /* the first number that is held */
};

static void
die(const char *what)
{
    perror(what);
    exit(1);
}

static void
say(const char *line)
{
    puts(line);
    fflush(stdout);
}

static struct sockaddr_un
address_of(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof(a.sun_path)) {
        fprintf(stderr, "faults_proxy: %s is too long\n", path);
        exit(2);
    }
    memcpy(a.sun_path, path, strlen(path));
    return a;
}

static void
no_blocking(int fd)
{
    if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
        die("fcntl");
}

static void
link_free(gpointer data)
{
    struct link *l = data;

    close(l->client);
    close(l->server);
    g_byte_array_unref(l->from_client);
    g_byte_array_unref(l->to_server);
    g_byte_array_unref(l->to_client);
    g_free(l);
}

/* A server that is not there is no server for the client either. */
static void
accept_one(struct proxy *p)
{
    struct sockaddr_un a = address_of(p->target);
    int client = accept(p->listener, NULL, NULL);
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (client < 0 || server < 0)
        die("accept");
    if (p->links->len == LINKS_MAX || connect(server, (struct sockaddr *)&a, sizeof(a)) != 0) {
        close(client);
        close(server);
        return;
    }
    struct link *l = g_new0(struct link, 1);
    l->client = client;
    l->server = server;
    l->from_client = g_byte_array_new();
    l->to_server = g_byte_array_new();
    l->to_client = g_byte_array_new();
    no_blocking(client);
    no_blocking(server);
    g_ptr_array_add(p->links, l);
}

/* A BER length at *at; false when more bytes are needed. */
static bool
ber_length(const GByteArray *b, guint *at, gsize *length)
{
    if (*at >= b->len)
        return false;
    guint8 first = b->data[(*at)++];
    if (first < 0x80) {
        *length = first;
        return true;
    }
    *length = 0;
    for (int n = first & 0x7f; n > 0; n--) {
        if (*at >= b->len)
            return false;
        *length = *length << 8 | b->data[(*at)++];
    }
    return true;
}

/* The first complete message: its size, the tag of its operation and, of requests that begin with
 * a name, that name (the caller frees).  0: there is none yet. */
static gsize
message_size(const GByteArray *b, int *tag, char **dn)
{
    guint at = 1;
    gsize length, size;

    *dn = NULL;
    if (!ber_length(b, &at, &length) || b->len < at + length)
        return 0;
    size = at + length;
    at++; /* the message id: an integer of at most four bytes */
    if (!ber_length(b, &at, &length))
        return size;
    at += (guint)length;
    *tag = b->data[at++];
    if (!ber_length(b, &at, &length) || at >= size || b->data[at++] != 0x04)
        return size;
    if (ber_length(b, &at, &length) && at + length <= size)
        *dn = g_strndup((const char *)b->data + at, length);
    return size;
}

static bool
matches(const struct proxy *p, int tag, const char *dn)
{
    if (!p->holding || dn == NULL || (p->tag != 0 && tag != p->tag))
        return false;
    return strcmp(p->word, "*") == 0 || strstr(dn, p->word) != NULL;
}

static void
send_off(struct link *l, gsize size)
{
    g_byte_array_append(l->to_server, l->from_client->data, (guint)size);
    g_byte_array_remove_range(l->from_client, 0, (guint)size);
}

static void
look_at_requests(struct proxy *p, struct link *l)
{
    gsize size;
    int tag = 0;
    char *dn;

    while (!l->held && (size = message_size(l->from_client, &tag, &dn)) > 0) {
        if (matches(p, tag, dn) && ++p->seen >= p->first) {
            g_autofree char *line = g_strconcat("held ", dn, NULL);
            l->held = true;
            say(line);
        } else {
            send_off(l, size);
        }
        g_free(dn);
    }
}

/* Sends the held requests off; further ones are counted as before. */
static void
release(struct proxy *p)
{
    for (guint i = 0; i < p->links->len; i++) {
        struct link *l = g_ptr_array_index(p->links, i);
        char *dn = NULL;
        int tag;
        if (!l->held)
            continue;
        l->held = false;
        send_off(l, message_size(l->from_client, &tag, &dn));
        g_free(dn);
        look_at_requests(p, l);
    }
}

static bool
set_hold(struct proxy *p, char **words)
{
    static const struct {
        const char *word;
        int tag;
    } ops[] = {{"modify", TAG_MODIFY}, {"search", TAG_SEARCH}, {"add", TAG_ADD}, {"any", 0}};

    for (size_t i = 0; i < G_N_ELEMENTS(ops); i++) {
        if (strcmp(words[1], ops[i].word) != 0)
            continue;
        g_free(p->word);
        p->word = g_strdup(words[2]);
        p->tag = ops[i].tag;
        p->first = (unsigned)atoi(words[3]);
        p->seen = 0;
        p->holding = true;
        return p->first > 0;
    }
    return false;
}

static void
obey(struct proxy *p, char *line)
{
    g_auto(GStrv) words = g_strsplit(g_strstrip(line), " ", -1);
    guint n = g_strv_length(words);
    bool done = true;

    if (n == 4 && strcmp(words[0], "hold") == 0) {
        done = set_hold(p, words);
    } else if (n == 1 && strcmp(words[0], "go") == 0) {
        release(p);
    } else if (n == 2 && strcmp(words[0], "pass") == 0) {
        p->first = p->seen + (unsigned)atoi(words[1]);
        release(p);
    } else if (n == 1 && strcmp(words[0], "open") == 0) {
        p->holding = false;
        release(p);
    } else if (n == 1 && strcmp(words[0], "seen") == 0) {
        printf("%u\n", p->seen);
        fflush(stdout);
        return;
    } else if (n == 1 && strcmp(words[0], "drop") == 0) {
        g_ptr_array_set_size(p->links, 0);
    } else {
        done = false;
    }
    say(done ? "ok" : "error");
}

/* Commands as they come; false at the end of stdin. */
static bool
obey_all(struct proxy *p, GString *pending)
{
    char bytes[512];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));
    char *end;

    if (n <= 0)
        return n < 0 && errno == EINTR;
    g_string_append_len(pending, bytes, n);
    while ((end = strchr(pending->str, '\n')) != NULL) {
        g_autofree char *line = g_strndup(pending->str, (gsize)(end - pending->str));
        g_string_erase(pending, 0, end - pending->str + 1);
        obey(p, line);
    }
    return true;
}

/* False when the other side is gone. */
static bool
receive(int fd, GByteArray *into)
{
    guint8 bytes[65536];
    ssize_t n = read(fd, bytes, sizeof(bytes));

    if (n > 0)
        g_byte_array_append(into, bytes, (guint)n);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool
transmit(int fd, GByteArray *from)
{
    ssize_t n = from->len > 0 ? send(fd, from->data, from->len, MSG_NOSIGNAL) : 0;

    if (n > 0)
        g_byte_array_remove_range(from, 0, (guint)n);
    return n >= 0 || errno == EAGAIN || errno == EINTR;
}

/* False when the link is over. */
static bool
serve(struct proxy *p, struct link *l, short client, short server)
{
    if ((client & (POLLIN | POLLHUP | POLLERR)) && !l->client_gone) {
        if (!receive(l->client, l->from_client))
            l->client_gone = true;
        look_at_requests(p, l);
    }
    if ((server & (POLLIN | POLLHUP | POLLERR)) && !receive(l->server, l->to_client)) {
        transmit(l->client, l->to_client);
        return false;
    }
    if (!transmit(l->server, l->to_server) || !transmit(l->client, l->to_client))
        return false;
    /* what a client that went away had sent is the server's, but for what is held */
    return !l->client_gone || l->to_server->len > 0;
}

static void
serve_all(struct proxy *p, const struct pollfd *fds, guint n_links)
{
    GPtrArray *over = g_ptr_array_new();

    for (guint i = 0; i < n_links; i++) {
        struct link *l = g_ptr_array_index(p->links, i);
        if (!serve(p, l, fds[2 + 2 * i].revents, fds[3 + 2 * i].revents))
            g_ptr_array_add(over, l);
    }
    for (guint i = 0; i < over->len; i++)
        g_ptr_array_remove(p->links, g_ptr_array_index(over, i));
    g_ptr_array_unref(over);
}

static struct pollfd
wait_on(int fd, bool reads, const GByteArray *unsent)
{
    int events = (reads ? POLLIN : 0) | (unsent->len > 0 ? POLLOUT : 0);

    return (struct pollfd){fd, (short)events, 0};
}

static void
run(struct proxy *p)
{
    g_autoptr(GString) pending = g_string_new(NULL);

    for (;;) {
        struct pollfd fds[2 + 2 * LINKS_MAX] = {{STDIN_FILENO, POLLIN, 0},
                                                {p->listener, POLLIN, 0}};
        guint n_links = p->links->len;
        for (guint i = 0; i < n_links; i++) {
            const struct link *l = g_ptr_array_index(p->links, i);
            fds[2 + 2 * i] = wait_on(l->client, !l->client_gone, l->to_client);
            fds[3 + 2 * i] = wait_on(l->server, true, l->to_server);
        }
        if (poll(fds, 2 + 2 * n_links, -1) < 0 && errno != EINTR)
            die("poll");
        serve_all(p, fds, n_links);
        if (fds[1].revents & POLLIN)
            accept_one(p);
        if ((fds[0].revents & (POLLIN | POLLHUP)) && !obey_all(p, pending))
            return;
    }
}

int
main(int argc, char **argv)
{
    struct proxy p = {.links = g_ptr_array_new_with_free_func(link_free)};

    if (argc != 3) {
        fputs("usage: faults_proxy LISTEN TARGET\n", stderr);
        return 2;
    }
    struct sockaddr_un a = address_of(argv[1]);
    p.target = argv[2];
    p.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)unlink(argv[1]);
    if (p.listener < 0 || bind(p.listener, (struct sockaddr *)&a, sizeof(a)) != 0
        || listen(p.listener, 16) != 0)
        die(argv[1]);
    say("ready");
    run(&p);
    g_ptr_array_unref(p.links);
    g_free(p.word);
    close(p.listener);
    (void)unlink(argv[1]);
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync doctor: all nodes, at once.  Each is told about when all are done.
 */
#include "config.h"

#include "cli/doctor.h"

#include "daemon/plan.h"
#include "engine/entry-data.h"
#include "hypervisor/hypervisor.h"

#include <string.h>
#include <unistd.h>

enum { CERTIFICATE_THREADS = 16, MARGIN_MS = 2000 };

/* One node, and what was found so far. */
struct patient {
    const struct node_plan *plan;
    struct ward *ward;
    const char *excuse; /* "maintenance", "offline": nobody wonders when it is silent; or NULL */
    gint64 begun;
    double read_ms;
    struct observation *read; /* NULL = not answered yet */
    struct observation *look; /* over the connection that may write, where the agent is pinged */
    bool watched;             /* UP or DOWN was told */
    bool up;
    enum error_class error;
    char *text;               /* why it is down */
    char *libvirt, *missing;
    char *host; /* that is asked for TLS; NULL = none */
    guint16 port;
    struct certificate certificate; /* a thread's until the pool is over */
    GError *certificate_error;
};

struct ward {
    struct hypervisor *hypervisor;
    GPtrArray *patients; /* of struct patient */
    unsigned n_open;     /* answers and events that are waited for */
    bool late;
};

static void
patient_free(gpointer data)
{
    struct patient *p = data;

    observation_unref(p->read);
    observation_unref(p->look);
    g_free(p->text);
    g_free(p->libvirt);
    g_free(p->missing);
    g_free(p->host);
    certificate_clear(&p->certificate);
    g_clear_error(&p->certificate_error);
    g_free(p);
}

/* What the directory says of a node that need not answer; static. */
static const char *
excuse_of(const GPtrArray *entries, const char *name)
{
    for (guint i = 0; entries != NULL && i < entries->len; i++) {
        const struct entry *e = g_ptr_array_index(entries, i);
        const struct node_fact *fact = (const struct node_fact *)e;
        if (e->type != ENTRY_NODE_TYPE || fact->node == NULL || fact->state == NULL
            || g_ascii_strcasecmp(fact->node, name) != 0)
            continue;
        if (g_ascii_strcasecmp(fact->state, "maintenance") == 0)
            return "maintenance";
        if (g_ascii_strcasecmp(fact->state, "offline") == 0)
            return "offline";
    }
    return NULL;
}

/* --- asking -------------------------------------------------------------------------------- */

static void
on_read(struct observation *o, void *data)
{
    struct patient *p = data;

    p->read = o;
    p->read_ms = (double)(g_get_monotonic_time() - p->begun) / 1000;
    p->ward->n_open--;
}

static void
on_look(struct observation *o, void *data)
{
    struct patient *p = data;

    p->look = o;
    p->ward->n_open--;
}

static struct patient *
patient_of(struct ward *w, const char *node)
{
    for (guint i = 0; i < w->patients->len; i++) {
        struct patient *p = g_ptr_array_index(w->patients, i);
        if (g_ascii_strcasecmp(p->plan->name, node) == 0)
            return p;
    }
    return NULL;
}

/* The first word about the watch counts. */
static void
on_event(const struct hypervisor_event *event, void *data)
{
    struct ward *w = data;
    struct patient *p = patient_of(w, event->node);

    if (p == NULL || p->watched
        || (event->kind != HYPERVISOR_EVENT_UP && event->kind != HYPERVISOR_EVENT_DOWN))
        return;
    p->watched = true;
    p->up = event->kind == HYPERVISOR_EVENT_UP;
    p->error = event->error;
    p->text = g_strdup(event->text);
    p->libvirt = g_strdup(event->libvirt);
    p->missing = g_strdup(event->missing);
    w->n_open--;
}

static void
ask(struct ward *w, struct patient *p, bool agent)
{
    const struct hypervisor_node node = {.name = p->plan->name,
                                         .uri = p->plan->uri,
                                         .problem = p->plan->problem,
                                         .deadline_ms = p->plan->deadline_ms};
    /* A domain that does not exist: it is the connection that matters. */
    const struct look_request nobody = {.node = p->plan->name, .want = LOOK_CONTROL};

    if (p->plan->uri == NULL)
        return;
    hypervisor_set_node(w->hypervisor, &node);
    p->begun = g_get_monotonic_time();
    hypervisor_watch(w->hypervisor, p->plan->name, true);
    hypervisor_read(w->hypervisor, p->plan->name, on_read, p);
    w->n_open += 2;
    if (agent) {
        hypervisor_look(w->hypervisor, p->plan->name, &nobody, 1, on_look, p);
        w->n_open++;
    }
}

static void
take_certificate(gpointer data, gpointer user_data)
{
    struct patient *p = data;

    (void)user_data;
    certificate_of_server(p->host, p->port, MAX(p->plan->deadline_ms / 1000, 1), &p->certificate,
                          &p->certificate_error);
}

static gboolean
on_late(gpointer data)
{
    struct ward *w = data;

    w->late = true;
    return G_SOURCE_REMOVE;
}

/* Asks everybody, and waits for all. */
static void
examine_all(struct ward *w, const struct config *config)
{
    GThreadPool *pool
        = g_thread_pool_new(take_certificate, NULL, CERTIFICATE_THREADS, FALSE, NULL);
    unsigned longest = 0;

    for (guint i = 0; i < w->patients->len; i++) {
        struct patient *p = g_ptr_array_index(w->patients, i);
        ask(w, p, config->frozen.agent);
        if (p->plan->uri != NULL && certificate_peer_of_uri(p->plan->uri, &p->host, &p->port))
            g_thread_pool_push(pool, p, NULL);
        longest = MAX(longest, p->plan->deadline_ms);
    }
    guint timer = g_timeout_add(longest + MARGIN_MS, on_late, w);
    while (w->n_open > 0 && !w->late)
        g_main_context_iteration(NULL, TRUE);
    if (!w->late)
        g_source_remove(timer);
    g_thread_pool_free(pool, FALSE, TRUE);
}

/* --- telling --------------------------------------------------------------------------------- */

/* What turns on the listener a URI asks for; NULL = another way in. */
static const char *
socket_unit(const char *uri)
{
    if (strstr(uri, "+tcp:") != NULL)
        return "libvirtd-tcp.socket";
    if (strstr(uri, "+ssh:") != NULL)
        return NULL;
    return strstr(uri, "+tls:") != NULL || strstr(uri, "///") == NULL ? "libvirtd-tls.socket"
                                                                      : "libvirtd.socket";
}

static char *
mend_of(const struct node_plan *plan, enum error_class class)
{
    g_autofree char *uri = doctor_quote(plan->uri);
    const char *unit = socket_unit(plan->uri);

    if (class == ERROR_REFUSED && unit != NULL)
        return g_strdup_printf("ssh %s systemctl enable --now %s", plan->name, unit);
    if (class == ERROR_TLS)
        return g_strdup_printf("virt-pki-validate; ssh %s virt-pki-validate", plan->name);
    return g_strdup_printf("virsh -r -c %s version", uri);
}

static void
blame_node(struct doctor *d, const struct patient *p, const char *check, const char *what,
           enum error_class class, const char *text)
{
    g_autofree char *mend = mend_of(p->plan, class);

    if (p->excuse != NULL)
        doctor_say(d, DOCTOR_NOTE, check, "%s (%s): %s; the directory says that it is in %s", what,
                   error_class_name(class), text != NULL ? text : "", p->excuse);
    else
        doctor_blame(d, DOCTOR_WRONG, EXIT_STALE, check, mend, "%s (%s): %s", what,
                     error_class_name(class), text != NULL ? text : "");
}

static void
tell_read(struct doctor *d, const struct patient *p)
{
    const struct observation *o = p->read;

    if (o == NULL || o->result == RESULT_ERROR) {
        blame_node(d, p, "read", N_("its domains cannot be read"), o != NULL ? o->error : ERROR_TIMEOUT,
                   o != NULL ? o->text : N_("no answer in time"));
        return;
    }
    doctor_say(d, DOCTOR_OK, "read",
               "answers read-only: %s, libvirt %s, %u domains, after %.1f ms",
               o->hypervisor != NULL ? o->hypervisor
                                     : N_("a hypervisor that does not say what it is"),
               p->libvirt != NULL ? p->libvirt : "?", o->domains->len, p->read_ms);
    if (o->result == RESULT_PARTIAL)
        doctor_say(d, DOCTOR_WARNING, "read", "its answer is not complete: %s",
                   o->text != NULL ? o->text : N_("it does not say why"));
}

static void
tell_events(struct doctor *d, const struct patient *p)
{
    if (p->up && p->missing == NULL)
        doctor_say(d, DOCTOR_OK, "events", "all events can be registered");
    else if (p->up)
        doctor_say(d, DOCTOR_NOTE, "events", "events that this driver does not have: %s", p->missing);
    else if (p->read != NULL && p->read->result != RESULT_ERROR)
        blame_node(d, p, "events", N_("no events: statesync daemon reads the node every interval only"),
                   p->watched ? p->error : ERROR_TIMEOUT, p->watched ? p->text : N_("not in time"));
}

/* frozen.agent = yes needs a connection that may write. */
static void
tell_agent(struct doctor *d, const struct patient *p)
{
    g_autofree char *uri = doctor_quote(p->plan->uri);
    g_autofree char *mend = g_strdup_printf("virsh -c %s version", uri);

    if (!d->config->frozen.agent || p->read == NULL || p->read->result == RESULT_ERROR)
        return;
    if (p->look != NULL && p->look->result != RESULT_ERROR)
        doctor_say(d, DOCTOR_OK, "agent", "guest agents can be asked: the connection may write");
    else
        doctor_blame(d, DOCTOR_WRONG, EXIT_STALE, "agent", mend,
                     "guest agents cannot be asked ([frozen] agent = yes): %s",
                     p->look != NULL && p->look->text != NULL ? p->look->text : N_("no answer in time"));
}

static void
tell_certificate(struct doctor *d, const struct patient *p)
{
    g_autofree char *mend = NULL;

    if (p->host == NULL)
        return;
    mend = g_strdup_printf("ssh %s openssl x509 -in /etc/pki/libvirt/servercert.pem -noout "
                           "-subject -dates -ext subjectAltName",
                           p->plan->name);
    if (p->certificate_error == NULL)
        doctor_certificate(d, EXIT_STALE, "its certificate", mend, &p->certificate);
    else if (p->read != NULL && p->read->result != RESULT_ERROR)
        doctor_say(d, DOCTOR_UNKNOWN, "certificate", "until when its certificate is valid: %s",
                   p->certificate_error->message);
}

static void
tell(struct doctor *d, const struct patient *p)
{
    doctor_turn_to(d, "node", p->plan->name);
    if (p->plan->uri == NULL) {
        doctor_blame(d, DOCTOR_WRONG, EXIT_STALE, "uri",
                     "statesync.conf: [nodes] uri, or uri in a section [node NAME]", "%s",
                     p->plan->problem);
        return;
    }
    doctor_say(d, DOCTOR_OK, "uri", "%s", p->plan->uri);
    tell_read(d, p);
    tell_events(d, p);
    tell_agent(d, p);
    tell_certificate(d, p);
}

/* --- our own certificates ----------------------------------------------------------------------- */

/* What we show the nodes: in pkipath, else where libvirt looks. */
static void
look_at_own_files(struct doctor *d, const struct ward *w)
{
    const char *folder = d->config->nodes.pkipath;
    bool tls = false;

    for (guint i = 0; i < w->patients->len; i++) {
        const struct patient *p = g_ptr_array_index(w->patients, i);
        tls = tls || p->host != NULL;
    }
    if (!tls)
        return;
    g_autofree char *own = g_build_filename(folder != NULL ? folder : "/etc/pki/libvirt",
                                            "clientcert.pem", NULL);
    g_autofree char *authority = g_build_filename(folder != NULL ? folder : "/etc/pki/CA",
                                                  "cacert.pem", NULL);
    if (folder != NULL || access(own, F_OK) == 0)
        doctor_certificate_file(d, EXIT_STALE, "our certificate for the nodes", own);
    if (folder != NULL || access(authority, F_OK) == 0)
        doctor_certificate_file(d, EXIT_STALE, "the authority of the nodes", authority);
}

/* --- all of it --------------------------------------------------------------------------------------- */

static struct hypervisor *
make_hypervisor(const struct config *config)
{
    const struct hypervisor_options options = {
        .deadline_ms = (unsigned)config->nodes.deadline_s * 1000,
        .look_deadline_ms = (unsigned)config->nodes.look_deadline_s * 1000,
        .agent = config->frozen.agent,
    };

    return hypervisor_new(&options);
}

void
doctor_nodes(struct doctor *d)
{
    doctor_turn_to(d, "nodes", NULL);
    if (d->entries == NULL) {
        doctor_say(d, DOCTOR_UNKNOWN, "all", "the nodes: the directory says which there are");
        return;
    }
    g_autoptr(GPtrArray) plans = nodes_plan(d->config, d->entries);
    struct ward w = {.hypervisor = make_hypervisor(d->config),
                     .patients = g_ptr_array_new_with_free_func(patient_free)};

    hypervisor_set_listener(w.hypervisor, on_event, &w);
    for (guint i = 0; i < plans->len; i++) {
        struct patient *p = g_new0(struct patient, 1);
        p->plan = g_ptr_array_index(plans, i);
        p->ward = &w;
        p->excuse = excuse_of(d->entries, p->plan->name);
        g_ptr_array_add(w.patients, p);
    }
    if (plans->len == 0)
        doctor_blame(d, DOCTOR_WRONG, EXIT_FAILED, "all",
                     "statesync.conf: [nodes] nodes", "there is no node to ask");
    examine_all(&w, d->config);
    look_at_own_files(d, &w);
    for (guint i = 0; i < w.patients->len; i++)
        tell(d, g_ptr_array_index(w.patients, i));
    hypervisor_free(w.hypervisor); /* no answer comes after this */
    g_ptr_array_unref(w.patients);
}

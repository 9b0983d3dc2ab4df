/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prometheus' text format: what each metric is called, what it says, and how a
 * value is written.  Series that always exist are there from the beginning, so
 * that a rate or an alert never meets a gap.
 */
#include "config.h"

#include "daemon/metrics-internal.h"
#include "daemon/process.h"

#include <math.h>
#include <string.h>

/* What is being written, and what counters begin with. */
struct page {
    GString *out;
    GHashTable *before;
};

static void
head(const struct page *page, const char *name, const char *type, const char *help)
{
    g_string_append_printf(page->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value between quotes. */
static void
append_quoted(GString *out, const char *value)
{
    g_autofree char *valid = g_utf8_make_valid(value, -1);

    g_string_append_c(out, '"');
    for (const char *p = valid; *p != '\0'; p++) {
        if (*p == '\\' || *p == '"')
            g_string_append_c(out, '\\');
        if (*p == '\n')
            g_string_append(out, "\\n");
        else
            g_string_append_c(out, *p);
    }
    g_string_append_c(out, '"');
}

static void
append_labels(GString *out, const char *label, const char *value, const char *label2,
              const char *value2)
{
    if (label == NULL)
        return;
    g_string_append_printf(out, "{%s=", label);
    append_quoted(out, value);
    if (label2 != NULL) {
        g_string_append_printf(out, ",%s=", label2);
        append_quoted(out, value2);
    }
    g_string_append_c(out, '}');
}

static void
append_value(GString *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    if (fabs(value) < 1e15 && (double)(gint64)value == value)
        g_string_append_printf(out, " %" G_GINT64_FORMAT "\n", (gint64)value);
    else
        g_string_append_printf(out, " %s\n", g_ascii_dtostr(text, sizeof(text), value));
}

static void
series2(const struct page *page, const char *name, const char *label, const char *value,
        const char *label2, const char *value2, double number)
{
    g_string_append(page->out, name);
    append_labels(page->out, label, value, label2, value2);
    append_value(page->out, number);
}

static void
series(const struct page *page, const char *name, const char *label, const char *value,
       double number)
{
    series2(page, name, label, value, NULL, NULL, number);
}

/* A counter goes on from where it was before. */
static void
counter2(const struct page *page, const char *name, const char *label, const char *value,
         const char *label2, const char *value2, double number)
{
    gsize from = page->out->len;

    g_string_append(page->out, name);
    append_labels(page->out, label, value, label2, value2);
    if (page->before != NULL) {
        const double *before = g_hash_table_lookup(page->before, page->out->str + from);

        number += before != NULL ? *before : 0;
    }
    append_value(page->out, number);
}

static void
counter(const struct page *page, const char *name, const char *label, const char *value,
        double number)
{
    counter2(page, name, label, value, NULL, NULL, number);
}

static const char *
or_none(const char *word)
{
    return *word != '\0' ? word : "none";
}

static void
render_vms(const struct page *page, const struct metrics *m)
{
    head(page, "statesync_vms", "gauge", "Virtual machines and templates by status and kind.");
    for (unsigned kind = 0; kind <= KIND_COUNT; kind++) {
        const char *word = kind < KIND_COUNT ? kind_name((enum kind)kind) : "unknown";

        if (kind == KIND_PROFILE) /* never judged */
            continue;
        for (unsigned state = 0; state < STATE_COUNT; state++)
            series2(page, "statesync_vms", "state", or_none(state_name((enum state)state)), "kind",
                    word, (double)m->vms[kind][state]);
    }
    head(page, "statesync_stale_vms", "gauge",
         "Virtual machines and templates whose status is marked as stale.");
    series(page, "statesync_stale_vms", NULL, NULL, m->stale);
    head(page, "statesync_alarms", "gauge", "Alarms that stand, by alarm.");
    for (unsigned i = 0; i < ALARM_COUNT; i++)
        series(page, "statesync_alarms", "alarm", alarm_name((enum alarm_id)i),
               (double)m->alarms[i]);
    head(page, "statesync_budget_held", "gauge",
         "Statuses held back because implausibly many virtual machines vanished at once.");
    series(page, "statesync_budget_held", NULL, NULL, m->held);
}

static void
render_work(const struct page *page, const struct metrics *m)
{
    static const char *const operations[] = {
#define OPERATION_WORD(id, word) word,
        METRICS_OPERATION_LIST(OPERATION_WORD)
#undef OPERATION_WORD
    };

    head(page, "statesync_decisions_total", "counter",
         "Decisions about virtual machines and templates, by rule.");
    for (unsigned i = 0; i < RULE_IGNORED; i++)
        counter(page, "statesync_decisions_total", "rule", rule_name((enum rule)i),
                (double)m->decisions[i]);
    head(page, "statesync_ldap_operations_total", "counter",
         "LDAP operations by kind and by class of result.");
    for (unsigned op = 0; op < METRICS_OPERATIONS; op++) {
        for (unsigned class = 0; class < DIRECTORY_CLASS_COUNT; class++)
            counter2(page, "statesync_ldap_operations_total", "operation", operations[op], "result",
                     directory_class_name((enum directory_class)class),
                     (double)m->ldap[op][class]);
    }
    head(page, "statesync_passes_total", "counter", "Passes over everything that came to an end.");
    counter(page, "statesync_passes_total", NULL, NULL, (double)m->passes);
    if (m->last_pass > 0) {
        head(page, "statesync_last_pass_timestamp_seconds", "gauge",
             "When the last pass over everything ended, in seconds since the epoch.");
        series(page, "statesync_last_pass_timestamp_seconds", NULL, NULL,
               (double)m->last_pass / 1000);
    }
}

static void
render_events(const struct page *page, const struct metrics *m)
{
    static const char *const ends[] = {
#define BUCKET_TEXT(us, text) text,
        METRICS_BUCKET_LIST(BUCKET_TEXT)
#undef BUCKET_TEXT
    };
    const char *name = "statesync_event_to_write_seconds";
    g_autoptr(GList) kinds = g_list_sort(g_hash_table_get_keys(m->events), (GCompareFunc)strcmp);
    uint64_t sum = 0;

    head(page, "statesync_events_total", "counter", "Events from nodes and directory, by kind.");
    for (GList *kind = kinds; kind != NULL; kind = kind->next)
        counter(page, "statesync_events_total", "kind", kind->data,
                (double)*(uint64_t *)g_hash_table_lookup(m->events, kind->data));
    head(page, "statesync_missed_events_total", "counter",
         "Changes that no event announced and a full read found.");
    counter(page, "statesync_missed_events_total", NULL, NULL, (double)m->missed);
    head(page, name, "histogram",
         "Time from the arrival of an event to the answer to the write it caused.");
    for (unsigned i = 0; i <= METRICS_BUCKETS; i++) {
        sum += m->buckets[i];
        counter(page, "statesync_event_to_write_seconds_bucket", "le",
                i < METRICS_BUCKETS ? ends[i] : "+Inf", (double)sum);
    }
    counter(page, "statesync_event_to_write_seconds_sum", NULL, NULL, (double)m->latency_us / 1e6);
    counter(page, "statesync_event_to_write_seconds_count", NULL, NULL, (double)sum);
}

enum node_figure { NODE_UP, NODE_AGE, NODE_EPOCH, NODE_READ, NODE_DOMAINS, NODE_FIGURES };

static double
node_figure(const struct metrics_node *node, enum node_figure which, int64_t now)
{
    switch (which) {
    case NODE_UP:
        return node->up;
    case NODE_AGE:
        return node->complete > 0 ? (double)(now - node->complete) / 1e6 : NAN;
    case NODE_EPOCH:
        return (double)node->epoch;
    case NODE_READ:
        return node->read_us >= 0 ? (double)node->read_us / 1e6 : NAN;
    case NODE_DOMAINS:
        return node->domains;
    case NODE_FIGURES:
        break;
    }
    return NAN;
}

static void
render_nodes(const struct page *page, const struct metrics *m, int64_t now)
{
    static const struct {
        const char *name, *help;
    } figures[NODE_FIGURES] = {
        [NODE_UP] = {"statesync_node_up", "1 where the last answer of the node was complete."},
        [NODE_AGE] = {"statesync_node_age_seconds", "Time since the last complete answer."},
        [NODE_EPOCH] = {"statesync_node_epoch",
                        "Number of the connection to the node; it rises with each new one."},
        [NODE_READ] = {"statesync_node_read_seconds", "How long the last read of the node took."},
        [NODE_DOMAINS] = {"statesync_node_domains",
                          "Domains on the node, those that are off included."},
    };
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(m->nodes), (GCompareFunc)strcmp);

    for (unsigned i = 0; i < NODE_FIGURES; i++) {
        head(page, figures[i].name, "gauge", figures[i].help);
        for (GList *name = names; name != NULL; name = name->next) {
            double number = node_figure(g_hash_table_lookup(m->nodes, name->data),
                                        (enum node_figure)i, now);

            if (!isnan(number)) /* not known */
                series(page, figures[i].name, "node", name->data, number);
        }
    }
}

enum frontend_figure { FRONTEND_UP, FRONTEND_VMS, FRONTEND_JOINED, FRONTEND_READ, FRONTEND_FIGURES };

static double
frontend_figure(const struct metrics_frontend *frontend, enum frontend_figure which)
{
    switch (which) {
    case FRONTEND_UP:
        return frontend->up;
    case FRONTEND_VMS:
        return frontend->vms;
    case FRONTEND_JOINED:
        return frontend->joined;
    case FRONTEND_READ:
        return frontend->read_us >= 0 ? (double)frontend->read_us / 1e6 : NAN;
    case FRONTEND_FIGURES:
        break;
    }
    return NAN;
}

/* Sites without OpenNebula see nothing of it. */
static void
render_frontends(const struct page *page, const struct metrics *m)
{
    static const struct {
        const char *name, *help;
    } figures[FRONTEND_FIGURES] = {
        [FRONTEND_UP] = {"statesync_opennebula_up",
                         "1 where the last answer of the OpenNebula front-end was complete."},
        [FRONTEND_VMS] = {"statesync_opennebula_vms",
                          "Virtual machines the OpenNebula front-end has."},
        [FRONTEND_JOINED] = {"statesync_opennebula_joined",
                             "Of them, those that are an entry's in the directory."},
        [FRONTEND_READ] = {"statesync_opennebula_read_seconds",
                           "How long the last read of the OpenNebula front-end took."},
    };
    static const char *const events = "statesync_opennebula_events_total";
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(m->frontends), (GCompareFunc)strcmp);

    for (unsigned i = 0; names != NULL && i < FRONTEND_FIGURES; i++) {
        head(page, figures[i].name, "gauge", figures[i].help);
        for (GList *name = names; name != NULL; name = name->next) {
            const struct frontend_figures *f = g_hash_table_lookup(m->frontends, name->data);
            double number = frontend_figure(&f->last, (enum frontend_figure)i);

            if (!isnan(number)) /* not known */
                series(page, figures[i].name, "frontend", name->data, number);
        }
    }
    if (names != NULL)
        head(page, events, "counter", "Events about virtual machines that the OpenNebula front-end "
                                      "sent.");
    for (GList *name = names; name != NULL; name = name->next) {
        const struct frontend_figures *f = g_hash_table_lookup(m->frontends, name->data);

        counter(page, events, "frontend", name->data, (double)f->events);
    }
}

static void
render_standing(const struct page *page, const struct metrics *m)
{
    if (m->lease >= 0) {
        head(page, "statesync_lease_held", "gauge", "1 where this body holds the right to write.");
        series(page, "statesync_lease_held", NULL, NULL, m->lease);
    }
    head(page, "statesync_paused", "gauge", "1 while somebody has paused all writing.");
    series(page, "statesync_paused", NULL, NULL, m->paused);
    head(page, "statesync_directory_connected", "gauge", "1 while connected to the directory.");
    series(page, "statesync_directory_connected", NULL, NULL, m->connected);
    if (m->mode != NULL) {
        head(page, "statesync_directory_mode_info", "gauge",
             "How changes of the directory are noticed.");
        series(page, "statesync_directory_mode_info", "mode", m->mode, 1);
    }
    head(page, "statesync_build_info", "gauge", "1; the label says which version this is.");
    series(page, "statesync_build_info", "version", PACKAGE_VERSION, 1);
}

/* One figure about the process, where the system told it. */
static void
figure(const struct page *page, const char *name, const char *type, const char *help, double number)
{
    if (number < 0)
        return;
    head(page, name, type, help);
    series(page, name, NULL, NULL, number);
}

void
metrics_render_process(GString *out)
{
    const struct page page = {.out = out};
    struct process_figures p;

    process_read(&p);
    figure(&page, "process_cpu_seconds_total", "counter",
           "User and system CPU time spent, in seconds.", p.cpu_s);
    figure(&page, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.",
           (double)p.resident);
    figure(&page, "process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.",
           (double)p.size);
    figure(&page, "process_open_fds", "gauge", "Number of open file descriptors.", (double)p.fds);
    figure(&page, "process_max_fds", "gauge", "Maximum number of open file descriptors.",
           (double)p.max_fds);
    figure(&page, "process_start_time_seconds", "gauge",
           "Start time of the process since the epoch, in seconds.", p.start_s);
}

void
metrics_render_own(const struct metrics *m, int64_t now, GString *out)
{
    const struct page page = {.out = out, .before = m->before};

    render_vms(&page, m);
    render_work(&page, m);
    render_events(&page, m);
    render_nodes(&page, m, now);
    render_frontends(&page, m);
    render_standing(&page, m);
}

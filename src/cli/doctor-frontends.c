/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync doctor: OpenNebula's front-ends, all at once.
 */
#include "config.h"

#include "cli/doctor.h"

#include "opennebula/opennebula.h"

#include <string.h>

#define MEND_EVENTS "systemctl status opennebula-hem  # on the front-end; it publishes them"

/* One [opennebula NAME]. */
struct ward_frontend {
    const struct config_opennebula *section;
    struct opennebula *one;
    struct frontend_answer *answer; /* NULL = none yet */
    bool listens;                   /* events are waited for, or came */
    bool up;
    GError *deaf; /* why it cannot listen */
    unsigned *n_open;
};

static void
frontend_free(gpointer data)
{
    struct ward_frontend *f = data;

    opennebula_free(f->one);
    frontend_answer_unref(f->answer);
    g_clear_error(&f->deaf);
    g_free(f);
}

/* --- asking --------------------------------------------------------------------------------- */

static void
on_answer(struct frontend_answer *a, void *data)
{
    struct ward_frontend *f = data;

    f->answer = a;
    (*f->n_open)--;
}

static void
on_event(const struct opennebula_event *event, void *data)
{
    struct ward_frontend *f = data;

    if (event->kind != OPENNEBULA_EVENT_UP || f->up)
        return;
    f->up = true;
    (*f->n_open)--;
}

static struct ward_frontend *
ask(const struct config_opennebula *section, unsigned *n_open)
{
    const struct opennebula_options options = opennebula_options_of(section);
    struct ward_frontend *f = g_new0(struct ward_frontend, 1);

    f->section = section;
    f->n_open = n_open;
    f->one = opennebula_new(NULL, &options);
    opennebula_ask(f->one, NULL, 0, on_answer, f);
    (*n_open)++;
    if (section->events == NULL)
        return f;
    f->listens = opennebula_listen(f->one, on_event, f, &f->deaf);
    *n_open += f->listens;
    return f;
}

static gboolean
on_late(gpointer late)
{
    *(bool *)late = true;
    return G_SOURCE_REMOVE;
}

/* A publisher that does not answer is no reason to wait longer than for the rest. */
static gboolean
on_patience(gpointer data)
{
    GPtrArray *all = data;

    for (guint i = 0; i < all->len; i++) {
        struct ward_frontend *f = g_ptr_array_index(all, i);
        if (f->listens && !f->up)
            (*f->n_open)--;
        f->listens = f->listens && f->up;
    }
    return G_SOURCE_REMOVE;
}

/* --- telling ---------------------------------------------------------------------------------- */

static char *
mend_of(const struct config_opennebula *s, enum error_class class)
{
    g_autofree char *file = doctor_quote(s->credential_file != NULL ? s->credential_file : "FILE");
    g_autofree char *endpoint = doctor_quote(s->endpoint);

    if (class == ERROR_AUTH)
        return g_strdup_printf("ONE_XMLRPC=%s ONE_AUTH=%s onevm list\n"
                               "oneacl create '#USER VM/* USE'  # where the list is empty",
                               endpoint, file);
    return g_strdup_printf("curl -v -o /dev/null %s", endpoint);
}

static void
tell_answer(struct doctor *d, const struct ward_frontend *f)
{
    const struct frontend_answer *a = f->answer;

    if (a == NULL || a->result == RESULT_ERROR) {
        enum error_class class = a != NULL ? a->error : ERROR_TIMEOUT;
        g_autofree char *mend = mend_of(f->section, class);
        doctor_blame(d, DOCTOR_WRONG, EXIT_STALE, "read", mend, "its VMs cannot be read (%s): %s",
                     error_class_name(class),
                     a != NULL && a->text != NULL ? a->text : N_("no answer in time"));
        return;
    }
    doctor_say(d, DOCTOR_OK, "read", "answers: OpenNebula %s, the account sees %u VMs, after %.1f ms",
               a->version != NULL ? a->version : N_("of an unknown version"), a->vms->len,
               (double)a->took_us / 1000);
    if (a->result == RESULT_PARTIAL)
        doctor_say(d, DOCTOR_WARNING, "read", "its answer is not complete: %s",
                   a->text != NULL ? a->text : N_("it does not say why"));
}

static void
tell_events(struct doctor *d, const struct ward_frontend *f)
{
    const char *address = f->section->events;

    if (address == NULL)
        doctor_say(d, DOCTOR_NOTE, "events",
                   "no events are configured: its VMs are read every interval only");
    else if (f->up)
        doctor_say(d, DOCTOR_OK, "events", "its events at %s can be heard", address);
    else if (f->deaf != NULL)
        doctor_blame(d, DOCTOR_WRONG, EXIT_STALE, "events", MEND_EVENTS, "no events: %s: %s", address,
                     f->deaf->message);
    else
        doctor_blame(d, DOCTOR_WRONG, EXIT_STALE, "events", MEND_EVENTS,
                     "no events: %s does not answer", address);
}

static void
tell_certificate(struct doctor *d, const struct config_opennebula *s)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *host = NULL;
    struct certificate certificate = {0};
    guint16 port;

    doctor_certificate_file(d, EXIT_STALE, "its authority (tls_ca)", s->tls_ca);
    if (!certificate_peer_of_uri(s->endpoint, &host, &port))
        return;
    g_autofree char *mend = g_strdup_printf("openssl s_client -connect %s:%u </dev/null | openssl "
                                            "x509 -noout -subject -dates -ext subjectAltName",
                                            host, port);
    if (certificate_of_server(host, port, (unsigned)s->connect_timeout_s, &certificate, &error))
        doctor_certificate(d, EXIT_STALE, "its certificate", mend, &certificate);
    else
        doctor_say(d, DOCTOR_UNKNOWN, "certificate", "until when its certificate is valid: %s",
                   error->message);
    certificate_clear(&certificate);
}

void
doctor_frontends(struct doctor *d)
{
    const GPtrArray *sections = d->config->frontends;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(frontend_free);
    unsigned n_open = 0;
    int longest = 0;
    int patience = 0;
    bool late = false;

    for (guint i = 0; i < sections->len; i++) {
        const struct config_opennebula *s = g_ptr_array_index(sections, i);
        g_ptr_array_add(all, ask(s, &n_open));
        longest = MAX(longest, s->timeout_s);
        patience = MAX(patience, s->connect_timeout_s);
    }
    g_autoptr(GSource) limit = g_timeout_source_new_seconds((guint)longest + 2);
    g_autoptr(GSource) quiet = g_timeout_source_new_seconds((guint)patience);
    g_source_set_callback(limit, on_late, &late, NULL);
    g_source_set_callback(quiet, on_patience, all, NULL);
    g_source_attach(limit, NULL);
    g_source_attach(quiet, NULL);
    while (n_open > 0 && !late)
        g_main_context_iteration(NULL, TRUE);
    g_source_destroy(limit);
    g_source_destroy(quiet);
    for (guint i = 0; i < all->len; i++) {
        const struct ward_frontend *f = g_ptr_array_index(all, i);
        doctor_turn_to(d, "opennebula", f->section->name);
        tell_answer(d, f);
        tell_events(d, f);
        tell_certificate(d, f->section);
    }
}

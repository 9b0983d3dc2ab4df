/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "directory/writer.h"

#include "directory/control.h"
#include "directory/deadline.h"
#include "directory/dispatch.h"
#include "directory/filter.h"
#include "directory/mods.h"
#include "directory/search.h"

#include <string.h>

static const char csn_attribute[] = "entryCSN";

enum slot_step {
    SLOT_FREE,
    SLOT_UNREAD,  /* the CSN has to be read first, which is not yet sent */
    SLOT_READING, /* the CSN is being read */
    SLOT_UNSENT,  /* the modify is not yet sent */
    SLOT_SENT,    /* the modify is unanswered */
};

struct slot {
    enum slot_step step;
    int msgid;
    bool csn_same; /* SLOT_READING: the entry came and is what it was */
    struct change *change;
    int64_t deadline;
};

struct writer {
    struct directory_connection *connection;
    LDAP *ld;
    struct slot *slots;
    unsigned window;
    unsigned n_used;
    unsigned n_waiting; /* SLOT_UNREAD and SLOT_UNSENT */
    bool asserts;
    LDAPControl *post_read; /* NULL = the server has none */
    GError *lost;
    writer_result_func func;
    void *data;
    writer_gate_func gate;
    void *gate_data;
};

static void hook(struct directory_connection *c, const struct arrival *arrival, void *data);

struct writer *
writer_new(struct directory_connection *c, int window, writer_result_func func, void *data,
           GError **error)
{
    const struct capability *can = directory_connection_capability(c, error);
    struct writer *w;

    if (!can)
        return NULL;
    w = g_new0(struct writer, 1);
    w->connection = c;
    w->ld = directory_connection_handle(c);
    w->window = (unsigned)CLAMP(window, 1, WRITER_WINDOW_MAX);
    w->slots = g_new0(struct slot, w->window);
    w->asserts = can->assertion;
    w->post_read = can->post_read ? control_post_read(csn_attribute) : NULL;
    w->func = func;
    w->data = data;
    dispatch_add_hook(c, hook, w);
    return w;
}

void
writer_free(struct writer *w)
{
    if (!w)
        return;
    for (unsigned i = 0; i < w->window; i++)
        if (w->slots[i].step == SLOT_READING || w->slots[i].step == SLOT_SENT)
            dispatch_abandon(w->connection, w->slots[i].msgid);
    dispatch_remove_hook(w->connection, hook, w);
    ldap_control_free(w->post_read);
    g_clear_error(&w->lost);
    g_free(w->slots);
    g_free(w);
}

void
writer_set_gate(struct writer *w, writer_gate_func func, void *data)
{
    w->gate = func;
    w->gate_data = data;
}

unsigned
writer_unanswered(const struct writer *w)
{
    return w->n_used;
}

/* Frees the slot and reports its change.  Takes error over. */
static void
report(struct writer *w, struct slot *slot, GError *error, const char *csn)
{
    struct writer_result result = {
        .change = slot->change,
        .class = directory_error_class(error),
        .error = error,
        .csn = csn,
    };

    if (slot->step == SLOT_UNREAD || slot->step == SLOT_UNSENT)
        w->n_waiting--;
    else if (slot->msgid)
        dispatch_forget(w->connection, slot->msgid);
    *slot = (struct slot){.step = SLOT_FREE};
    w->n_used--;
    if (error)
        g_prefix_error(&error, "\"%s\": ", result.change->dn);
    result.error = error;
    w->func(&result, w->data);
    g_clear_error(&error);
}

/* The connection cannot be used any more: whatever is unanswered will stay so. */
static void
give_up(struct writer *w, GError *error)
{
    if (w->lost) {
        g_error_free(error);
        return;
    }
    w->lost = error;
    for (unsigned i = 0; i < w->window; i++) {
        struct slot *slot = &w->slots[i];
        bool sent = slot->step == SLOT_SENT;
        GError *copy;

        if (slot->step == SLOT_FREE)
            continue;
        copy = g_error_copy(w->lost);
        g_prefix_error(&copy, "%s: ", sent ? "it is not known whether this was written"
                                           : "this was not sent");
        report(w, slot, copy, NULL);
    }
}

/* Somebody else noticed that the connection is lost. */
static void
check_connection(struct writer *w)
{
    const GError *failure = dispatch_failure(w->connection);

    if (failure && !w->lost)
        give_up(w, g_error_copy(failure));
}

static void
give_up_by_timeout(struct writer *w)
{
    GError *error = NULL;

    directory_error_set(&error, LDAP_TIMEOUT, NULL, NULL, "%s: modify: no answer in time",
                        directory_connection_uri(w->connection));
    dispatch_fail(w->connection, g_error_copy(error));
    give_up(w, error);
}

static void
give_up_by_loss(struct writer *w)
{
    GError *error = NULL;

    directory_connection_lost(w->connection, "modify", &error);
    dispatch_fail(w->connection, g_error_copy(error));
    give_up(w, error);
}

static void take(struct directory_connection *c, const struct arrival *arrival, void *data);

/* The server's answer came, or sending failed.  LDAP_BUSY from libldap itself: try again later. */
static void
sent(struct writer *w, struct slot *slot, int rc, enum slot_step next)
{
    GError *error = NULL;

    if (rc == LDAP_BUSY)
        return;
    if (rc == LDAP_SUCCESS) {
        slot->step = next;
        w->n_waiting--;
        dispatch_expect(w->connection, slot->msgid, deadline_left(slot->deadline) + 1, take, w);
        return;
    }
    slot->msgid = 0;
    directory_error_set_from(&error, w->ld, rc, "modify");
    if (directory_error_class(error) == DIRECTORY_UNREACHABLE) {
        dispatch_fail(w->connection, g_error_copy(error));
        give_up(w, error);
    } else {
        report(w, slot, error, NULL);
    }
}

static void
send_read(struct writer *w, struct slot *slot)
{
    char name[] = "entryCSN";
    char *attributes[] = {name, NULL};
    int rc = ldap_search_ext(w->ld, slot->change->dn, LDAP_SCOPE_BASE, "(objectClass=*)",
                             attributes, 0, NULL, NULL, NULL, LDAP_NO_LIMIT, &slot->msgid);

    sent(w, slot, rc, SLOT_READING);
}

static void
send_modify(struct writer *w, struct slot *slot)
{
    LDAPControl *controls[3] = {w->post_read, NULL, NULL};
    LDAPControl *assertion = NULL;
    struct mods *mods;
    GError *error = NULL;
    int rc;

    if (w->gate && !w->gate(w->gate_data)) {
        directory_error_set(&error, DIRECTORY_CODE_NO_LEASE, NULL, NULL,
                            "not sent: the lease is not ours (any more)");
        report(w, slot, error, NULL);
        return;
    }
    if (w->asserts) {
        g_autofree char *filter = filter_equal(csn_attribute, slot->change->csn);

        assertion = control_assertion(w->ld, filter, &error);
        if (!assertion) {
            report(w, slot, error, NULL);
            return;
        }
        controls[w->post_read ? 1 : 0] = assertion;
    }
    mods = mods_new(slot->change);
    rc = ldap_modify_ext(w->ld, slot->change->dn, mods_list(mods), controls, NULL, &slot->msgid);
    mods_free(mods);
    ldap_control_free(assertion);
    sent(w, slot, rc, SLOT_SENT);
}

/* Sends what waits, as far as the socket takes it. */
static void
push(struct writer *w)
{
    for (unsigned i = 0; i < w->window && w->n_waiting && !w->lost; i++) {
        unsigned before = w->n_waiting;

        if (w->slots[i].step == SLOT_UNREAD)
            send_read(w, &w->slots[i]);
        else if (w->slots[i].step == SLOT_UNSENT)
            send_modify(w, &w->slots[i]);
        else
            continue;
        if (w->n_waiting == before)
            return;
    }
}

static void
compare_csn(const struct search_value *value, void *data)
{
    struct slot *slot = data;
    const char *csn = slot->change->csn;

    if (search_name_is(value, csn_attribute))
        slot->csn_same = value->len == strlen(csn) && memcmp(value->bytes, csn, value->len) == 0;
}

/* A message of the search that takes the place of an assertion. */
static void
take_read(struct writer *w, struct slot *slot, LDAPMessage *message, int type)
{
    GError *error = NULL;

    if (type == LDAP_RES_SEARCH_ENTRY) {
        search_entry_values(w->connection, message, compare_csn, slot, NULL);
        ldap_msgfree(message);
        return;
    }
    if (type != LDAP_RES_SEARCH_RESULT) {
        ldap_msgfree(message);
        return;
    }
    if (!directory_result_parse(w->ld, message, NULL, "read before modify", &error)) {
        report(w, slot, error, NULL);
    } else if (!slot->csn_same) {
        directory_error_set(&error, LDAP_ASSERTION_FAILED, NULL, NULL, "read before modify");
        report(w, slot, error, NULL);
    } else {
        slot->step = SLOT_UNSENT;
        w->n_waiting++;
    }
}

static void
take_modify(struct writer *w, struct slot *slot, LDAPMessage *message)
{
    LDAPControl **controls = NULL;
    GError *error = NULL;
    g_autofree char *csn = NULL;

    if (directory_result_parse(w->ld, message, &controls, "modify", &error))
        csn = control_post_read_value(controls, csn_attribute);
    ldap_controls_free(controls);
    report(w, slot, error, csn);
}

static void
take_message(struct writer *w, LDAPMessage *message, int type)
{
    int msgid = ldap_msgid(message);

    for (unsigned i = 0; i < w->window; i++) {
        struct slot *slot = &w->slots[i];

        if (slot->msgid != msgid)
            continue;
        if (slot->step == SLOT_READING) {
            take_read(w, slot, message, type);
            return;
        }
        if (slot->step == SLOT_SENT) {
            take_modify(w, slot, message);
            return;
        }
    }
    ldap_msgfree(message); /* late, of something abandoned */
}

/* From the source of the connection. */
static void
take(struct directory_connection *c, const struct arrival *arrival, void *data)
{
    struct writer *w = data;

    (void)c;
    if (arrival->message)
        take_message(w, arrival->message, arrival->type);
    else if (directory_error_class(arrival->error) == DIRECTORY_TIMEOUT)
        give_up_by_timeout(w);
    else
        give_up(w, g_error_copy(arrival->error));
}

int64_t
writer_deadline(const struct writer *w)
{
    int64_t first = G_MAXINT64;

    for (unsigned i = 0; i < w->window; i++)
        if (w->slots[i].step != SLOT_FREE && w->slots[i].deadline < first)
            first = w->slots[i].deadline;
    return first;
}

/* Handles one message, waiting for it until the deadline.  False: none came. */
static bool
step(struct writer *w, int64_t deadline)
{
    int64_t limit = MIN(deadline, writer_deadline(w));
    LDAPMessage *message = NULL;
    int type;

    push(w);
    if (w->lost || w->n_used == 0)
        return false;
    type = directory_connection_result(w->connection, LDAP_RES_ANY, limit, &message);
    if (type > 0)
        dispatch_hand_out(w->connection, type, message);
    else if (type < 0)
        give_up_by_loss(w);
    else if (deadline_now() >= writer_deadline(w))
        give_up_by_timeout(w);
    return type > 0;
}

static bool
check_change(const struct writer *w, const struct change *change, GError **error)
{
    if (w->lost) {
        g_propagate_error(error, g_error_copy(w->lost));
        g_prefix_error(error, "this was not sent: ");
    } else if (change_is_empty(change)) {
        directory_error_set(error, LDAP_PARAM_ERROR, NULL, NULL, "nothing to modify");
    } else if (!change->csn) {
        directory_error_set(error, LDAP_INSUFFICIENT_ACCESS, NULL, NULL,
                            "not sent: the entry was read without its entryCSN, so nobody could "
                            "tell whether it changed since (read access to it is needed)");
    } else {
        return true;
    }
    return false;
}

static struct slot *
free_slot(struct writer *w)
{
    for (unsigned i = 0; i < w->window; i++)
        if (w->slots[i].step == SLOT_FREE)
            return &w->slots[i];
    return NULL;
}

bool
writer_send(struct writer *w, struct change *change)
{
    struct slot refused = {.step = SLOT_FREE, .change = change};
    struct slot *slot;
    GError *error = NULL;

    check_connection(w);
    while (w->n_used == w->window && !w->lost)
        step(w, G_MAXINT64);
    if (!check_change(w, change, &error)) {
        w->n_used++;
        report(w, &refused, error, NULL);
        return !w->lost;
    }
    slot = free_slot(w);
    *slot = (struct slot){
        .step = w->asserts ? SLOT_UNSENT : SLOT_UNREAD,
        .change = change,
        .deadline = deadline_in(directory_connection_timeout(w->connection)),
    };
    w->n_used++;
    w->n_waiting++;
    push(w);
    return !w->lost;
}

bool
writer_has_room(const struct writer *w)
{
    return w->n_used < w->window || w->lost;
}

void
writer_handle(struct writer *w)
{
    check_connection(w);
    if (w->lost || !w->n_waiting)
        return;
    if (deadline_now() >= writer_deadline(w))
        give_up_by_timeout(w);
    else
        push(w);
}

static void
hook(struct directory_connection *c, const struct arrival *arrival, void *data)
{
    (void)c;
    (void)arrival;
    writer_handle(data);
}

unsigned
writer_pump(struct writer *w, int ms)
{
    int64_t deadline = deadline_in(ms);

    if (w->n_used && step(w, deadline))
        while (w->n_used && step(w, 0))
            continue;
    return w->n_used;
}

bool
writer_finish(struct writer *w, GError **error)
{
    while (w->n_used && !w->lost)
        step(w, G_MAXINT64);
    if (!w->lost)
        return true;
    g_propagate_error(error, g_error_copy(w->lost));
    return false;
}

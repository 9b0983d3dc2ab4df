/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync doctor: what one directory server lets us do, the service entry, and the server's
 * clock.
 */
#include "config.h"

#include "cli/doctor.h"

#include "cli/cli.h"
#include "cli/pause.h"
#include "directory/examine.h"
#include "directory/result.h"
#include "directory/service.h"
#include "engine/attributes.h"

#include <string.h>

/* Clocks that differ by more than this are worth a word, by more than that a fault: what tools
 * announce counts for a minute by default. */
enum { SKEW_WARNING_MS = 2000, SKEW_WRONG_MS = 30000 };

#define ACCESS_MEND                                                                                \
    "cp " DOCDIR "/examples/slapd-access.ldif . && editor slapd-access.ldif  # your names\n"        \
    "ldapmodify -Q -Y EXTERNAL -H ldapi:/// -f slapd-access.ldif"

/* --- rights ---------------------------------------------------------------------------------- */

/* What of a modify that is refused as a whole is refused alone. */
static char *
denied_attributes(struct directory_connection *c, const struct change *all)
{
    g_autoptr(GString) names = g_string_new(NULL);
    const char *last = NULL;

    for (guint i = 0; i < all->mods->len; i++) {
        const char *name = g_array_index(all->mods, struct change_mod, i).attribute;
        if (last != NULL && strcmp(last, name) == 0)
            continue;
        last = name;
        CLEANUP(change_free) struct change *one = examine_one_right(all, name);
        g_autoptr(GError) error = NULL;
        if (!examine_try(c, one, &error) && directory_error_class(error) == DIRECTORY_DENIED)
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", name);
    }
    return g_string_free(g_steal_pointer(&names), FALSE);
}

/* What came of trying a modify or an add. */
static void
blame_try(struct doctor *d, const char *what, const char *dn, const GError *error,
          const char *denied)
{
    enum directory_class class = directory_error_class(error);

    if (class == DIRECTORY_UNSUPPORTED)
        doctor_say(d, DOCTOR_UNKNOWN, "rights",
                   "whether we may write %s: the server has no no-op control to try it with; "
                   "statesync sync says what is refused",
                   what);
    else if (class == DIRECTORY_DENIED)
        doctor_blame(d, DOCTOR_WRONG, EXIT_REFUSED, "rights", ACCESS_MEND,
                     "we may not write %s: %s (%s)", what,
                     denied != NULL && *denied != '\0' ? denied : "*", dn);
    else if (class == DIRECTORY_REFERRAL)
        doctor_blame(d, DOCTOR_WRONG, EXIT_FAILED, "rights",
                     "statesync.conf: [directory] uri = (the server that is written to)",
                     "this server is a copy that cannot be written to: %s", error->message);
    else
        doctor_blame(d, DOCTOR_WRONG, EXIT_REFUSED, "rights", NULL, "writing %s is refused: %s", what,
                     error->message);
}

/* Tries all our attributes on one entry. */
static void
try_entry(struct doctor *d, struct directory_connection *c, const char *what, const char *dn,
          const char *prefix, const char *class)
{
    g_autoptr(GError) error = NULL;
    CLEANUP(change_free) struct change *all = examine_all_rights(c, dn, prefix, class, &error);

    if (all == NULL) {
        doctor_say(d, DOCTOR_UNKNOWN, "rights", "whether we may write %s: %s", what, error->message);
        return;
    }
    if (examine_try(c, all, &error)) {
        doctor_say(d, DOCTOR_OK, "rights", "we may write %s, tried on %s", what, dn);
        return;
    }
    g_autofree char *denied = directory_error_class(error) == DIRECTORY_DENIED
                                  ? denied_attributes(c, all)
                                  : NULL;
    blame_try(d, what, dn, error, denied);
}

/* --- the clock ---------------------------------------------------------------------------------- */

enum doctor_result
doctor_skew(gint64 ahead, gint64 margin)
{
    gint64 off_ms = MAX(ABS(ahead) - margin, 0) / 1000;

    return off_ms < SKEW_WARNING_MS ? DOCTOR_OK
           : off_ms < SKEW_WRONG_MS ? DOCTOR_WARNING
                                    : DOCTOR_WRONG;
}

/* Writes the service entry as it is. */
static void
look_at_clock(struct doctor *d, struct directory_connection *c)
{
    g_autoptr(GError) error = NULL;
    gint64 ahead, margin;

    if (!examine_touch(c, d->where->service_dn, &ahead, &margin, &error)) {
        doctor_say(d, DOCTOR_UNKNOWN, "clock", "how the server's clock goes: %s", error->message);
        return;
    }
    if (ahead == G_MAXINT64) {
        doctor_say(d, DOCTOR_UNKNOWN, "clock", "how the server's clock goes: it does not say");
        return;
    }
    enum doctor_result result = doctor_skew(ahead, margin);
    double seconds = (double)ABS(ahead) / G_USEC_PER_SEC;
    if (result == DOCTOR_OK)
        doctor_say(d, DOCTOR_OK, "clock", "the server's clock goes like ours, within %.1f ms",
                   (double)(ABS(ahead) + margin) / 1000);
    else
        doctor_blame(d, result, EXIT_FAILED, "clock",
                     "timedatectl set-ntp true  # here, and on the server",
                     "%s: %.1f s; what is announced there may have run out here",
                     ahead > 0 ? N_("the server's clock is ahead of ours")
                               : N_("the server's clock is behind ours"),
                     seconds);
}

/* --- the service entry ---------------------------------------------------------------------------- */

static void
look_at_pass(struct doctor *d, const struct service_state *state, gint64 now)
{
    g_autofree char *paused = pause_text(state, now);
    g_autofree char *last = cli_time(state->pass_completed);
    gint64 limit = d->config->limits.memory_gap;

    if (paused != NULL)
        doctor_blame(d, DOCTOR_WARNING, EXIT_WELL, "pause", "statesync resume",
                     "no status is written: %s", paused);
    if (state->pass_completed == 0)
        doctor_blame(d, DOCTOR_WARNING, EXIT_WELL, "pass", "statesync sync",
                     "no pass has ever been completed");
    else if (now - state->pass_completed > limit)
        doctor_blame(d, DOCTOR_WARNING, EXIT_WELL, "pass",
                     "systemctl enable --now statesync-sync.timer  # or statesync.service, or cron",
                     "the last pass was completed at %s by %s: nobody looks any more", last,
                     state->pass_by != NULL ? state->pass_by : N_("nobody knows whom"));
    else
        doctor_say(d, DOCTOR_OK, "pass", "the last pass was completed at %s by %s", last,
                   state->pass_by != NULL ? state->pass_by : N_("nobody knows whom"));
    if (state->holder != NULL)
        doctor_say(d, DOCTOR_OK, "lease", "%s is at work", state->holder);
}

/* It is not there: may we make it? */
static void
try_making(struct doctor *d, struct directory_connection *c)
{
    const char *dn = d->where->service_dn;
    g_autoptr(GError) error = NULL;
    CLEANUP(change_free) struct change *entry = change_new(dn, NULL);
    const char *name = strchr(dn, '=');
    g_autofree char *cn = name != NULL ? g_strndup(name + 1, strcspn(name + 1, ",+")) : g_strdup("");

    change_mod_value(change_add_mod(entry, CHANGE_ADD, "objectClass"), CLASS_SERVICE);
    change_mod_value(change_add_mod(entry, CHANGE_ADD, "cn"), cn);
    if (examine_try_add(c, entry, &error))
        doctor_say(d, DOCTOR_NOTE, "service",
                   "the service entry %s is not there; the first pass makes it, which we may", dn);
    else if (directory_error_class(error) == DIRECTORY_DENIED) {
        g_autofree char *base = doctor_quote(directory_connection_uri(c));
        g_autofree char *mend = g_strdup_printf(
            "ldapadd -H %s -D (who may) -W <<END\ndn: %s\nobjectClass: " CLASS_SERVICE "\ncn: %s\nEND",
            base, dn, cn);
        doctor_blame(d, DOCTOR_WRONG, EXIT_REFUSED, "service", mend,
                     "the service entry %s is not there, and we may not make it", dn);
    } else {
        blame_try(d, N_("the service entry"), dn, error, NULL);
    }
}

static void
look_at_service(struct doctor *d, struct directory_connection *c)
{
    g_autoptr(GError) error = NULL;
    CLEANUP(service_free) struct service *service
        = service_new(c, d->where->service_dn, d->where->lease);
    CLEANUP(service_state_free) struct service_state *state = service_read(service, &error);

    if (state != NULL) {
        try_entry(d, c, N_("the service entry"), d->where->service_dn, "sstStateSync", CLASS_SERVICE);
        look_at_clock(d, c);
        look_at_pass(d, state, g_get_real_time() / G_USEC_PER_SEC);
    } else if (directory_error_class(error) == DIRECTORY_ABSENT) {
        try_making(d, c);
        doctor_say(d, DOCTOR_UNKNOWN, "clock",
                   "how the server's clock goes: there is no service entry to ask it by");
    } else {
        doctor_blame(d, DOCTOR_WRONG, EXIT_REFUSED, "service", ACCESS_MEND,
                     "the service entry cannot be read: %s", error->message);
    }
}

void
doctor_rights(struct doctor *d, struct directory_connection *c, const char *vm, const char *node)
{
    look_at_service(d, c);
    if (vm != NULL)
        try_entry(d, c, N_("the statuses of VMs"), vm, "sstVirtualMachine", CLASS_VM_STATUS);
    if (node != NULL)
        try_entry(d, c, N_("the status of nodes"), node, "sstNodeStatus", CLASS_NODE_STATUS);
}

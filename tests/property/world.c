/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "world.h"

#include <string.h>

#define BASE "ou=virtual machines,ou=virtualization,ou=services,dc=stoney-cloud,dc=org"

/* One in n. */
static bool
once_in(struct world *w, int n)
{
    return g_rand_int_range(w->rand, 0, n) == 0;
}

static int
below(struct world *w, int n)
{
    return g_rand_int_range(w->rand, 0, n);
}

#define PICK(w, list) ((list)[below((w), (int)G_N_ELEMENTS(list))])

static enum dstate
random_state(struct world *w)
{
    static const enum dstate likely[]
        = {DSTATE_RUNNING, DSTATE_RUNNING, DSTATE_RUNNING, DSTATE_RUNNING, DSTATE_RUNNING,
           DSTATE_RUNNING, DSTATE_BLOCKED, DSTATE_PAUSED,  DSTATE_PAUSED,  DSTATE_PAUSED,
           DSTATE_SHUTOFF, DSTATE_SHUTOFF, DSTATE_SHUTOFF, DSTATE_SHUTDOWN, DSTATE_CRASHED,
           DSTATE_PMSUSPENDED, DSTATE_NOSTATE, DSTATE_OTHER};

    return PICK(w, likely);
}

static enum dreason
random_reason(struct world *w, enum dstate state)
{
    static const enum dreason running[] = {DREASON_BOOTED, DREASON_BOOTED, DREASON_MIGRATED,
                                           DREASON_POSTCOPY, DREASON_POSTCOPY_FAILED,
                                           DREASON_UNPAUSED, DREASON_CRASHED};
    static const enum dreason paused[]
        = {DREASON_USER,     DREASON_MIGRATING, DREASON_SAVING,   DREASON_IOERROR,
           DREASON_WATCHDOG, DREASON_POSTCOPY,  DREASON_POSTCOPY_FAILED, DREASON_SHUTTING_DOWN,
           DREASON_CRASHED,  DREASON_STARTING_UP, DREASON_UNKNOWN};
    static const enum dreason off[]
        = {DREASON_SHUTDOWN, DREASON_DESTROYED, DREASON_CRASHED, DREASON_FAILED, DREASON_SAVED,
           DREASON_MIGRATED, DREASON_MIGRATED,  DREASON_UNKNOWN, DREASON_DAEMON};

    if (once_in(w, 12))
        return (enum dreason)below(w, DREASON_COUNT);
    if (state == DSTATE_RUNNING || state == DSTATE_BLOCKED)
        return PICK(w, running);
    if (state == DSTATE_PAUSED)
        return PICK(w, paused);
    return state == DSTATE_SHUTOFF ? PICK(w, off) : DREASON_NONE;
}

static guint64
random_bytes(struct world *w)
{
    static const guint64 odd[] = {0, 1, 51, 1000, G_MAXUINT64, G_MAXUINT64 - 1, 1ull << 40};

    return once_in(w, 3) ? PICK(w, odd) : (guint64)below(w, 1000000);
}

static void
random_look(struct world *w, struct model_domain *d)
{
    d->looked = !once_in(w, 3);
    d->job = once_in(w, 4) ? (enum job)below(w, JOB_COUNT) : JOB_NONE;
    d->blocks = once_in(w, 4) ? below(w, 16) : 0;
    d->cur = random_bytes(w);
    d->end = random_bytes(w);
    d->backing = below(w, 4) - 1;
    d->event = once_in(w, 6) ? 1 + below(w, 2) : 0;
    d->agent = once_in(w, 3) ? (enum agent)below(w, AGENT_COUNT) : AGENT_CONNECTED;
    d->control = once_in(w, 6) ? below(w, 4) : 1;
    d->occupied_s = below(w, 60);
}

static void
random_domain(struct world *w, struct model_domain *d)
{
    memset(d, 0, sizeof(*d));
    d->here = true;
    d->state = random_state(w);
    d->reason = random_reason(w, d->state);
    d->unreadable = once_in(w, 20);
    d->clash = once_in(w, 30);
    d->other_case = once_in(w, 4);
    d->managed_save = once_in(w, 8);
    random_look(w, d);
}

/* Where its domains are: mostly at home, sometimes on the target, rarely elsewhere. */
static void
random_place(struct world *w, struct model_vm *vm, unsigned node)
{
    bool likely = (int)node == vm->home ? !once_in(w, 4) : (int)node == vm->target ? once_in(w, 2)
                                                                                   : once_in(w, 9);

    memset(&vm->on[node], 0, sizeof(vm->on[node]));
    if (likely)
        random_domain(w, &vm->on[node]);
}

static void
random_backup(struct world *w, struct model_backup *b)
{
    b->stamp = (unsigned)below(w, 5);
    b->mode = below(w, 22) - 1;
    b->failed = once_in(w, 8) ? 1 + below(w, 2) : 0;
    b->day = once_in(w, 3) ? below(w, 5) : 0;
    b->changed = below(w, 6) - 1;
}

static void
random_backups(struct world *w, struct model_vm *vm)
{
    vm->n_backups = once_in(w, 3) ? 1 + (unsigned)below(w, WORLD_BACKUPS) : 0;
    for (unsigned i = 0; i < vm->n_backups; i++) {
        random_backup(w, &vm->backups[i]);
        vm->backups[i].stamp = vm->backups[i].stamp * WORLD_BACKUPS + i; /* names are unique */
    }
}

static void
random_request(struct world *w, struct model_vm *vm)
{
    gint64 wall_s = w->now.wall / 1000;
    gint64 since[] = {-1, -2, wall_s, wall_s - 30, wall_s - 5000, wall_s + 5000};

    vm->request = once_in(w, 3) ? below(w, 8) : 0;
    vm->request_since = PICK(w, since);
    if (w->no_dates)
        vm->request_since = -1;
}

static void
random_thin(struct world *w, struct model_vm *vm)
{
    for (unsigned i = 0; i < WORLD_THIN; i++)
        vm->thin[i] = once_in(w, 3) ? below(w, (int)w->n_vms + 2) - 2 : -1;
    if (vm->thin[0] == -1 && once_in(w, 10))
        vm->thin[0] = -3;
}

static GPtrArray *
one_value(const char *text)
{
    GPtrArray *a = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(a, g_strdup(text));
    return a;
}

static void
put_own(GHashTable *own, const char *attribute, const char *value)
{
    if (value != NULL)
        g_hash_table_replace(own, g_strdup(attribute), one_value(value));
}

/* What an earlier pass, another version or somebody's hand left there. */
static void
random_published(struct world *w, struct model_vm *vm)
{
    static const char *const states[]
        = {"Stopped", "Starting",   "Paused", "Running",  "Running",    "Running",      "Running",
           "Running", "Shutting down", "Powering off", "Deleting", "Crashed", "Frozen",
           "Do not use", "running", "destroying", "Non Responding", "Nonsense", ""};
    static const char *const activities[]
        = {NULL, NULL, NULL, "streaming", "backing up", "migrating", "maintenance mode", "odd", ""};
    static const char *const actives[] = {"TRUE", "TRUE", "FALSE", NULL, "true", "perhaps"};
    static const char *const alarms[]
        = {NULL, NULL, NULL, "shutdown-ignored: asked to shut down, still running",
           "stale-migration-marker: sstMigrationNode still names node-1, nothing moves",
           "stale-migration-marker", "LEFTOVER: x", "what"};
    static const char *const progress[] = {NULL, "0", "51", "999", "1000", "-1", "5.1", "99999999999"};

    vm->own_class = !once_in(w, 10);
    const char *state = PICK(w, states);
    put_own(vm->own, "sstVirtualMachineStatusState", state);
    put_own(vm->own, "sstVirtualMachineStatus", once_in(w, 8) ? "Something, else" : state);
    put_own(vm->own, "sstVirtualMachineStatusActivity", PICK(w, activities));
    put_own(vm->own, "sstVirtualMachineStatusActive", PICK(w, actives));
    put_own(vm->own, "sstVirtualMachineStatusAlarm", PICK(w, alarms));
    put_own(vm->own, "sstVirtualMachineStatusProgress", PICK(w, progress));
    if (once_in(w, 3))
        put_own(vm->own, "sstVirtualMachineStatusSince", once_in(w, 3) ? "then" : "20251231120000Z");
    if (once_in(w, 6))
        put_own(vm->own, "sstVirtualMachineStatusStaleSince", "20251231120000Z");
    if (once_in(w, 6))
        put_own(vm->own, "sstVirtualMachineStatusStaleReason", "before");
    if (once_in(w, 4))
        put_own(vm->own, "sstVirtualMachineAllowedAction", once_in(w, 2) ? "start" : "Fly");
    if (!once_in(w, 3))
        put_own(vm->own, "sstVirtualMachineStatusNode", w->nodes[below(w, (int)w->n_nodes)].name);
    else if (once_in(w, 4))
        put_own(vm->own, "sstVirtualMachineStatusNode", "a-node-nobody-knows");
}

static void
random_vm(struct world *w, unsigned at)
{
    struct model_vm *vm = &w->vms[at];
    static const int kinds[] = {KIND_PERSISTENT, KIND_PERSISTENT, KIND_PERSISTENT, KIND_PERSISTENT,
                                KIND_DYNAMIC, KIND_TEMPLATE, KIND_TEMPLATE};

    vm->uuid = g_strdup_printf("%08x-0000-4000-8000-%012u", (unsigned)below(w, 1 << 30), at);
    vm->dn = g_strdup_printf("sstVirtualMachine=%s," BASE, vm->uuid);
    vm->own = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                    (GDestroyNotify)g_ptr_array_unref);
    vm->kind = once_in(w, 15) ? below(w, KIND_COUNT + 1) : PICK(w, kinds);
    vm->golden = once_in(w, 10);
    vm->home = once_in(w, 15) ? -1 : below(w, (int)w->n_nodes);
    vm->target = once_in(w, 5) ? below(w, (int)w->n_nodes) : -1;
    vm->malformed = once_in(w, 25) ? 1 + below(w, 5) : 0;
    vm->twin = once_in(w, 25);
    vm->intent = below(w, 6);
    vm->mode = below(w, 8) - 1;
    random_request(w, vm);
    random_thin(w, vm);
    random_backups(w, vm);
    for (unsigned n = 0; n < w->n_nodes; n++)
        random_place(w, vm, n);
    if (!once_in(w, 3))
        random_published(w, vm);
}

static void
random_node_answer(struct world *w, struct model_node *n)
{
    n->asked = !once_in(w, 25);
    n->result = once_in(w, 5) ? (once_in(w, 2) ? RESULT_ERROR : RESULT_PARTIAL) : RESULT_COMPLETE;
    n->error = (enum error_class)(1 + below(w, ERROR_CLASS_COUNT - 1));
}

static void
random_limits(struct world *w)
{
    struct limits *l = &w->options.limits;

    *l = LIMITS_DEFAULT;
    if (once_in(w, 2)) {
        l->miss_limit = 1 + below(w, 3);
        l->absence_hold = below(w, 3) * 10;
        l->birth_grace = below(w, 3) * 30;
        l->marker_limit = 1 + below(w, 900);
        l->start_limit = below(w, 100);
        l->stop_limit = below(w, 600);
        l->backup_stuck = 1 + below(w, 1000);
        l->budget_min = 1 + below(w, 4);
        l->budget_node_min = 1 + below(w, 3);
        l->budget_confirm = 1 + below(w, 3);
        l->budget_window = below(w, 300);
    }
    w->options.force_budget = once_in(w, 15);
    w->options.repair_mode = once_in(w, 4);
    w->options.repair_streams = once_in(w, 4);
    w->options.agent = once_in(w, 2);
}

/* Attribute names we know, values of any bytes. */
static GBytes *
random_noise(struct world *w)
{
    GByteArray *bytes = g_byte_array_new();
    int n = below(w, 200);

    for (int i = 0; i < n; i++) {
        guint8 byte = (guint8)below(w, 256);
        g_byte_array_append(bytes, &byte, 1);
    }
    return g_byte_array_free_to_bytes(bytes);
}

struct world *
world_new(guint32 seed, bool no_dates)
{
    struct world *w = g_new0(struct world, 1);

    w->rand = g_rand_new_with_seed(seed);
    w->no_dates = no_dates;
    w->now.mono = below(w, 1000000000);
    w->now.wall = G_GINT64_CONSTANT(1767225600000) + (gint64)below(w, 86400) * 1000;
    random_limits(w);
    w->n_nodes = 1 + (unsigned)below(w, WORLD_NODES);
    for (unsigned i = 0; i < w->n_nodes; i++) {
        struct model_node *n = &w->nodes[i];
        n->name = g_strdup_printf("node-%u.example.org", i);
        n->entry = !once_in(w, 5);
        n->upper = once_in(w, 4);
        n->maintenance = once_in(w, 8);
        n->epoch = 1;
        n->own = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify)g_ptr_array_unref);
        random_node_answer(w, n);
    }
    w->n_vms = once_in(w, 12) ? 20 + (unsigned)below(w, 20) : 1 + (unsigned)below(w, 8);
    w->vms = g_new0(struct model_vm, w->n_vms);
    for (unsigned i = 0; i < w->n_vms; i++)
        random_vm(w, i);
    w->noise = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (int i = below(w, 4); i > 0; i--)
        g_ptr_array_add(w->noise, random_noise(w));
    w->orphans = (unsigned)below(w, 3);
    w->query = 1;
    world_open_fronts(w, seed);
    return w;
}

void
world_free(struct world *w)
{
    if (w == NULL)
        return;
    for (unsigned i = 0; i < w->n_vms; i++) {
        g_free(w->vms[i].uuid);
        g_free(w->vms[i].dn);
        g_hash_table_unref(w->vms[i].own);
    }
    for (unsigned i = 0; i < w->n_nodes; i++) {
        g_free(w->nodes[i].name);
        g_hash_table_unref(w->nodes[i].own);
    }
    world_close_fronts(w);
    g_free(w->vms);
    g_ptr_array_unref(w->noise);
    g_rand_free(w->rand);
    g_free(w);
}

static void
turn_vm(struct world *w, struct model_vm *vm)
{
    switch (below(w, 14)) {
    case 0:
    case 1:
    case 2:
        random_place(w, vm, (unsigned)below(w, (int)w->n_nodes));
        break;
    case 3:
        memset(vm->on, 0, sizeof(vm->on));
        break;
    case 4:
        if (vm->home >= 0)
            random_domain(w, &vm->on[vm->home]);
        break;
    case 5:
        vm->target = once_in(w, 2) ? below(w, (int)w->n_nodes) : -1;
        break;
    case 6:
        vm->home = once_in(w, 10) ? -1 : below(w, (int)w->n_nodes);
        break;
    case 7:
        vm->intent = below(w, 6);
        break;
    case 8:
        random_request(w, vm);
        break;
    case 9:
        random_backups(w, vm);
        break;
    case 10:
        random_thin(w, vm);
        break;
    case 11:
        for (unsigned i = 0; i < w->n_nodes; i++) {
            if (vm->on[i].here)
                random_look(w, &vm->on[i]);
        }
        break;
    case 12:
        vm->mode = below(w, 8) - 1;
        break;
    default:
        vm->gone = once_in(w, 4);
        vm->twin = once_in(w, 6);
        break;
    }
}

static void
no_events(struct world *w)
{
    for (unsigned i = 0; i < w->n_vms; i++) {
        for (unsigned n = 0; n < w->n_nodes; n++)
            w->vms[i].on[n].event = 0;
    }
}

void
world_turn(struct world *w)
{
    static const int seconds[] = {0, 1, 5, 5, 10, 10, 10, 20, 30, 60, 120, 300, 700, 1000, 5000};

    no_events(w);
    world_wait(w, PICK(w, seconds) * 1000 + below(w, 3) * 250);
    bool calm = once_in(w, 3); /* so that counters run undisturbed now and then */
    for (unsigned i = 0; i < w->n_nodes; i++) {
        struct model_node *n = &w->nodes[i];
        if (once_in(w, calm ? 30 : 4))
            random_node_answer(w, n);
        if (n->result != RESULT_COMPLETE && once_in(w, 2))
            n->result = RESULT_COMPLETE;
        if (once_in(w, 25))
            n->epoch++;
    }
    for (unsigned i = 0; i < w->n_vms; i++) {
        if (once_in(w, calm ? 20 : 3))
            turn_vm(w, &w->vms[i]);
    }
    world_turn_fronts(w);
}

void
world_wait(struct world *w, gint64 ms)
{
    no_events(w);
    w->now.mono += ms;
    w->now.wall += ms;
    w->query++;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/observation.h - what one node answered in one pass.
 *
 * An observation is built by an adapter (hypervisor/, opennebula/) or by the
 * case reader, and is immutable once it was handed over: it may cross threads
 * by reference.  It says what was seen and never what it means; an error is an
 * observation too ("could not look" is not "not there").
 */
#ifndef STATESYNC_ENGINE_OBSERVATION_H
#define STATESYNC_ENGINE_OBSERVATION_H

#include "core/cleanup.h"
#include "core/words.h"
#include "engine/uuid.h"

#include <glib.h>

/* One block job of one disk. */
struct block_job {
    char *disk; /* target name, e.g. "vda" */
    enum block_job_type type;
    uint64_t cur; /* bytes */
    uint64_t end; /* bytes, 0 = not known yet */
};

/* A disk of the live XML: does it still have a backing file? */
struct disk {
    char *name; /* target name */
    bool backing;
};

/* A block job that ended since the previous pass (event). */
struct job_event {
    char *disk;
    enum block_job_type type;
    enum job_end end;
};

/* What only a closer look tells; every part may be missing. */
struct look {
    bool job_known;   /* job is valid */
    enum job job;     /* JOB_NONE = asked, there is none */
    bool blocks_known; /* block_jobs is valid; false = the query failed or was not made */
    bool blocks_failed; /* the query was made and failed */
    GArray *block_jobs; /* of struct block_job, NULL = none */
    bool disks_known;   /* the live XML was read */
    GArray *disks;      /* of struct disk, NULL = none */
    GArray *events;     /* of struct job_event, NULL = none */
    enum agent agent;   /* AGENT_NONE also when not looked at */
    bool agent_known;
    enum control control;
    bool control_known;
    int64_t occupied_ms; /* with CONTROL_OCCUPIED: for how long */
    char *io_error_disks; /* comma separated disks of an I/O error, NULL = not known */
};

/* One domain of one node. */
struct domain {
    struct uuid uuid;
    char *name;       /* NULL = the canonical text of uuid */
    char *state_word; /* the hypervisor's word when state is DSTATE_OTHER, else NULL */
    uint8_t state;    /* enum dstate */
    uint8_t reason;   /* enum dreason */
    bool managed_save; /* a managed save image exists */
    bool unreadable;  /* this one domain could not be read: state is not valid */
    bool persistent;  /* informative */
    struct look *look; /* NULL = not looked at closer */
};

struct observation {
    char *node; /* host name, as sstNode spells it */
    enum result result;
    enum error_class error; /* with RESULT_ERROR */
    char *text;  /* error text or why the answer is partial; NULL = none */
    uint64_t epoch; /* rises with every connection lost and made again */
    uint64_t query; /* serial number of this answer; two passes never share one per node */
    char *hypervisor; /* driver and version, e.g. "QEMU 7.2.0"; NULL = not known */
    bool look_blocked; /* calls into its guests hang: nobody is looked at closer */
    unsigned surprises; /* domains found changed that no event had announced */
    GArray *domains; /* of struct domain; never NULL */
    gatomicrefcount refs;
};

/* A new observation with no domains and one reference; node is copied. */
struct observation *observation_new(const char *node, enum result result);

/* Shorthand for RESULT_ERROR; text is copied and may be NULL. */
struct observation *observation_new_error(const char *node, enum error_class error,
                                          const char *text);

struct observation *observation_ref(struct observation *o);
void observation_unref(struct observation *o); /* NULL is ignored */
DEFINE_CLEANUP(struct observation, observation_unref)

/*
 * Appends a domain and returns it for filling in.  The pointer is valid until
 * the next call.  name is copied; NULL, or the canonical text of uuid in any
 * case, is stored as NULL.
 */
struct domain *observation_add(struct observation *o, const struct uuid *uuid, const char *name);

/* The domain's look, made empty on first use. */
struct look *domain_look(struct domain *d);

/* Appends to the look's arrays (made on first use); disk is copied. */
void look_add_block_job(struct look *l, const char *disk, enum block_job_type type, uint64_t cur,
                        uint64_t end);
void look_add_disk(struct look *l, const char *disk, bool backing);
void look_add_event(struct look *l, const char *disk, enum block_job_type type, enum job_end end);

/* The domain with this UUID, or NULL.  Linear; for tests and targeted reads. */
struct domain *observation_find(const struct observation *o, const struct uuid *uuid);

/* What the engine wants to know about a domain beyond the bulk read (bits). */
enum look_want {
    LOOK_JOB = 1 << 0,    /* operation of the current job */
    LOOK_BLOCKS = 1 << 1, /* block jobs per disk */
    LOOK_XML = 1 << 2,    /* live XML: disks and backing files, agent channel */
    LOOK_AGENT = 1 << 3,  /* ping the guest agent (needs a read-write connection) */
    LOOK_CONTROL = 1 << 4, /* control state */
    LOOK_IO_ERRORS = 1 << 5, /* which disks have an I/O error */
};

/* One wish: look at this domain on this node. */
struct look_request {
    const char *node; /* interned: valid as long as the process */
    struct uuid uuid;
    unsigned want; /* enum look_want bits */
};

#endif

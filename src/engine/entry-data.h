/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/entry-data.h - the members of entries, for the engine itself and for
 * those who print them.  Adapters need engine/entry.h only.
 *
 * Strings marked "ref" are interned, reference counted and equal exactly when
 * their pointers are.  NULL means the attribute is absent.
 */
#ifndef STATESYNC_ENGINE_ENTRY_DATA_H
#define STATESYNC_ENGINE_ENTRY_DATA_H

#include "engine/attributes.h"
#include "engine/change.h"
#include "engine/entry.h"
#include "engine/uuid.h"

#include <string.h>

struct entry {
    enum entry_type type;
    guint place; /* in the engine's array of its kind */
    char *dn;
    char *csn;
};

#define ONE_ABSENT INT32_MIN

/* What is published in one language (";lang-de"). */
struct published_language {
    char *tag;      /* ref, as stored */
    char *text;     /* ref; NULL = absent */
    char **details; /* NULL = none */
};

/* What our own attributes said when the entry was read (and say after our own writes). */
struct published {
    bool has_class; /* the auxiliary class is there */
    bool known;     /* …StatusState is there and a word we know */
    bool odd_actions; /* an allowed action we do not know: write the set anew */
    bool odd_state;   /* the word is another spelling of ours */
    bool garbled;     /* a state is there, but no word of ours */
    bool has_since;
    bool has_stale_since;
    uint8_t state;    /* enum state */
    uint8_t activity; /* enum activity */
    int8_t active;    /* -1 = absent or unreadable */
    int16_t permille; /* -1 = absent or unreadable */
    int32_t one_state; /* whatever OpenNebula said; ONE_ABSENT = absent or unreadable */
    int32_t one_lcm;
    unsigned actions;
    char *text;         /* ref */
    char *reason;       /* ref */
    char *node;         /* ref */
    char *stale_reason; /* ref */
    char *one_name;     /* ref */
    char *activity_text; /* ref: as stored, to notice a word we would not write */
    gint64 since;       /* seconds, -1 */
    gint64 stale_since; /* seconds, -1 */
    char **alarms;      /* NULL = none */
    char **details;     /* NULL = none */
    GArray *languages;  /* of struct published_language; NULL = none */
    char *request;      /* ref: …RequestedAction */
    gint64 request_since; /* seconds, -1 = absent or malformed */
    bool has_request_since;
};

struct backup_entry {
    struct entry base;
    struct vm_entry *vm; /* set by the index: below which it stands; NULL = none */
    char *stamp; /* RDN value */
    char *mode;  /* ref */
    gint64 changed; /* seconds from entryCSN or modifyTimestamp, -1 = neither */
    char *changed_text; /* its sortable text, NULL = neither */
    bool failed; /* a return value other than 0 */
    char *return_value; /* ref */
    int day;     /* execution date YYYYMMDD; 0 = now */
    gint64 due;  /* the same as a Generalized Time, in seconds; -1 = it is none */
};

struct vm_entry {
    struct entry base;
    struct uuid uuid;
    bool valid;        /* UUID, RDN and type are as they must be */
    bool duplicate;    /* set by world: another entry carries the same UUID */
    bool golden;
    uint8_t kind;      /* enum kind; KIND_COUNT = absent or unknown */
    uint8_t intent;    /* enum intent */
    const char *problem; /* why it is not valid; static */
    char *name;        /* display name, NULL */
    char *home;        /* ref, as spelled; NULL = absent or empty */
    char *target;      /* ref, as spelled; NULL = absent or empty */
    char *mode;        /* ref, as spelled; NULL = absent */
    GArray *thin;      /* of struct uuid; NULL = none */
    char **thin_text;  /* the values as stored, same order; NULL = none */
    struct published pub;
    GPtrArray *backups; /* of struct backup_entry *, set by world, not owned; NULL = none */
    guint32 sighting;   /* first of its sightings + 1, 0 = none */
    guint32 claim;      /* first of OpenNebula's rows that name it + 1, 0 = none */
    int16_t shown;      /* streaming percent when last judged, for the template's details */
    bool touched;       /* in the engine's list of those to be judged next */
    bool calm;          /* judged as it is published, plainly seen, and nothing is remembered or counted */
    bool same;          /* while an answer is taken: the node shows it as before */
    const struct verdict *judged; /* its verdict while a pass or an update is at work, else NULL */
    gint64 due;         /* monotonic ms at which a counter of it runs out, G_MAXINT64 = none */
};

struct node_entry {
    struct entry base;
    char *name;  /* sstNode, or the RDN value */
    bool has_class;
    int8_t reachable; /* -1 = absent */
    bool has_since;
    gint64 domains;   /* -1 = absent */
    char *reason;     /* ref */
    char *hypervisor; /* ref */
    char **foreign;   /* NULL = none */
    char **alarms;    /* NULL = none */
};

/* ou=int,ou=networks,<node> and sstNodeType=...,ou=node-types,<node>: facts about a node. */
struct node_fact {
    struct entry base;
    char *node;    /* sstNode value taken from the DN; NULL = not below a node */
    char *address; /* ENTRY_ADDRESS */
    char *state;   /* ENTRY_NODE_TYPE: sstNodeState, NULL = absent */
};

/* Interns; NULL stays NULL.  Release with ref_release() (NULL ignored). */
char *ref_intern(const char *text);
void ref_release(char *ref);
/* Replaces *slot by the interned text (may be NULL). */
void ref_replace(char **slot, const char *text);

/* Sets attribute a of a VM entry from its complete list of values (n may be 0). */
void vm_entry_set(struct vm_entry *vm, enum attribute a, const char *const *values, unsigned n);

/* Sets attribute a, ATTR_TEXT or ATTR_DETAIL, in the language of this tag. */
void vm_entry_set_language(struct vm_entry *vm, enum attribute a, const char *tag,
                           const char *const *values, unsigned n);

/* The same of a node entry. */
void node_entry_set(struct node_entry *node, enum attribute a, const char *const *values,
                    unsigned n);

/* Applies our own successful modify, so that the entry is what a new read would show. */
void vm_entry_apply(struct vm_entry *vm, const struct change *c);
void node_entry_apply(struct node_entry *n, const struct change *c);

/* A NULL-terminated copy of n values; NULL when n is 0. */
char **entry_copy_values(const char *const *values, unsigned n);

/* DNs compared without case and blanks around separators. */
bool dn_same(const char *a, const char *b);
/* Hash and comparison of the same kind, for hash tables whose keys are DNs. */
guint dn_hash(gconstpointer dn);
gboolean dn_equal(gconstpointer a, gconstpointer b);

/* ASCII case does not matter; quick for the usual spelling. */
static inline bool
same_word(const char *a, const char *b)
{
    return strcmp(a, b) == 0 || g_ascii_strcasecmp(a, b) == 0;
}
/* dn without its first n RDNs (points into dn), or NULL when it has no more. */
const char *dn_parent(const char *dn, unsigned n);
/* Value of the first RDN when its attribute is `attribute` (case ignored), copied; else NULL. */
char *dn_rdn_value(const char *dn, const char *attribute);

#endif

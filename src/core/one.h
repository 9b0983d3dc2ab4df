/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/one.h - OpenNebula's words: both of its enumerations, what they mean in
 * ours, and the way back.
 *
 * A virtual machine of OpenNebula has two numbers: STATE, and LCM_STATE, which
 * counts only while STATE is 3 (ACTIVE).  Numbers come from outside: all
 * lookups are by number, and a number that no table knows is data like any
 * other.  The rows stand in core/one-list.h, what follows what in core/one-edge.h.
 */
#ifndef STATESYNC_CORE_ONE_H
#define STATESYNC_CORE_ONE_H

#include "core/one-list.h"
#include "core/words.h"

/* The numbers by name: ONE_STATE_POWEROFF is 8, ONE_LCM_RUNNING is 3. */
#define ONE_STATE_NUMBER(number, name, ...) ONE_STATE_##name = (number),
#define ONE_LCM_NUMBER(number, name, ...) ONE_LCM_##name = (number),
enum one_state_number { ONE_STATE_LIST(ONE_STATE_NUMBER) };
enum one_lcm_number { ONE_LCM_LIST(ONE_LCM_NUMBER) };
#undef ONE_STATE_NUMBER
#undef ONE_LCM_NUMBER

#define ONE_ACTIVE ONE_STATE_ACTIVE /* the STATE in which LCM_STATE counts */

/* The two enumerations. */
#define ONE_KIND_LIST(X)                                                                           \
    X(ONE_STATE, "STATE")                                                                          \
    X(ONE_LCM, "LCM")
enum one_kind { ONE_KIND_LIST(WORDS_ENUM) ONE_KIND_COUNT };

/* What a word stands for in the life of a machine. */
#define ONE_CLASS_LIST(X)                                                                          \
    X(ONE_QUEUED, N_("queued"))       /* waits for the scheduler or its owner, nothing is going on */  \
    X(ONE_TRANSIENT, N_("transient")) /* OpenNebula is at work and leaves it by itself */              \
    X(ONE_STABLE, N_("stable"))       /* stays until somebody asks for something */                    \
    X(ONE_FAILURE, N_("failure"))     /* stays until an operator, or the monitor, gets it out */       \
    X(ONE_FINAL, N_("final"))         /* nothing follows */
enum one_class { ONE_CLASS_LIST(WORDS_ENUM) ONE_CLASS_COUNT };

/* What stands beside a status because our words cannot say it.
 * X(ENUM, bit, "word", sentence); the sentence is a key for translations */
#define ONE_FLAG_LIST(X)                                                                           \
    X(ONE_BUSY, 1, "busy",                                                                         \
      N_("OpenNebula is at work: whatever changes power or place is denied."))                     \
    X(ONE_FAULT, 2, "fault",                                                                       \
      N_("Something failed: whatever changes power or place is denied until it is mended."))       \
    X(ONE_SAVED_RAM, 4, "saved-ram",                                                               \
      N_("Its memory is in a file: it will go on where it was."))                                  \
    X(ONE_QUEUED_FLAG, 8, "queued",                                                                \
      N_("It waits for OpenNebula's scheduler."))                                                  \
    X(ONE_NO_PERCENT, 16, "no-percent",                                                            \
      N_("Its disks are being filled, and OpenNebula does not say how far."))                      \
    X(ONE_SAVING, 32, "saving",                                                                    \
      N_("Its memory is being written to a file."))
#define ONE_FLAG_ENUM(id, bit, ...) id = (bit),
enum one_flag { ONE_FLAG_LIST(ONE_FLAG_ENUM) };
#undef ONE_FLAG_ENUM
#define ONE_FLAGS_TEXT_SIZE 64 /* all flags, blanks between, and the NUL */

/* One row; all text is static. */
struct one_word {
    enum one_kind kind;
    int number;
    const char *name;
    const char *alias;      /* the short form as OpenNebula's reference page prints it */
    const char *alias_also; /* what its clients print where that differs; NULL = the same */
    enum one_class class;
    const char *since;   /* the version that brought it */
    const char *last;    /* the last version that used it; NULL = still used */
    bool on_page;        /* stands on the reference page */
    enum state state;    /* what it means; STATE_NONE where kept, no_entry, and for ACTIVE */
    enum activity activity;
    unsigned flags;      /* of enum one_flag */
    bool kept;           /* UNKNOWN: no status of its own, the one before stays */
    bool no_entry;       /* DONE: there should be no entry any more */
    const char *meaning; /* one English sentence, the key for translations */
};

/* The rows, by number; NULL: not in the table. */
const struct one_word *one_state_word(int state);
const struct one_word *one_lcm_word(int lcm);

/* The word that stands for a pair: the LCM row while STATE is 3, else the STATE row. */
const struct one_word *one_word_of(int state, int lcm);

/* All rows of an enumeration, ascending by number: NULL begins, NULL ends. */
const struct one_word *one_next(enum one_kind kind, const struct one_word *row);

/*
 * The row with this name in either enumeration (no name is in both), or NULL.
 * Case does not matter; a blank and "-" stand for "_".
 */
const struct one_word *one_by_name(const char *name);

/*
 * Rows with this alias, as the reference page or as the clients spell it, any
 * case: at most n are written, how many there are is returned.  An alias filters, it
 * does not identify: "fail" stands for 17 rows.  An empty alias is nobody's.
 */
size_t one_by_alias(const char *alias, const struct one_word **out, size_t n);

const char *one_kind_name(enum one_kind kind);
const char *one_class_name(enum one_class class);
bool one_kind_parse(const char *word, enum one_kind *out); /* also "LCM_STATE" */
const char *one_flag_name(enum one_flag flag);
const char *one_flag_meaning(enum one_flag flag);

/* "busy saved-ram"; empty without flags.  Returns the length. */
size_t one_flags_text(unsigned flags, char out[ONE_FLAGS_TEXT_SIZE]);

/*
 * What a pair means.  action: HISTORY/ACTION of the newest record, 0 = not
 * known; the hard ones turn Shutting down into Powering off.
 *
 * A pair that is not in the tables: known is false, kept is true, and the
 * machine is busy, because nobody knows what is going on.
 */
struct one_meaning {
    bool known;
    bool kept;
    bool no_entry;
    enum state state; /* STATE_NONE with kept or no_entry */
    enum activity activity;
    unsigned flags;
};
struct one_meaning one_meaning(int state, int lcm, int action);

/*
 * "ACTIVE/RUNNING runn", "POWEROFF poff"; for a number that is not in the
 * tables "unkn?72".  Like snprintf(): at most size bytes are written, the
 * length it would have is returned.
 */
#define ONE_NAME_SIZE 64
size_t one_name(int state, int lcm, char *out, size_t size);

/* The alias alone, as the reference page has it: "runn", "unkn?72". */
size_t one_alias(int state, int lcm, char *out, size_t size);

/* The nearest OpenNebula state of a stoney status. */
#define ONE_NONE (-1) /* as STATE: there is no pair */

struct one_state {
    int state;        /* STATE, 0..11; -1 = none */
    int lcm;          /* LCM_STATE; 0 while state is not 3 (ACTIVE) */
    const char *name; /* e.g. "ACTIVE/RUNNING runn", "POWEROFF poff"; static */
};

/*
 * placed: the VM has a node (sstNode).  A stopped VM without one is UNDEPLOYED,
 * with one POWEROFF.  STATE_NONE gives state -1 and name "".
 */
struct one_state one_of_status(enum state state, enum activity activity, bool placed);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config/conf.h - the configuration file, read and checked.
 *
 * Every key, its default, range and unit stand in one table (config/keys.c);
 * this struct holds the results.  Seconds are seconds here: the wiring
 * multiplies where a room wants milliseconds.
 *
 * (The file is not called config.h: that is configure's.)
 *
 * A struct config is read-only after config_load() and may be shared between
 * threads.  A reload makes a second one beside it.
 */
#ifndef STATESYNC_CONFIG_CONF_H
#define STATESYNC_CONFIG_CONF_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/problem.h"
#include "core/limits.h"
#include "log/log.h"

#define CONFIG_DEFAULT_PATH SYSCONFDIR "/statesync/statesync.conf"

/* X(ENUM, word in the file) */
#define CONFIG_BINDS_LIST(X)                                                                       \
    X(CONFIG_BIND_NONE, "none")                                                                    \
    X(CONFIG_BIND_SIMPLE, "simple")                                                                \
    X(CONFIG_BIND_EXTERNAL, "external")                                                            \
    X(CONFIG_BIND_GSSAPI, "gssapi")

#define CONFIG_STARTTLS_LIST(X)                                                                    \
    X(CONFIG_STARTTLS_REQUIRED, "required")                                                        \
    X(CONFIG_STARTTLS_TRY, "try")                                                                  \
    X(CONFIG_STARTTLS_NO, "no")

#define CONFIG_VMS_LIST(X)                                                                         \
    X(CONFIG_VMS_ALL, "all")                                                                       \
    X(CONFIG_VMS_LINKED, "linked")

#define CONFIG_ENUM_MEMBER(id, word) id,
enum config_bind { CONFIG_BINDS_LIST(CONFIG_ENUM_MEMBER) };
enum config_starttls { CONFIG_STARTTLS_LIST(CONFIG_ENUM_MEMBER) };
enum config_vms { CONFIG_VMS_LIST(CONFIG_ENUM_MEMBER) };
#undef CONFIG_ENUM_MEMBER

/* Strings are never "" but NULL where nothing is set; lists are never NULL. */
struct config_directory {
    char **uri; /* ldap://, ldaps://, ldapi://, in the order to try */
    char *base;
    char *vm_subtree;   /* as in the file, relative to base */
    char *node_subtree; /* as in the file, relative to base */
    char *service_dn;   /* complete DN, also where the file does not name it */
    char *accesslog;    /* complete DN of slapo-accesslog's suffix; NULL: it is looked for */
    char *vm_base;      /* complete DN: vm_subtree,base */
    char *node_base;    /* complete DN: node_subtree,base */
    enum config_bind bind;
    char *bind_dn;
    char *password_file;
    char *keytab; /* NULL: Kerberos' own settings */
    enum config_starttls starttls;
    char *tls_ca, *tls_cert, *tls_key;
    int32_t network_timeout_s;
    int32_t timeout_s;
    int32_t page_size;
    int32_t window;
    int32_t retries;
    char **languages;
};

/* One [node NAME] section. */
struct config_node {
    char *name;
    char *uri;          /* NULL: as [nodes] uri */
    int32_t deadline_s; /* 0: as [nodes] deadline */
};

struct config_nodes {
    char *uri;       /* template with %h %i %s %% */
    bool all;        /* nodes = * */
    char **names;    /* else: the nodes to ask, "self" left out; empty where `all` */
    bool self;       /* the node this host is, too */
    char *self_name; /* this host's name, also where `self` is false */
    int32_t shard_index; /* of 1 to shard_count: only the nodes of this share; 0: all */
    int32_t shard_count;
    int32_t deadline_s;
    int32_t look_deadline_s;
    char *pkipath;
    int32_t keepalive_interval_s; /* 0: no keepalive */
    int32_t keepalive_count;
    GPtrArray *overrides; /* of struct config_node */
};

/* One [opennebula NAME] section: a front-end. */
struct config_opennebula {
    char *name; /* in lower case */
    char *endpoint; /* http:// or https:// */
    char *credential_file;
    char *events; /* tcp:// address of its event publisher; NULL: none */
    char *tls_ca;
    int32_t connect_timeout_s;
    int32_t timeout_s;
    enum config_vms vms;
    char *link_attribute; /* of the user template: names the entry's UUID */
    int32_t answer_limit; /* bytes */
    int32_t range;        /* VM numbers in the first question */
};

struct config_frozen {
    bool agent;
    bool probe;
    int32_t probe_interval_s; /* 0: off */
};

struct config_sync {
    char *state_file;
    int32_t lease_s;
    int32_t lease_wait_s;
    bool standby;
    int32_t sweep_interval_s;
};

/* What only a body that keeps running looks at. */
struct config_daemon {
    int32_t interval_s;          /* full reconcile */
    int32_t coalesce_ms;         /* later changes of one VM within this time become one */
    int32_t progress_interval_s; /* at most one write of progress per VM */
    int32_t poll_interval_s;     /* closer looks while something moves */
    char *pid_file;
};

struct config_metrics {
    char *listen;   /* address:port (config/listen.h); NULL: no HTTP */
    char *textfile; /* written after each pass; NULL: none */
    bool board;     /* the status board at / */
};

struct config_repair {
    bool repair_mode;
    bool repair_streams;
};

struct config_log {
    enum log_target target;
    enum log_level level;
};

struct config {
    struct config_directory directory;
    struct config_nodes nodes;
    GPtrArray *frontends; /* of struct config_opennebula; never NULL */
    struct config_frozen frozen;
    struct config_sync sync;
    struct config_daemon daemon;
    struct config_metrics metrics;
    struct config_repair repair;
    struct limits limits;
    struct config_log log;
};

#define CONFIG_ERROR config_error_quark()
GQuark config_error_quark(void);

/* Both are permanent: trying again does not help. */
enum config_error {
    CONFIG_ERROR_UNREADABLE, /* missing, a directory, not permitted, too large */
    CONFIG_ERROR_INVALID,    /* at least one problem of severity error */
};

/* All defaults; no file is looked at.  directory.uri is empty. */
struct config *config_new_default(void);

/*
 * Reads and checks a file.  Every problem found is added to `problems` (may be
 * NULL), not only the first.  Returns NULL and sets `error` where one of them
 * is an error; the message names the first one and how many there are.
 * Also looks at the files and folders the configuration names; never connects
 * anywhere.  Not to be called from two threads at once (iniparser reports
 * through one global hook).
 */
struct config *config_load(const char *path, GPtrArray *problems, GError **error);

/* NULL is ignored. */
void config_free(struct config *config);

/* config_auto config = config_load(...): freed at the end of the block. */
static inline void
config_free_at(struct config **config)
{
    config_free(*config);
}
#define config_auto __attribute__((cleanup(config_free_at))) struct config *

/*
 * True where this node is one to ask: `nodes` is *, names it or is self on this
 * host, and it is of this body's share (core/shard.h); without case.
 */
bool config_node_wanted(const struct config *config, const char *name);

/* The same without the share. */
bool config_node_named(const struct config *config, const char *name);

/*
 * Does `name` of the directory mean the host that calls itself `host`?  Without
 * case; where one of the two has no domain, their first labels decide.
 */
bool config_same_host(const char *host, const char *name);

/* The URI template and the deadline in seconds of one node, its own section first. */
const char *config_node_uri(const struct config *config, const char *name);
int32_t config_node_deadline_s(const struct config *config, const char *name);

#endif

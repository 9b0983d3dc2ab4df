/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/case-internal.h - what the modules about case files share.
 */
#ifndef STATESYNC_ENGINE_CASE_INTERNAL_H
#define STATESYNC_ENGINE_CASE_INTERNAL_H

#include "engine/case.h"

struct case_file {
    char *id;
    char *title;
    struct engine_options options;
    GPtrArray *tags;   /* of char *, ended by a NULL */
    GArray *languages; /* of struct engine_language that know the tags alone */
    JsonArray *steps;
    char *memory; /* text of a state file, loaded before the first step; NULL = a cold start */
    char *boot;   /* boot id of the machine; NULL = any */
};

/* JSON values of the wrong kind read as nothing: false, NULL. */
bool case_is_array(JsonNode *n);
bool case_is_object(JsonNode *n);
bool case_is_number(JsonNode *n);
const char *case_string(JsonNode *n);
bool case_true(JsonNode *n);
bool case_depth_ok(const char *data, gsize size);

/* The observation a node object of a case describes (case-observation.c). */
struct observation *case_observation(const char *name, JsonObject *node, bool first_time,
                                     guint64 query);

/* The same of what a front-end of OpenNebula answered (case-frontend.c). */
struct frontend_answer *case_frontend(const char *name, JsonObject *frontend, guint64 query);

/* The directory of a running case: raw entries (case-directory.c). */
struct case_directory *case_directory_new(void);
void case_directory_free(struct case_directory *d);
/* "directory": replaces all entries; attributes of ours that they do not mention stay. */
void case_directory_restate(struct case_directory *d, JsonArray *entries);
/* "directory_changes". */
void case_directory_modify(struct case_directory *d, JsonArray *changes);
/* The engine's own modify. */
void case_directory_apply(struct case_directory *d, const struct change *c);
/* The entries as the engine reads them. */
GPtrArray *case_directory_entries(struct case_directory *d);
/* Those that others have changed since the last of these two calls, or made; the DNs of those that
 * went are added to gone (of char *). */
GPtrArray *case_directory_news(struct case_directory *d, GPtrArray *gone);
/* Values of an attribute after the engine's modifies, or NULL; not owned. */
GPtrArray *case_directory_values(struct case_directory *d, const char *dn, const char *attribute);

#endif

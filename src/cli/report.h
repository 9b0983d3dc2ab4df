/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/report.h - what the engine decided, as JSON: one form for replay and sync.
 */
#ifndef STATESYNC_CLI_REPORT_H
#define STATESYNC_CLI_REPORT_H

#include "engine/engine.h"

#include <json-glib/json-glib.h>

/* One verdict with all its parts and the planned modify as LDIF. */
JsonNode *report_verdict(const struct verdict *v);
JsonNode *report_node(const struct node_verdict *v);

/* The whole pass: {"aborted":..., "held":..., "verdicts":[...], "nodes":[...], "findings":[...]}.
 * all false leaves out verdicts without a change, an alarm or staleness. */
JsonNode *report_output(const struct engine_output *o, bool all);

/* Prints a node on stdout, followed by a newline; takes the node. */
void report_print(JsonNode *node, bool pretty);

/* "actions": the allowed ones; "denied": why each of the others is not, those left out that do not
 * exist for its kind. */
void report_add_actions(JsonBuilder *b, const struct verdict *v);

/* An array of findings (of struct finding), where a value may stand. */
void report_add_findings(JsonBuilder *b, const GArray *findings);

/* One member of the object that is being built; a text that is NULL or empty becomes null. */
void report_add_text(JsonBuilder *b, const char *name, const char *text);
void report_add_number(JsonBuilder *b, const char *name, gint64 number);

#endif

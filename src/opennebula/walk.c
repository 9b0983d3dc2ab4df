/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "opennebula/walk.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <limits.h>
#include <string.h>

struct walk {
    const char *what;
    const struct walk_rule *rules;
    size_t n_rules;
    const struct walk_calls *calls;
    void *data;

    xmlParserCtxtPtr parser;
    int states[WALK_DEPTH]; /* of the elements that are open */
    unsigned depth;
    bool began;     /* the first byte was there */
    bool spoiled;
    GError *failed;
    char *first; /* of the parser's errors */
};

static int
state_of(const struct walk *w, int parent, const char *name)
{
    if (parent == WALK_SKIP)
        return WALK_SKIP;
    for (size_t i = 0; i < w->n_rules; i++)
        if (w->rules[i].parent == parent && strcmp(w->rules[i].name, name) == 0)
            return w->rules[i].state;
    return WALK_SKIP;
}

static int
state_now(const struct walk *w)
{
    return w->depth == 0 ? WALK_TOP : w->states[w->depth - 1];
}

void
walk_stop(struct walk *w, GError *error)
{
    if (w->failed == NULL)
        w->failed = error;
    else
        g_error_free(error);
    xmlStopParser(w->parser);
}

G_GNUC_PRINTF(3, 4)
static void
stop(struct walk *w, enum error_class class, const char *format, ...)
{
    g_autofree char *text = NULL;
    GError *error = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    opennebula_fail(&error, class, "%s %s", w->what, text);
    walk_stop(w, error);
}

static void
on_begin(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_spaces,
         const xmlChar **spaces, int n_attributes, int n_defaulted, const xmlChar **attributes)
{
    struct walk *w = data;
    int state;

    (void)prefix, (void)uri, (void)n_spaces, (void)spaces;
    (void)n_attributes, (void)n_defaulted, (void)attributes;
    if (w->failed != NULL)
        return;
    state = state_of(w, state_now(w), (const char *)name);
    if (w->depth == 0 && state == WALK_SKIP) {
        stop(w, ERROR_RPC, "begins with <%.32s>: this is not OpenNebula's answer", name);
        return;
    }
    if (w->depth == WALK_DEPTH) {
        stop(w, ERROR_RPC, "is nested deeper than %d elements", WALK_DEPTH);
        return;
    }
    w->states[w->depth++] = state;
    if (state != WALK_SKIP)
        w->calls->begin(w->data, state);
}

static void
on_end(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct walk *w = data;
    int state = state_now(w);

    (void)name, (void)prefix, (void)uri;
    if (w->failed != NULL || w->depth == 0)
        return;
    if (state != WALK_SKIP)
        w->calls->end(w->data, state);
    w->depth--;
}

static void
on_text(void *data, const xmlChar *text, int len)
{
    struct walk *w = data;
    int state = state_now(w);

    if (w->failed == NULL && state > WALK_TOP && len > 0)
        w->calls->text(w->data, state, (const char *)text, (size_t)len);
}

static void
on_document_type(void *data, const xmlChar *name, const xmlChar *id, const xmlChar *uri)
{
    (void)name, (void)id, (void)uri;
    stop(data, ERROR_RPC, "has a document type, which OpenNebula never sends: refused");
}

/* The first one says most. */
static void
on_error(void *data, xmlErrorPtr error)
{
    struct walk *w = data;

    if (w->first == NULL && error->level == XML_ERR_FATAL && error->message != NULL)
        w->first = g_strdup_printf("line %d: %s", error->line, error->message);
}

static xmlSAXHandler handler = {
    .startElementNs = on_begin,
    .endElementNs = on_end,
    .characters = on_text,
    .ignorableWhitespace = on_text,
    .cdataBlock = on_text,
    .internalSubset = on_document_type,
    .serror = on_error,
    .initialized = XML_SAX2_MAGIC,
};

void
walk_prepare(void)
{
    xmlInitParser();
}

struct walk *
walk_new(const char *what, const struct walk_rule *rules, size_t n_rules,
         const struct walk_calls *calls, void *data)
{
    struct walk *w = g_new0(struct walk, 1);

    w->what = what;
    w->rules = rules;
    w->n_rules = n_rules;
    w->calls = calls;
    w->data = data;
    w->parser = xmlCreatePushParserCtxt(&handler, w, NULL, 0, NULL);
    if (w->parser == NULL)
        g_error("no memory for a parser");
    xmlCtxtUseOptions(w->parser, XML_PARSE_NONET);
    return w;
}

void
walk_is_utf8(struct walk *w)
{
    xmlCtxtUseOptions(w->parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
    xmlSwitchEncoding(w->parser, XML_CHAR_ENCODING_UTF8);
}

void
walk_free(struct walk *w)
{
    if (w == NULL)
        return;
    xmlFreeDoc(w->parser->myDoc);
    xmlFreeParserCtxt(w->parser);
    g_clear_error(&w->failed);
    g_free(w->first);
    g_free(w);
}

/* The parser gave up. */
static bool
refuse(struct walk *w, bool at_end, GError **error)
{
    if (w->failed != NULL) {
        g_propagate_error(error, g_steal_pointer(&w->failed));
        return false;
    }
    w->spoiled = !at_end && w->depth > 0;
    if (at_end)
        return opennebula_fail(error, ERROR_CLOSED, "%s ends in the middle", w->what);
    return opennebula_fail(error, ERROR_RPC, "%s is not valid XML (%s)", w->what,
                           w->first != NULL ? g_strchomp(w->first) : "for an unknown reason");
}

/* Errors of namespaces are none: nobody here uses them. */
static bool
is_fine(const struct walk *w)
{
    return w->failed == NULL && w->parser->wellFormed;
}

bool
walk_push(struct walk *w, const char *bytes, size_t len, GError **error)
{
    if (w->failed != NULL)
        return refuse(w, false, error);
    while (len > 0) {
        int part = len > 65536 ? 65536 : (int)len;

        w->began = true;
        xmlParseChunk(w->parser, bytes, part, 0);
        if (!is_fine(w))
            return refuse(w, false, error);
        bytes += part;
        len -= (size_t)part;
    }
    return true;
}

bool
walk_is_spoiled(const struct walk *w)
{
    return w->spoiled;
}

bool
walk_end(struct walk *w, GError **error)
{
    if (!w->began)
        return opennebula_fail(error, ERROR_CLOSED, "%s is empty", w->what);
    if (is_fine(w))
        xmlParseChunk(w->parser, NULL, 0, 1);
    return (is_fine(w) && w->depth == 0) || refuse(w, true, error);
}

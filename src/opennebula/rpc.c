/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "opennebula/rpc.h"

#include <string.h>

#define TEXT_MAX 1024     /* of an error text */
#define BUFFER_SIZE 16384 /* decoded text is handed on in pieces of this size */

enum place {
    IN_RESPONSE = 1,
    IN_PARAMS,
    IN_PARAM,
    IN_RESULT, /* the <value> around the array */
    IN_ARRAY,
    IN_DATA,
    IN_ITEM, /* a <value> of the array; text without a type is a string */
    IN_ITEM_STRING,
    IN_ITEM_NUMBER,
    IN_FAULT,
    IN_FAULT_VALUE,
    IN_FAULT_STRUCT,
    IN_MEMBER,
    IN_MEMBER_NAME,
    IN_MEMBER_VALUE,
    IN_MEMBER_STRING,
    IN_MEMBER_NUMBER,
};

static const struct walk_rule rules[] = {
    {WALK_TOP, "methodResponse", IN_RESPONSE},
    {IN_RESPONSE, "params", IN_PARAMS},
    {IN_PARAMS, "param", IN_PARAM},
    {IN_PARAM, "value", IN_RESULT},
    {IN_RESULT, "array", IN_ARRAY},
    {IN_ARRAY, "data", IN_DATA},
    {IN_DATA, "value", IN_ITEM},
    {IN_ITEM, "string", IN_ITEM_STRING},
    {IN_ITEM, "boolean", IN_ITEM_NUMBER},
    {IN_ITEM, "i4", IN_ITEM_NUMBER},
    {IN_ITEM, "int", IN_ITEM_NUMBER},
    {IN_ITEM, "i8", IN_ITEM_NUMBER},
    {IN_RESPONSE, "fault", IN_FAULT},
    {IN_FAULT, "value", IN_FAULT_VALUE},
    {IN_FAULT_VALUE, "struct", IN_FAULT_STRUCT},
    {IN_FAULT_STRUCT, "member", IN_MEMBER},
    {IN_MEMBER, "name", IN_MEMBER_NAME},
    {IN_MEMBER, "value", IN_MEMBER_VALUE},
    {IN_MEMBER_VALUE, "string", IN_MEMBER_STRING},
    {IN_MEMBER_VALUE, "i4", IN_MEMBER_NUMBER},
    {IN_MEMBER_VALUE, "int", IN_MEMBER_NUMBER},
};

struct rpc_answer {
    struct walk *walk;
    rpc_take take;
    void *data;
    GString *text;   /* of the element now, or of what failed */
    unsigned n_items;
    unsigned n_string; /* the item, from 1, whose string was handed on; 0 = none */
    bool typed;        /* the value has an element for its type */
    bool success;      /* with n_items > 0 */
    bool has_code;
    gint64 code;
    bool fault;
    char *member; /* name of the fault's member now */
    char *message;
    size_t n_buffer;
    char buffer[BUFFER_SIZE]; /* decoded text on its way to take */
};

char *
rpc_question(const char *method, const char *session, const struct rpc_param *params,
             size_t n_params)
{
    g_autofree char *escaped = g_markup_escape_text(session, -1);
    GString *s = g_string_sized_new(1024 + 2 * strlen(escaped));

    g_string_append_printf(s,
                           "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<methodCall><methodName>%s"
                           "</methodName><params><param><value><string>", method);
    g_string_append(s, escaped);
    g_string_append(s, "</string></value></param>");
    explicit_bzero(escaped, strlen(escaped));
    for (size_t i = 0; i < n_params; i++) {
        const struct rpc_param *p = &params[i];
        g_autofree char *text = NULL;

        g_string_append(s, "<param><value>");
        switch (p->kind) {
        case RPC_INT:
            g_string_append_printf(s, "<i4>%" G_GINT64_FORMAT "</i4>", p->number);
            break;
        case RPC_BOOL:
            g_string_append_printf(s, "<boolean>%d</boolean>", p->number != 0);
            break;
        case RPC_STRING:
            text = g_markup_escape_text(p->text, -1);
            g_string_append_printf(s, "<string>%s</string>", text);
            break;
        }
        g_string_append(s, "</value></param>");
    }
    g_string_append(s, "</params></methodCall>\n");
    return g_string_free(s, FALSE);
}

void
rpc_wipe(char *question)
{
    if (question == NULL)
        return;
    explicit_bzero(question, strlen(question));
    g_free(question);
}

static bool
hand_on(struct rpc_answer *a, GError **error)
{
    size_t n = a->n_buffer;

    a->n_buffer = 0;
    return n == 0 || a->take(a->data, a->buffer, n, error);
}

static void
hand_on_or_stop(struct rpc_answer *a)
{
    GError *error = NULL;

    if (!hand_on(a, &error))
        walk_stop(a->walk, error);
}

/* libxml2 gives text in small pieces: every entity is one. */
static void
keep(struct rpc_answer *a, const char *text, size_t len)
{
    while (len > 0) {
        size_t n = MIN(len, BUFFER_SIZE - a->n_buffer);

        memcpy(a->buffer + a->n_buffer, text, n);
        a->n_buffer += n;
        text += n;
        len -= n;
        if (a->n_buffer == BUFFER_SIZE)
            hand_on_or_stop(a);
    }
}

static void
on_begin(void *data, int state)
{
    struct rpc_answer *a = data;

    g_string_truncate(a->text, 0);
    if (state == IN_ITEM) {
        a->n_items++;
        a->typed = false;
    } else if (state == IN_MEMBER_VALUE) {
        a->typed = false;
    } else if (state == IN_ITEM_STRING || state == IN_ITEM_NUMBER || state == IN_MEMBER_STRING
               || state == IN_MEMBER_NUMBER) {
        a->typed = true;
        a->n_buffer = 0; /* blanks before the type */
    } else if (state == IN_FAULT) {
        a->fault = true;
    } else if (state == IN_MEMBER) {
        g_clear_pointer(&a->member, g_free);
    }
}

/* The second item of a good answer is handed on, everything else is short. */
static void
on_text(void *data, int state, const char *text, size_t len)
{
    struct rpc_answer *a = data;

    if (a->success && a->n_items == 2
        && (state == IN_ITEM_STRING || (state == IN_ITEM && !a->typed))) {
        keep(a, text, len);
        return;
    }
    if ((state == IN_ITEM || state == IN_MEMBER_VALUE) && a->typed)
        return; /* blanks around the type */
    if (a->text->len < TEXT_MAX)
        g_string_append_len(a->text, text, (gssize)MIN(len, TEXT_MAX - a->text->len));
}

static bool
number_of(const struct rpc_answer *a, gint64 *number)
{
    g_autofree char *text = g_strstrip(g_strdup(a->text->str));

    return g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, number, NULL);
}

static void
end_item_number(struct rpc_answer *a)
{
    gint64 number;

    if (!number_of(a, &number)) {
        walk_stop(a->walk, g_error_new(OPENNEBULA_ERROR, ERROR_RPC,
                                       "the answer has a number that is none"));
        return;
    }
    if (a->n_items == 1)
        a->success = number != 0;
    if (a->n_items == 3) {
        a->has_code = true;
        a->code = number;
    }
}

static void
keep_message(struct rpc_answer *a)
{
    g_free(a->message);
    a->message = g_utf8_make_valid(a->text->str, -1); /* may be cut */
}

static void
end_member(struct rpc_answer *a, int state)
{
    gint64 number;

    if (g_strcmp0(a->member, "faultString") == 0 && state != IN_MEMBER_NUMBER)
        keep_message(a);
    if (g_strcmp0(a->member, "faultCode") == 0 && number_of(a, &number)) {
        a->code = number;
        a->has_code = true;
    }
}

static void
on_end(void *data, int state)
{
    struct rpc_answer *a = data;

    switch ((enum place)state) {
    case IN_ITEM_STRING:
    case IN_ITEM:
        if (state == IN_ITEM && a->typed)
            return;
        if (a->success && a->n_items == 2) {
            a->n_string = a->n_items;
            hand_on_or_stop(a);
        } else if (a->n_items == 2) {
            keep_message(a);
        }
        return;
    case IN_ITEM_NUMBER:
        end_item_number(a);
        return;
    case IN_MEMBER_NAME:
        g_free(a->member);
        a->member = g_strdup(a->text->str);
        return;
    case IN_MEMBER_STRING:
    case IN_MEMBER_NUMBER:
        end_member(a, state);
        return;
    case IN_MEMBER_VALUE:
        if (!a->typed)
            end_member(a, state);
        return;
    case IN_RESPONSE:
    case IN_PARAMS:
    case IN_PARAM:
    case IN_RESULT:
    case IN_ARRAY:
    case IN_DATA:
    case IN_FAULT:
    case IN_FAULT_VALUE:
    case IN_FAULT_STRUCT:
    case IN_MEMBER:
        return;
    }
}

static const struct walk_calls calls = {.begin = on_begin, .text = on_text, .end = on_end};

struct rpc_answer *
rpc_answer_new(rpc_take take, void *data)
{
    struct rpc_answer *a = g_new0(struct rpc_answer, 1);

    a->walk = walk_new("the XML-RPC answer", rules, G_N_ELEMENTS(rules), &calls, a);
    a->take = take;
    a->data = data;
    a->text = g_string_new("");
    return a;
}

void
rpc_answer_free(struct rpc_answer *a)
{
    if (a == NULL)
        return;
    walk_free(a->walk);
    g_string_free(a->text, TRUE);
    g_free(a->member);
    g_free(a->message);
    g_free(a);
}

bool
rpc_answer_push(struct rpc_answer *a, const char *bytes, size_t len, GError **error)
{
    if (!walk_push(a->walk, bytes, len, error))
        return false;
    return !a->success || a->n_items != 2 || !a->typed || hand_on(a, error);
}

bool
rpc_answer_is_spoiled(const struct rpc_answer *a)
{
    return walk_is_spoiled(a->walk) && a->success && a->n_items == 2;
}

bool
rpc_answer_end(struct rpc_answer *a, GError **error)
{
    const char *message = a->message != NULL ? a->message : "no text";

    if (!walk_end(a->walk, error))
        return false;
    if (a->fault)
        return opennebula_fail_fault(error, a->code, message);
    if (a->n_items == 0)
        return opennebula_fail(error, ERROR_RPC, "the XML-RPC answer is not an array");
    if (!a->success)
        return opennebula_fail_code(error, a->code, message);
    if (a->n_string == 0)
        return opennebula_fail(error, ERROR_RPC, "the XML-RPC answer has no string");
    return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "board/page.h"

#include "board/assets.h"
#include "board/html.h"
#include "board/view.h"

#include <string.h>

/* --- policy ------------------------------------------------------------------------- */

static void
append_lines(GString *out, const char *const *lines)
{
    for (; *lines != NULL; lines++)
        g_string_append(out, *lines);
}

/* As policies have it: 'sha256-BASE64' of what stands in the element. */
static char *
hash_of(const char *const *lines)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize size = sizeof(digest);

    append_lines(text, lines);
    g_checksum_update(sum, (const guchar *)text->str, (gssize)text->len);
    g_checksum_get_digest(sum, digest, &size);
    g_autofree char *encoded = g_base64_encode(digest, size);
    return g_strdup_printf("'sha256-%s'", encoded);
}

char *
board_policy(void)
{
    g_autofree char *style = hash_of(board_style);
    g_autofree char *script = hash_of(board_script);

    return g_strdup_printf("default-src 'none'; style-src %s; script-src %s; img-src data:; "
                           "base-uri 'none'; form-action 'none'",
                           style, script);
}

/* --- head ----------------------------------------------------------------------------- */

/* A mark that is no file: browsers would ask the server for one. */
#define ICON                                                                                       \
    "<link rel=\"icon\" href=\"data:image/svg+xml,"                                                \
    "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"                             \
    "%3Crect width='16' height='16' rx='4' fill='%230b6e72'/%3E"                                   \
    "%3Cpath d='M3 9h2l2-5 2 8 2-3h2' fill='none' stroke='white' stroke-width='1.6'/%3E"           \
    "%3C/svg%3E\">\n"

static void
head(struct view *v)
{
    struct html *h = v->html;
    const struct board_page *page = h->page;
    g_autofree char *policy = board_policy();

    g_string_append(h->out, "<!DOCTYPE html>\n<html lang=\"");
    html_text(h->out, page->languages[page->language].tag);
    g_string_append_printf(h->out,
                           "\">\n<head>\n<meta charset=\"utf-8\">\n"
                           "<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width, "
                           "initial-scale=1\">\n"
                           "<meta name=\"color-scheme\" content=\"light dark\">\n"
                           "<meta name=\"referrer\" content=\"no-referrer\">\n"
                           "<meta name=\"generator\" content=\"statesync " PACKAGE_VERSION "\">\n",
                           policy);
    if (page->live && page->refresh > 0) /* with scripts the script does it, with more care */
        g_string_append_printf(h->out,
                               "<noscript><meta http-equiv=\"refresh\" content=\"%u\"></noscript>\n",
                               page->refresh);
    g_string_append(h->out, ICON "<title>");
    html_text(h->out, html_word(h, N_("Status board")));
    g_string_append(h->out, "</title>\n<style>");
    append_lines(h->out, board_style);
    g_string_append(h->out, "</style>\n</head>\n");
}

#define LATE 15 /* seconds, from which on that is worth a word */

/* --- the top of the page ------------------------------------------------------------------ */

static void
choose_language(struct view *v)
{
    struct html *h = v->html;
    const struct board_page *page = h->page;

    if (page->n_languages < 2)
        return;
    g_string_append(h->out, "<label id=\"language-label\" hidden>");
    html_say(h, N_("Language"));
    g_string_append(h->out, " <select id=\"language\">");
    for (unsigned i = 0; i < page->n_languages; i++) {
        const struct board_language *l = &page->languages[i];
        /* Translators: the name of your language, in your language. */
        const char *own = N_("English");
        const char *name = html_word_in(l, own);
        g_string_append(h->out, "<option value=\"");
        html_text(h->out, l->tag);
        g_string_append(h->out, "\" lang=\"");
        html_text(h->out, l->tag);
        g_string_append(h->out, i == page->language ? "\" selected>" : "\">");
        html_text(h->out, i > 0 && strcmp(name, own) == 0 ? l->tag : name);
        g_string_append(h->out, "</option>");
    }
    g_string_append(h->out, "</select></label>");
}

/* Who reads a page slowly, or has it read aloud, must be able to stop it from changing. */
static void
refreshing(struct view *v)
{
    struct html *h = v->html;
    const struct board_page *page = h->page;

    if (!page->live)
        return;
    g_string_append_printf(h->out, "<span id=\"live\" data-refresh=\"%u\">", page->refresh);
    if (page->refresh > 0) {
        html_say(h, N_("Made anew every"));
        g_string_append_printf(h->out, " %u s. <a href=\"?refresh=0\">", page->refresh);
        html_say(h, N_("Stop"));
    } else {
        html_say(h, N_("This page stays as it is."));
        g_string_append(h->out, " <a href=\"?\">");
        html_say(h, N_("Make it anew"));
    }
    g_string_append(h->out, "</a></span>");
}

static void
top(struct view *v)
{
    struct html *h = v->html;

    g_string_append(h->out, "<body>\n<a class=\"skip\" href=\"#machines\">");
    html_say(h, N_("To the machines"));
    g_string_append(h->out, "</a>\n<header><div class=\"brand\"><h1>");
    html_say(h, N_("Status board"));
    g_string_append(h->out, "</h1><p class=\"site\">");
    html_foreign(h, v->board->site);
    g_string_append(h->out, "</p></div><p class=\"taken\"><span>");
    html_say(h, N_("As of"));
    g_string_append_c(h->out, ' ');
    html_time(h, v->board->taken, true);
    g_string_append(h->out, "</span>");
    refreshing(v);
    choose_language(v);
    g_string_append(h->out, "</p></header>\n<main>\n");
    if (h->page->late >= LATE) {
        g_string_append(h->out, "<p class=\"notice\" role=\"note\">");
        html_say(h, N_("The program is busy: this is how it was before."));
        g_string_append(h->out, "</p>\n");
    }
    for (guint i = 0; i < v->board->notices->len; i++) {
        g_string_append(h->out, "<p class=\"notice\" role=\"note\">");
        html_sentence(h, g_ptr_array_index(v->board->notices, i));
        g_string_append(h->out, "</p>\n");
    }
}

/* --- counts --------------------------------------------------------------------------------- */

/* filter: what the script shows when it is chosen, "state=Running"; NULL = everything. */
static void
tile_begin(struct view *v, const char *class, const char *filter)
{
    g_string_append_printf(v->html->out, "<li class=\"tile %s\" data-filter=\"%s\"><span>", class,
                           filter != NULL ? filter : "");
}

static void
tile_end(struct view *v, unsigned n)
{
    g_string_append_printf(v->html->out, "</span><b>%u</b></li>\n", n);
}

static void
tile(struct view *v, const char *class, const char *filter, const char *label, unsigned n)
{
    tile_begin(v, class, filter);
    html_say(v->html, label);
    tile_end(v, n);
}

static const char *
class_of(enum state state)
{
    return state == STATE_RUNNING                             ? "up"
           : state == STATE_CRASHED || state == STATE_FROZEN ? "bad"
           : state == STATE_PAUSED                           ? "paused"
           : state == STATE_DO_NOT_USE                       ? "unused"
                                                             : "off";
}

static void
counts(struct view *v)
{
    struct html *h = v->html;

    g_string_append(h->out, "<section id=\"counts\">\n");
    html_say_in(h, "h2", "hidden", N_("How many"));
    g_string_append(h->out, "<ul class=\"tiles\" role=\"list\">\n");
    tile(v, "all", NULL, N_("All"), v->vms->len);
    tile(v, "all", "kind=template", N_("Templates"), v->n_templates);
    for (unsigned s = STATE_NONE + 1; s < STATE_COUNT; s++) {
        if (v->states[s] == 0)
            continue;
        g_autofree char *filter = g_strdup_printf("state=%s", state_name((enum state)s));
        tile_begin(v, class_of((enum state)s), filter);
        html_say_status(h, (enum state)s, ACTIVITY_NONE);
        tile_end(v, v->states[s]);
    }
    tile(v, "busy", "busy", N_("Under way"), v->n_busy);
    tile(v, v->n_stale > 0 ? "stale" : "off", "stale", N_("Stale"), v->n_stale);
    tile(v, v->n_alarms > 0 ? "bad" : "off", "alarm", N_("With alarms"), v->n_alarms);
    g_string_append(h->out, "</ul></section>\n");
}

/* --- all of it ---------------------------------------------------------------------------------- */

void
board_render(const struct board *b, const struct board_page *page, GString *out)
{
    CLEANUP(html_free) struct html *h = html_new(page, out);
    CLEANUP(view_free) struct view *v = view_new(b, h);

    head(v);
    top(v);
    counts(v);
    view_attention(v);
    view_busy(v);
    view_nodes(v);
    view_vms(v);
    view_words(v);
    g_string_append(out, "</main>\n<footer><p>statesync " PACKAGE_VERSION "</p></footer>\n");
    html_texts(h);
    g_string_append(out, "<script>");
    append_lines(out, board_script);
    g_string_append(out, "</script>\n</body>\n</html>\n");
}

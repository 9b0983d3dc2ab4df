/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/look.h"

#include "cli/cli.h"
#include "cli/stop.h"
#include "log/log.h"

/* Memory is a help, not a need: who may not read it is told so. */
static void
recall(struct sync *s)
{
    g_autoptr(GError) error = NULL;

    if (sync_remember(s, &error))
        return;
    s->memory_text = g_strdup(error->message);
    progress_clear(&s->progress);
    cli_error("%s; what earlier passes remembered is missing here", error->message);
}

static int
look(struct sync *s, const struct looker *looker, GError **error)
{
    sync_prepare(s);
    if (!sync_connect(s, error))
        return -1;
    recall(s);
    if (looker->begin != NULL && !looker->begin(s, looker->data, error))
        return -1;
    if (!sync_read(s, error))
        return -1;
    sync_look(s);
    CLEANUP(engine_output_free) struct engine_output *o
        = engine_step(s->engine, statestore_now(), s->observations, true, NULL);
    sync_note(s, o);
    progress_clear(&s->progress);
    if (!o->aborted)
        return looker->judged(s, o, looker->data, error);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "nothing was judged: %s", o->why);
    return -1;
}

int
look_run(const struct sync_options *options, const struct looker *looker, GError **error)
{
    struct sync s = {.began = g_get_monotonic_time() / 1000, .options = *options};
    g_autoptr(GError) failure = NULL;
    int code;

    s.options.dry_run = TRUE;
    s.config = cli_config(s.options.config, &code);
    if (s.config == NULL) {
        sync_clear(&s);
        return code;
    }
    s.languages = languages_for(s.config);
    (void)log_open(s.config->log.target, s.config->log.level);
    progress_init(&s.progress, s.options.quiet);
    stop_init();
    s.heard = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    code = look(&s, looker, &failure);
    if (code < 0)
        code = sync_code_of(failure);
    if (failure != NULL)
        g_propagate_error(error, g_steal_pointer(&failure));
    stop_finish();
    sync_clear(&s);
    log_close();
    return code;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a configuration file.  Beyond not crashing: where the scanner
 * finds no error, iniparser loads the file and has exactly the same sections
 * and keys.
 */
#include "config.h"

#include "config/conf.h"
#include "config/scan.h"

#include <glib.h>
#include <iniparser/iniparser.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

G_GNUC_PRINTF(1, 2)
static int
silent(const char *format, ...)
{
    (void)format;
    return 0;
}

static void
compare(const char *path, GPtrArray *entries)
{
    dictionary *dict;
    guint n_dict = 0;

    iniparser_set_error_callback(silent);
    dict = iniparser_load(path);
    iniparser_set_error_callback(NULL);
    if (dict == NULL)
        abort();
    for (ssize_t i = 0; i < dict->size; i++)
        n_dict += dict->key[i] != NULL;
    if (n_dict != entries->len)
        abort();
    for (guint i = 0; i < entries->len; i++) {
        const struct scan_entry *entry = entries->pdata[i];
        g_autofree char *name = entry->key != NULL
                                    ? g_strconcat(entry->section, ":", entry->key, NULL)
                                    : g_strdup(entry->section);

        if (!iniparser_find_entry(dict, name))
            abort();
    }
    iniparser_freedict(dict);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GPtrArray) problems = config_problems_new();
    g_autoptr(GPtrArray) scanned = config_problems_new();
    g_autoptr(GPtrArray) entries = NULL;
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    config_auto config = NULL;
    int file = memfd_create("config", MFD_CLOEXEC);

    if (file < 0 || (size > 0 && write(file, data, size) != (ssize_t)size))
        abort();
    path = g_strdup_printf("/proc/self/fd/%d", file);
    entries = scan_text((const char *)data, size, "F", scanned);
    if (config_problems_errors(scanned) == 0)
        compare(path, entries);
    config = config_load(path, problems, &error);
    if ((config == NULL) != (config_problems_errors(problems) > 0))
        abort();
    if ((config == NULL) != (error != NULL))
        abort();
    for (guint i = 0; i < problems->len; i++) {
        g_autofree char *text = config_problem_text(problems->pdata[i]);

        if (strpbrk(text, "\n\r\x1b") != NULL)
            abort();
    }
    close(file);
    return 0;
}

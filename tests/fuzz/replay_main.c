/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzz target over its corpus: one TAP line per file.
 *
 * Without arguments the corpus is found by the program's own name:
 * fuzz_thing.replay reads tests/corpus/thing/.  With arguments those files are
 * read instead, which is how a crash is looked at in a debugger.
 */
#include "config.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
by_name(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;

    return strcmp(*left, *right);
}

/* The corpus files, sorted; NULL where the folder cannot be read. */
static GPtrArray *
corpus_files(const char *program)
{
    const char *srcdir = g_getenv("STATESYNC_SRCDIR");
    g_autofree char *base = g_path_get_basename(program);
    const char *name = g_str_has_prefix(base, "fuzz_") ? base + strlen("fuzz_") : base;
    g_autofree char *stem = g_strndup(name, strcspn(name, "."));
    g_autofree char *folder =
        g_build_filename(srcdir != NULL ? srcdir : ".", "tests", "corpus", stem, NULL);
    g_autoptr(GError) error = NULL;
    GDir *dir = g_dir_open(folder, 0, &error);
    GPtrArray *files;
    const char *entry;

    if (dir == NULL) {
        printf("Bail out! no corpus: %s\n", error->message);
        return NULL;
    }
    files = g_ptr_array_new_with_free_func(g_free);
    while ((entry = g_dir_read_name(dir)) != NULL)
        g_ptr_array_add(files, g_build_filename(folder, entry, NULL));
    g_dir_close(dir);
    g_ptr_array_sort(files, by_name);
    return files;
}

int
main(int argc, char **argv)
{
    g_autoptr(GPtrArray) files = NULL;
    bool failed = false;

    if (argc > 1) {
        files = g_ptr_array_new_with_free_func(g_free);
        for (int i = 1; i < argc; i++)
            g_ptr_array_add(files, g_strdup(argv[i]));
    } else {
        files = corpus_files(argv[0]);
    }
    if (files == NULL || files->len == 0) {
        printf("Bail out! the corpus is empty\n");
        return EXIT_FAILURE;
    }
    printf("1..%u\n", files->len);
    for (guint i = 0; i < files->len; i++) {
        const char *path = g_ptr_array_index(files, i);
        g_autofree char *name = g_path_get_basename(path);
        g_autofree char *data = NULL;
        gsize size = 0;
        bool read = g_file_get_contents(path, &data, &size, NULL);

        /* A crash here is seen as a test that ended too early. */
        fflush(stdout);
        if (read)
            LLVMFuzzerTestOneInput((const uint8_t *)data, size);
        failed |= !read;
        printf("%s %u - %s\n", read ? "ok" : "not ok", i + 1, name);
    }
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

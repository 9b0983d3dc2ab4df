/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzz target over its corpus and over changed copies of each file: one
 * TAP line per file.  STATESYNC_SEED repeats a run; an input that breaks the
 * target is left beside the program.
 *
 * Without arguments the corpus is found by the program's own name:
 * fuzz_thing.replay reads tests/corpus/thing/.  With arguments those files are
 * read instead, which is how a crash is looked at in a debugger.
 */
#include "config.h"

#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is being tried now, for the file a crash leaves behind. */
static const guint8 *input;
static gsize input_size;
static char crash_file[256];

/* Keeps the input that broke the target: a new file for the corpus. */
static void
on_crash(int signal_number)
{
    int file = open(crash_file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (file >= 0 && write(file, input, input_size) == (ssize_t)input_size)
        close(file);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void
run_input(const guint8 *data, gsize size)
{
    input = data;
    input_size = size;
    LLVMFuzzerTestOneInput(data, size);
}

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

/* Changes one place of `data`: a bit, a byte, a run taken out, a run written twice. */
static void
mutate(GRand *rand, GByteArray *data)
{
    static const char interesting[] = "\0\n\r\"'\\#;=[]{}<>&%,()*\xff\x80\xc3";
    guint at = data->len > 0 ? (guint)g_rand_int_range(rand, 0, (gint32)data->len) : 0;
    guint left = data->len - at;
    guint run = left > 0 ? (guint)g_rand_int_range(rand, 1, (gint32)MIN(left, 64) + 1) : 0;
    guint8 copy[64];

    switch (data->len > 0 ? g_rand_int_range(rand, 0, 4) : 3) {
    case 0:
        data->data[at] ^= (guint8)(1 << g_rand_int_range(rand, 0, 8));
        break;
    case 1:
        g_byte_array_remove_range(data, at, run);
        break;
    case 2:
        memcpy(copy, data->data + at, run);
        g_byte_array_append(data, copy, run);
        break;
    default:
        copy[0] = (guint8)interesting[g_rand_int_range(rand, 0, sizeof(interesting) - 1)];
        if (data->len == 0)
            g_byte_array_append(data, copy, 1);
        else
            data->data[at] = copy[0];
        break;
    }
}

/* Changed copies of one corpus file: a small sample of what the fuzzer does. */
static void
run_mutations(GRand *rand, const char *bytes, gsize size, guint n)
{
    for (guint i = 0; i < n; i++) {
        g_autoptr(GByteArray) data = g_byte_array_new();
        gint32 changes = g_rand_int_range(rand, 1, 6);

        g_byte_array_append(data, (const guint8 *)bytes, (guint)size);
        while (changes-- > 0)
            mutate(rand, data);
        run_input(data->data, data->len);
    }
}

static guint
n_mutations(void)
{
    if (g_getenv("STATESYNC_QUICK") != NULL)
        return 20;
    return g_getenv("STATESYNC_LONG") != NULL ? 10000 : 100;
}

/* Runs one file and, for a corpus, changed copies of it; true where it could be read. */
static bool
run_file(const char *path, guint32 seed, guint mutations)
{
    g_autofree char *data = NULL;
    gsize size = 0;
    GRand *rand;

    if (!g_file_get_contents(path, &data, &size, NULL))
        return false;
    /* A crash is seen as a test that ended too early; what was printed tells where. */
    fflush(stdout);
    run_input((const guint8 *)data, size);
    rand = g_rand_new_with_seed(seed);
    run_mutations(rand, data, size, mutations);
    g_rand_free(rand);
    return true;
}

int
main(int argc, char **argv)
{
    const char *seed_text = g_getenv("STATESYNC_SEED");
    guint32 seed = g_getenv("STATESYNC_LONG") != NULL ? (guint32)g_get_real_time() : 1;
    g_autoptr(GPtrArray) files = NULL;
    bool failed = false;

    if (seed_text != NULL)
        seed = (guint32)g_ascii_strtoull(seed_text, NULL, 10);
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
    g_snprintf(crash_file, sizeof(crash_file), "%s.crash", argv[0]);
    signal(SIGABRT, on_crash);
    signal(SIGSEGV, on_crash);
    printf("# seed %u (STATESYNC_SEED); a crash leaves its input in %s\n1..%u\n", seed, crash_file,
           files->len);
    for (guint i = 0; i < files->len; i++) {
        const char *path = g_ptr_array_index(files, i);
        g_autofree char *name = g_path_get_basename(path);
        bool read = run_file(path, seed, argc > 1 ? 0 : n_mutations());

        failed |= !read;
        printf("%s %u - %s\n", read ? "ok" : "not ok", i + 1, name);
    }
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

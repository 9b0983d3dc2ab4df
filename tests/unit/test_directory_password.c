/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The password file: what is taken, and what is refused with which words.
 */
#include "config.h"

#include "harness.h"

#include "directory/password.h"
#include "directory/result.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct row {
    const char *name;
    const char *content; /* NULL = PASSWORD_SIZE_MAX + n bytes of 'x' */
    size_t size;
    mode_t mode;
    size_t len;           /* of the password; 0 = refused */
    const char *complaint;
};

static struct row rows[] = {
    {"plain", "secret", 6, 0600, 6, NULL},
    {"line feed", "secret\n", 7, 0600, 6, NULL},
    {"carriage return", "secret\r\n", 8, 0600, 6, NULL},
    {"only one line end", "secret\n\n", 8, 0600, 7, NULL},
    {"blanks stay", " secret ", 8, 0400, 8, NULL},
    {"any bytes", "a\0\xff", 3, 0600, 3, NULL},
    {"longest", NULL, 0, 0600, PASSWORD_SIZE_MAX, NULL},
    {"too long", NULL, 1, 0600, 0, "too long"},
    {"much too long", NULL, 100000, 0600, 0, "too long"},
    {"empty", "", 0, 0600, 0, "is empty"},
    {"just a line end", "\n", 1, 0600, 0, "is empty"},
    {"group may read", "secret", 6, 0640, 0, "chmod 0600"},
    {"all may read", "secret", 6, 0604, 0, "chmod 0600"},
    {"all may write", "secret", 6, 0602, 0, "chmod 0600"},
};

static char *
write_file(const struct row *row)
{
    char *path = g_build_filename(harness_tmpdir(), "password", NULL);
    size_t size = row->content ? row->size : PASSWORD_SIZE_MAX + row->size;
    g_autofree char *filler = g_strnfill(size, 'x');

    g_unlink(path);
    assert_true(g_file_set_contents(path, row->content ? row->content : filler, (gssize)size,
                                    NULL));
    assert_int_equal(chmod(path, row->mode), 0);
    return path;
}

static void
test_row(void **state)
{
    const struct row *row = *state;
    g_autofree char *path = write_file(row);
    g_autoptr(GError) error = NULL;
    struct password p;
    bool done = password_read(&p, path, &error);

    assert_int_equal(done, row->complaint == NULL);
    if (done) {
        assert_int_equal(p.len, row->len);
        if (row->content)
            assert_memory_equal(p.bytes, row->content, row->len);
        password_clear(&p);
    } else {
        assert_non_null(strstr(error->message, row->complaint));
        assert_non_null(strstr(error->message, path));
        assert_null(strstr(error->message, "secret"));
        assert_int_equal(directory_error_class(error), DIRECTORY_SETUP);
    }
    for (size_t i = 0; i < sizeof(p.bytes); i++)
        assert_int_equal(p.bytes[i], 0);
}

static void
assert_refused(const char *path, const char *complaint)
{
    g_autoptr(GError) error = NULL;
    struct password p;

    assert_false(password_read(&p, path, &error));
    assert_non_null(strstr(error->message, complaint));
}

static void
test_odd_files(void **state)
{
    g_autofree char *fifo = g_build_filename(harness_tmpdir(), "fifo", NULL);

    (void)state;
    assert_refused("/nonexistent/password", "No such file");
    assert_refused(harness_tmpdir(), "not a regular file");
    assert_refused("/dev/null", "not a regular file");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_refused(fifo, "not a regular file");
}

int
main(void)
{
    struct CMUnitTest tests[G_N_ELEMENTS(rows) + 1] = {{0}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = test_row, .initial_state = &rows[i]};
    tests[G_N_ELEMENTS(rows)] = (struct CMUnitTest)cmocka_unit_test(test_odd_files);
    return harness_run("directory_password", tests, G_N_ELEMENTS(tests), NULL, NULL);
}

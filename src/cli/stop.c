/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/stop.h"
#include "text/text.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* X(signal) */
#define STOP_LIST(X) X(SIGINT) X(SIGTERM) X(SIGHUP)

/* Lines of the handler, which may not format anything; made before it can be called.  The first
 * erases a progress line. */
static const char erase[] = "\r\033[K";
static char *forced;
static char *stopped[3]; /* one for each signal of the list */

static struct {
    atomic_int deferred;
    atomic_int noted;
    int wakeup; /* eventfd, -1 = none */
    bool terminal;
    void (*func)(void *data);
    void *data;
} stop = {.wakeup = -1};

/* All that is called from here on down to on_signal() is safe in a signal handler. */
static void
say(const char *text, size_t len)
{
    if (stop.terminal && write(STDERR_FILENO, erase, sizeof(erase) - 1) < 0)
        return;
    if (write(STDERR_FILENO, text, len) < 0)
        return;
}

static void
say_stopped(int number)
{
    static const int numbers[] = {
#define STOP_NUMBER(id) id,
        STOP_LIST(STOP_NUMBER)
#undef STOP_NUMBER
    };

    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        if (numbers[i] == number && stopped[i] != NULL)
            say(stopped[i], strlen(stopped[i]));
    }
}

static void
die(int number)
{
    struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigset_t one;

    sigaction(number, &by_default, NULL);
    sigemptyset(&one);
    sigaddset(&one, number);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
    raise(number);
    _exit(128 + number); /* the first process of a container does not die by raise() */
}

static void
on_signal(int number)
{
    const uint64_t one = 1;
    int before = 0;

    if (!atomic_load(&stop.deferred)) {
        say_stopped(number);
        die(number);
    }
    if (!atomic_compare_exchange_strong(&stop.noted, &before, number)) {
        say(forced, strlen(forced));
        die(before);
    }
    alarm(STOP_LIMIT_S);
    if (stop.wakeup >= 0 && write(stop.wakeup, &one, sizeof(one)) < 0)
        return;
}

static void
catch_signal(int number)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct sigaction before;

    sigfillset(&action.sa_mask);
    if (number == SIGALRM
        || (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN))
        sigaction(number, &action, NULL);
}

/* All that the handler may have to say, in the reader's language. */
static void
prepare_texts(void)
{
    static const char *const names[] = {
#define STOP_TEXT(id) #id,
        STOP_LIST(STOP_TEXT)
#undef STOP_TEXT
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_free(stopped[i]);
        stopped[i] = g_strdup_printf(_("statesync: stopped by %s\n"), names[i]);
    }
    g_free(forced);
    forced = g_strdup(_("statesync: stopped before everything was in order: where this pass held "
                        "the lease, the next one waits until it is over\n"));
}

void
stop_init(void)
{
    prepare_texts();
    stop.terminal = isatty(STDERR_FILENO) == 1;
    stop.wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
#define STOP_CATCH(id) catch_signal(id);
    STOP_LIST(STOP_CATCH)
#undef STOP_CATCH
    catch_signal(SIGALRM);
}

static gboolean
on_wakeup(gint fd, GIOCondition condition, gpointer data)
{
    (void)fd;
    (void)condition;
    (void)data;
    if (stop.func != NULL)
        stop.func(stop.data);
    return G_SOURCE_REMOVE;
}

void
stop_on_signal(void (*func)(void *data), void *data)
{
    if (stop.func == NULL && stop.wakeup >= 0)
        g_unix_fd_add(stop.wakeup, G_IO_IN, on_wakeup, NULL);
    stop.func = func;
    stop.data = data;
}

void
stop_defer(void)
{
    atomic_store(&stop.deferred, 1);
}

void
stop_undefer(void)
{
    atomic_store(&stop.deferred, 0);
    if (stop_signal() != 0) {
        say_stopped(stop_signal());
        die(stop_signal());
    }
}

int
stop_signal(void)
{
    return atomic_load(&stop.noted);
}

const char *
stop_name(int number)
{
    switch (number) {
#define STOP_NAME(id)                                                                              \
    case id:                                                                                       \
        return #id;
        STOP_LIST(STOP_NAME)
#undef STOP_NAME
    }
    return "?";
}

bool
stop_check(GError **error)
{
    if (stop_signal() == 0)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped by %s", stop_name(stop_signal()));
    return false;
}

void
stop_finish(void)
{
    if (stop_signal() == 0)
        return;
    fflush(NULL);
    die(stop_signal());
}

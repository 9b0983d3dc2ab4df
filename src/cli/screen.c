/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/screen.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* Alternate screen, no cursor, no wrapping at the edge; and back. */
static const char enter[] = "\033[?1049h\033[?25l\033[?7l\033[2J";
static const char leave[] = "\033[0m\033[?7h\033[?25h\033[?1049l";

/* Signals that end or stop a program which does not catch them itself. */
static const int fatal[] = {SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTSTP};

static struct {
    volatile sig_atomic_t open;
    volatile sig_atomic_t forgotten;
    bool keys; /* stdin is a terminal, and was changed */
    struct termios before, while_open;
    struct sigaction actions[G_N_ELEMENTS(fatal)];
    char *shown;
} screen;

bool
screen_is_possible(void)
{
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) == 1 && term != NULL && *term != '\0'
           && strcmp(term, "dumb") != 0;
}

/* --- safe in a signal handler ------------------------------------------------------------- */

static bool
put(const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(STDOUT_FILENO, text, len);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        if (n > 0) {
            text += n;
            len -= (size_t)n;
        }
    }
    return true;
}

static bool
take(void)
{
    if (screen.keys)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &screen.while_open);
    return put(enter, sizeof(enter) - 1);
}

static void
give_back(void)
{
    put(leave, sizeof(leave) - 1);
    if (screen.keys)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &screen.before);
}

/* The signal does what it would have done without us; SIGTSTP comes back from that. */
static void
on_fatal(int number)
{
    struct sigaction by_default = {.sa_handler = SIG_DFL};
    struct sigaction ours;
    sigset_t one;
    int error = errno;

    if (screen.open)
        give_back();
    sigaction(number, &by_default, &ours);
    sigemptyset(&one);
    sigaddset(&one, number);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
    raise(number);
    sigaction(number, &ours, NULL);
    if (screen.open) {
        screen.forgotten = 1;
        take();
        raise(SIGWINCH);
    }
    errno = error;
}

/* --- the rest -------------------------------------------------------------------------------- */

static void
catch_all(void)
{
    struct sigaction action = {.sa_handler = on_fatal, .sa_flags = SA_RESTART};
    struct sigaction *before = screen.actions;

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < G_N_ELEMENTS(fatal); i++) {
        if (sigaction(fatal[i], NULL, &before[i]) == 0 && before[i].sa_handler == SIG_DFL)
            sigaction(fatal[i], &action, NULL);
    }
}

bool
screen_open(void)
{
    screen.keys = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &screen.before) == 0;
    if (screen.keys) {
        screen.while_open = screen.before;
        screen.while_open.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        screen.while_open.c_cc[VMIN] = 1;
        screen.while_open.c_cc[VTIME] = 0;
    }
    catch_all();
    screen.open = 1;
    screen.forgotten = 1;
    if (take())
        return true;
    int error = errno;
    screen_close();
    errno = error;
    return false;
}

void
screen_close(void)
{
    if (!screen.open)
        return;
    screen.open = 0;
    give_back();
    for (size_t i = 0; i < G_N_ELEMENTS(fatal); i++)
        sigaction(fatal[i], &screen.actions[i], NULL);
    g_clear_pointer(&screen.shown, g_free);
}

void
screen_size(unsigned *width, unsigned *height)
{
    struct winsize size = {0};

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        memset(&size, 0, sizeof(size));
    *width = size.ws_col > 0 ? size.ws_col : 80;
    *height = size.ws_row > 0 ? size.ws_row : 24;
}

void
screen_forget(void)
{
    screen.forgotten = 1;
}

bool
screen_paint(const char *lines)
{
    bool anew = screen.forgotten;

    if (!anew && g_strcmp0(lines, screen.shown) == 0)
        return true;
    screen.forgotten = 0;
    g_autoptr(GString) out = g_string_new(anew ? "\033[2J\033[H" : "\033[H");
    for (const char *line = lines; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        if (line != lines)
            g_string_append(out, "\r\n");
        g_string_append_len(out, line, (gssize)len);
        g_string_append(out, "\033[K");
        line += len + (line[len] == '\n');
    }
    g_string_append(out, "\033[J");
    g_free(screen.shown);
    screen.shown = g_strdup(lines);
    return put(out->str, out->len);
}

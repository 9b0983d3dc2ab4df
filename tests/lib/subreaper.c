/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * subreaper: keeps one daemon under test, and everything that daemon starts.
 *
 *   subreaper keep [-o OWNER] [-l MS] [-n HOSTNAME] [-b SOURCE:TARGET]... -d DIR -- COMMAND ARG...
 *   subreaper wait [-l MS] PID...       until every process has ended (zombies count as ended)
 *   subreaper stop [-l MS] PID...       SIGTERM, then as wait
 *   subreaper ports N                   prints N TCP ports of 127.0.0.1 that are free now
 *
 * keep: goes into the background and returns 0 once COMMAND has sent READY=1 to $NOTIFY_SOCKET (as a
 * systemd service does), 1 when it ended before that or did not get ready in time.  The keeper
 *   - is a child subreaper: orphans (the QEMUs of a libvirtd) are reaped at once.  libvirt polls
 *     kill(pid, 0) for a dead QEMU, and a slow PID 1 would cost it seconds;
 *   - has its own mount and host name namespaces when -b or -n is given: the bind mounts vanish
 *     with the last process;
 *   - on SIGTERM or SIGINT, or when the OWNER process ends however that came about, kills COMMAND
 *     and all its orphans with SIGKILL, waits for them and ends;
 *   - on SIGUSR1 starts COMMAND again if it is not running.
 * DIR/keeper.pid, DIR/daemon.pid: process ids.  DIR/ready: pid of the COMMAND that reported READY.
 * DIR/log/keeper.log: output.  A missing TARGET directory is made, so name parents that exist.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_BINDS 16
#define DEFAULT_LIMIT 30000

struct keeper {
    const char *dir;
    const char *hostname;
    const char *binds[MAX_BINDS];
    int n_binds;
    pid_t owner;
    int limit;
    char **command;
    pid_t daemon;
    int owner_fd;
    int signal_fd;
    int notify_fd;
    int started_fd; /* the foreground process waits for one byte on the other end; -1: told */
    bool stopping;
};

static void __attribute__((format(printf, 1, 2), noreturn))
die(const char *format, ...)
{
    va_list args;

    fputs("subreaper: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

static long
now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int
open_process(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

static int
parse_number(const char *text, int lowest)
{
    char *end;
    long value;

    errno = 0;
    value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < lowest || value > INT_MAX)
        die("'%s' is not a number of at least %d", text, lowest);
    return (int)value;
}

static void
path_in(char *path, const struct keeper *k, const char *name)
{
    snprintf(path, PATH_MAX, "%s/%s", k->dir, name); /* a unix socket below it has to fit, too */
}

/* Writes by rename, so that a reader sees the old text or the new one, never half. */
static void
write_number(const struct keeper *k, const char *name, pid_t value)
{
    char path[PATH_MAX];
    char temporary[PATH_MAX + 8];
    FILE *f;

    path_in(path, k, name);
    snprintf(temporary, sizeof temporary, "%s.new", path);
    f = fopen(temporary, "w");
    if (f == NULL || fprintf(f, "%d\n", (int)value) < 0 || fclose(f) != 0 ||
        rename(temporary, path) != 0)
        die("%s: %s", path, strerror(errno));
}

static void
remove_file(const struct keeper *k, const char *name)
{
    char path[PATH_MAX];

    path_in(path, k, name);
    unlink(path);
}

/* Ends every process in turn; false when the limit passed first. */
static bool
wait_for_end(char **pids, int n_pids, int signal_number, int limit)
{
    long end = now_ms() + limit;

    for (int i = 0; i < n_pids; i++) {
        pid_t pid = parse_number(pids[i], 2);
        struct pollfd p = {.fd = open_process(pid), .events = POLLIN};
        long left;

        if (p.fd < 0 && errno == ESRCH)
            continue;
        if (p.fd < 0)
            die("process %d: %s", (int)pid, strerror(errno));
        if (signal_number != 0)
            syscall(SYS_pidfd_send_signal, p.fd, signal_number, NULL, 0);
        left = end - now_ms();
        if (poll(&p, 1, left > 0 ? (int)left : 0) != 1)
            return false;
        close(p.fd);
    }
    return true;
}

static bool
bind_port(int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0); /* never closed: the port stays taken until we end */

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0;
}

/*
 * Ports below the range the kernel hands out to clients, in random order: two tests that ask at the
 * same time hardly ever get the same one, and no outgoing connection can take it in between.
 */
static void
print_ports(int count)
{
    for (int found = 0, tries = 0; found < count; tries++) {
        unsigned short random_bits;
        int port;

        if (tries > 10000 || getrandom(&random_bits, sizeof random_bits, 0) != sizeof random_bits)
            die("no free port");
        port = 10000 + random_bits % 20000;
        if (bind_port(port)) {
            printf("%d\n", port);
            found++;
        }
    }
}

static void
make_directories(char *path)
{
    for (char *slash = path + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        die("%s: %s", path, strerror(errno));
}

static void
enter_namespaces(const struct keeper *k)
{
    if (k->n_binds == 0 && k->hostname == NULL)
        return;
    if (unshare(CLONE_NEWNS | CLONE_NEWUTS) != 0)
        die("own namespaces: %s (are you root?)", strerror(errno));
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        die("private mounts: %s", strerror(errno));
    if (k->hostname != NULL && sethostname(k->hostname, strlen(k->hostname)) != 0)
        die("host name %s: %s", k->hostname, strerror(errno));
    for (int i = 0; i < k->n_binds; i++) {
        char source[PATH_MAX];
        char *target;

        if (snprintf(source, sizeof source, "%s", k->binds[i]) >= PATH_MAX ||
            (target = strchr(source, ':')) == NULL)
            die("%s is not SOURCE:TARGET", k->binds[i]);
        *target++ = '\0';
        make_directories(target);
        if (mount(source, target, NULL, MS_BIND | MS_REC, NULL) != 0)
            die("mount %s on %s: %s", source, target, strerror(errno));
    }
}

static int
open_notify_socket(const struct keeper *k)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (snprintf(a.sun_path, sizeof a.sun_path, "%s/notify", k->dir) >= (int)sizeof a.sun_path)
        die("%s: too long for a unix socket below it", k->dir);
    unlink(a.sun_path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0)
        die("%s: %s", a.sun_path, strerror(errno));
    setenv("NOTIFY_SOCKET", a.sun_path, 1);
    return fd;
}

static void
start_daemon(struct keeper *k)
{
    sigset_t none;

    remove_file(k, "ready");
    k->daemon = fork();
    if (k->daemon < 0)
        die("fork: %s", strerror(errno));
    if (k->daemon == 0) {
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execvp(k->command[0], k->command);
        fprintf(stderr, "subreaper: %s: %s\n", k->command[0], strerror(errno));
        _exit(127);
    }
    write_number(k, "daemon.pid", k->daemon);
}

static pid_t
parent_of(const char *pid)
{
    char path[300];
    char line[512];
    const char *after_name;
    int parent = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    f = fopen(path, "r");
    if (f == NULL)
        return 0;
    if (fgets(line, sizeof line, f) != NULL && (after_name = strrchr(line, ')')) != NULL &&
        sscanf(after_name, ") %*c %d", &parent) != 1)
        parent = 0;
    fclose(f);
    return parent;
}

static void
kill_children(void)
{
    DIR *proc = opendir("/proc");
    struct dirent *e;

    if (proc == NULL)
        die("/proc: %s", strerror(errno));
    while ((e = readdir(proc)) != NULL)
        if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && parent_of(e->d_name) == getpid())
            kill((pid_t)atoi(e->d_name), SIGKILL);
    closedir(proc);
}

/* Reaps what has ended.  False when there is no child left at all. */
static bool
reap(struct keeper *k)
{
    pid_t pid;

    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
        if (pid == k->daemon) {
            k->daemon = 0;
            remove_file(k, "ready");
            remove_file(k, "daemon.pid");
        }
    return pid == 0;
}

static void
take_signal(struct keeper *k)
{
    struct signalfd_siginfo info;

    if (read(k->signal_fd, &info, sizeof info) != sizeof info)
        return;
    switch (info.ssi_signo) {
    case SIGTERM:
    case SIGINT:
        k->stopping = true;
        break;
    case SIGUSR1:
        if (k->daemon == 0)
            start_daemon(k);
        break;
    default: /* SIGCHLD: reaped by the loop */
        break;
    }
}

static void
take_notification(struct keeper *k)
{
    char text[256];
    ssize_t size = recv(k->notify_fd, text, sizeof text - 1, 0);

    if (size < 0)
        return;
    text[size] = '\0';
    if (strstr(text, "READY=1") == NULL || k->daemon == 0)
        return;
    write_number(k, "ready", k->daemon);
    if (k->started_fd >= 0) {
        if (write(k->started_fd, "r", 1) != 1)
            k->stopping = true;
        close(k->started_fd);
        k->started_fd = -1;
    }
}

static void __attribute__((noreturn))
keep(struct keeper *k)
{
    long deadline = now_ms() + k->limit;

    for (;;) {
        struct pollfd fds[] = {
            {.fd = k->signal_fd, .events = POLLIN},
            {.fd = k->notify_fd, .events = POLLIN},
            {.fd = k->owner_fd, .events = POLLIN},
        };
        long left = deadline - now_ms();
        bool any = reap(k);

        if (k->started_fd >= 0 && (left <= 0 || k->daemon == 0)) {
            fprintf(stderr, "subreaper: %s %s\n", k->command[0],
                    k->daemon == 0 ? "ended before it was ready" : "not ready in time");
            k->stopping = true;
        }
        if (k->stopping && !any)
            break;
        if (k->stopping)
            kill_children(); /* what they leave behind becomes ours: next round */
        poll(fds, 3, k->started_fd >= 0 && left > 0 ? (int)left : k->stopping ? 100 : -1);
        if (fds[0].revents != 0)
            take_signal(k);
        if (fds[1].revents != 0)
            take_notification(k);
        if (fds[2].revents != 0)
            k->stopping = true;
    }
    remove_file(k, "notify");
    remove_file(k, "ready");
    remove_file(k, "keeper.pid");
    exit(k->started_fd >= 0 ? 1 : 0);
}

static void
detach(struct keeper *k, int started_fd)
{
    char path[PATH_MAX];
    int fd;

    path_in(path, k, "log/keeper.log");
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fd < 0)
        die("%s: %s", path, strerror(errno));
    dup2(fd, 2);
    dup2(fd, 1);
    close(fd);
    fd = open("/dev/null", O_RDONLY);
    dup2(fd, 0);
    k->started_fd = dup2(started_fd, 3);
    syscall(SYS_close_range, 4, ~0U, 0);
    fcntl(3, F_SETFD, FD_CLOEXEC);
    setsid();
}

static int
run_keeper(struct keeper *k)
{
    static const int signals[] = {SIGCHLD, SIGTERM, SIGINT, SIGUSR1};
    sigset_t set;
    int pipe_fds[2];
    char byte;

    if (pipe(pipe_fds) != 0)
        die("pipe: %s", strerror(errno));
    switch (fork()) {
    case -1:
        die("fork: %s", strerror(errno));
    case 0:
        break;
    default:
        close(pipe_fds[1]);
        return read(pipe_fds[0], &byte, 1) == 1 ? 0 : 1;
    }
    detach(k, pipe_fds[1]);
    k->owner_fd = k->owner > 0 ? open_process(k->owner) : -1;
    if (k->owner > 0 && k->owner_fd < 0)
        die("owner %d: %s", (int)k->owner, strerror(errno));
    if (k->owner_fd >= 0)
        fcntl(k->owner_fd, F_SETFD, FD_CLOEXEC);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaddset(&set, signals[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    k->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    k->notify_fd = open_notify_socket(k);
    enter_namespaces(k);
    write_number(k, "keeper.pid", getpid());
    start_daemon(k);
    keep(k);
}

int
main(int argc, char **argv)
{
    struct keeper k = {.limit = DEFAULT_LIMIT};
    const char *verb = argc > 1 ? argv[1] : "";
    int option;

    optind = 2;
    while (argc > 2 && (option = getopt(argc, argv, "+o:l:n:b:d:")) != -1) {
        switch (option) {
        case 'o':
            k.owner = parse_number(optarg, 2);
            break;
        case 'l':
            k.limit = parse_number(optarg, 0);
            break;
        case 'n':
            k.hostname = optarg;
            break;
        case 'b':
            if (k.n_binds == MAX_BINDS)
                die("too many mounts");
            k.binds[k.n_binds++] = optarg;
            break;
        case 'd':
            k.dir = optarg;
            break;
        default:
            return 2;
        }
    }
    if (optind >= argc)
        die("usage: subreaper keep|wait|stop|ports ... (see the head of subreaper.c)");
    k.command = argv + optind;
    if (strcmp(verb, "wait") == 0 || strcmp(verb, "stop") == 0)
        return !wait_for_end(k.command, argc - optind, verb[0] == 's' ? SIGTERM : 0, k.limit);
    if (strcmp(verb, "ports") == 0) {
        print_ports(parse_number(argv[optind], 1));
        return 0;
    }
    if (strcmp(verb, "keep") != 0 || k.dir == NULL || k.dir[0] != '/')
        die("keep needs -d and an absolute folder");
    return run_keeper(&k);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/process.h"

#ifdef HAVE_MALLOC_TRIM
#include <malloc.h>
#endif
#include <glib.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Fields of /proc/self/stat behind the name, which may hold anything: the state is number 3. */
enum { STAT_FIRST = 3, STAT_START = 22, STAT_SIZE = 23, STAT_RESIDENT = 24 };

/* libvirt takes a buffer of a little more than this for every call. */
#define MMAP_FROM     (64 * 1024)
#define TRIM_AFTER_MS 1000 /* without an event */
#define TRIM_LATEST_MS 30000

static int64_t
number_at(char **fields, guint n_fields, guint field)
{
    return field - STAT_FIRST < n_fields ? g_ascii_strtoll(fields[field - STAT_FIRST], NULL, 10) : -1;
}

/* When the machine started, in seconds since the epoch.  Worked out once: it is the start of a
 * process that is told with it, and a clock that is set is not a new process. */
static double boot_s = -1;

static void
find_boot(void)
{
    struct timespec up;

    if (clock_gettime(CLOCK_BOOTTIME, &up) == 0)
        boot_s = (double)g_get_real_time() / 1e6 - (double)up.tv_sec - (double)up.tv_nsec / 1e9;
}

static void
read_stat(struct process_figures *p)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    g_autofree char *text = NULL;
    g_auto(GStrv) fields = NULL;
    const char *name_end;
    guint n_fields;

    if (!g_file_get_contents("/proc/self/stat", &text, NULL, NULL)
        || (name_end = strrchr(text, ')')) == NULL)
        return;
    fields = g_strsplit(name_end + 2, " ", -1);
    n_fields = g_strv_length(fields);
    p->size = number_at(fields, n_fields, STAT_SIZE);
    p->resident = number_at(fields, n_fields, STAT_RESIDENT) * sysconf(_SC_PAGESIZE);
    pthread_once(&once, find_boot);
    if (boot_s >= 0)
        p->start_s = boot_s
                     + (double)number_at(fields, n_fields, STAT_START)
                           / (double)sysconf(_SC_CLK_TCK);
}

static int64_t
count_fds(void)
{
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    int64_t n = -1; /* the one that reads the folder */

    while (dir != NULL && g_dir_read_name(dir) != NULL)
        n++;
    return n;
}

static double
seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

void
process_read(struct process_figures *p)
{
    struct rusage usage;
    struct rlimit limit;

    *p = (struct process_figures){
        .resident = -1, .size = -1, .cpu_s = -1, .start_s = -1, .fds = -1, .max_fds = -1};
    read_stat(p);
    p->fds = count_fds();
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        p->cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        p->max_fds = (int64_t)limit.rlim_cur;
}

void
process_part_heap(void)
{
#ifdef HAVE_MALLOC_TRIM
    (void)mallopt(M_MMAP_THRESHOLD, MMAP_FROM);
#endif
}

void
process_trim(void)
{
#ifdef HAVE_MALLOC_TRIM
    (void)malloc_trim(0);
#endif
}

bool
process_trim_due(int64_t now, int64_t event, int64_t trimmed)
{
    return event != 0 && (now - event >= TRIM_AFTER_MS || now - trimmed >= TRIM_LATEST_MS);
}

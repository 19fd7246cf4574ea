#include "analyzer/liveness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What follows the command in /proc/PID/stat: from field 3, the state, on. False when there is no such
 * process. */
static bool read_stat(uint32_t pid, char *text, size_t size)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/%u/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, size - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    char *command_end = strrchr(text, ')');
    if (command_end == NULL || command_end[1] != ' ')
        return false;
    memmove(text, command_end + 2, strlen(command_end + 2) + 1);
    return true;
}

bool liveness_runs(const struct record *r)
{
    char stat[1024];
    if (r->header->end != END_RUNNING || r->header->pid == 0 || !read_stat(r->header->pid, stat, sizeof stat))
        return false;
    if (stat[0] == 'Z' || stat[0] == 'X')
        return false;
    char *at = stat;
    for (int field = 3; field < 22 && at != NULL; field++) {
        at = strchr(at, ' ');
        at = at == NULL ? NULL : at + 1;
    }
    return at != NULL && strtoull(at, NULL, 10) == r->header->process_start;
}

/* 1: the thread sleeps in a futex call, 0: it does not, -1: the kernel does not answer. */
static int in_futex(uint32_t pid, uint32_t tid)
{
    char path[64], text[256], *end;
    snprintf(path, sizeof path, "/proc/%u/task/%u/syscall", pid, tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return -1;
    text[n] = 0;
    long number = strtol(text, &end, 10); /* "running" has none */
    return end != text && number == SYS_futex;
}

static bool seems_to_run(const struct thread *t)
{
    return t->state == THREAD_RUNNING && t->sequence % 2 == 0;
}

bool liveness_mark_asleep(const struct record *r)
{
    enum { MOST = 1000 };
    uint32_t used = record_used(r, TABLE_THREADS), asked = 0;
    bool any = false;
    for (uint32_t id = 1; id < used && asked < MOST; id++) {
        struct thread *t = record_thread(r, id);
        int asleep = seems_to_run(t) && asked++ < MOST ? in_futex(r->header->pid, t->tid) : -1;
        if (asleep < 0)
            continue;
        t->traits = asleep ? t->traits | THREAD_ASLEEP : t->traits & ~(uint32_t)THREAD_ASLEEP;
        any |= asleep == 1;
    }
    return any;
}

void liveness_confirm_asleep(const struct record *r, const struct record *later)
{
    uint32_t used = record_used(r, TABLE_THREADS);
    for (uint32_t id = 1; id < used; id++) {
        struct thread *t = record_thread(r, id);
        const struct thread *now = record_thread(later, id);
        if (now == NULL || now->serial != t->serial || now->sequence != t->sequence || now->state != t->state)
            t->traits &= ~(uint32_t)THREAD_ASLEEP;
    }
}

uint32_t liveness_merged(const struct record *r)
{
    uint32_t used = record_used(r, TABLE_RUNS);
    return r->header->end == END_MERGED && used > 0 ? used - 1 : 0;
}

void liveness_end(const struct record *r, bool runs, char *text, size_t size)
{
    int value = r->header->end_value;
    if (runs)
        snprintf(text, size, "running");
    else if (r->header->end == END_EXIT)
        snprintf(text, size, "exit %d", value);
    else if (r->header->end == END_SIGNAL)
        snprintf(text, size, "signal %d", value);
    else
        snprintf(text, size, "unknown");
}

#include "analyzer/liveness.h"

#include "record/kernel_word.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

bool liveness_stopped(const struct record *r)
{
    char stat[1024];
    return read_stat(r->header->pid, stat, sizeof stat) && (stat[0] == 'T' || stat[0] == 't');
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

/* Once a signal is to end a process, SIGKILL is pending for each of its threads (Linux, kernel/signal.c). */
static bool is_being_killed(uint32_t pid)
{
    char path[40], text[4096];
    snprintf(path, sizeof path, "/proc/%u/status", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = 0;
    const char *pending = strstr(text, "\nSigPnd:");
    return pending != NULL && (strtoull(pending + sizeof "\nSigPnd:" - 1, NULL, 16) >> (SIGKILL - 1) & 1) != 0;
}

bool liveness_stays(const struct record *r)
{
    return liveness_runs(r) && !is_being_killed(r->header->pid);
}

/* False: the kernel does not answer. */
static bool read_call(uint32_t pid, uint32_t tid, struct kernel_call *call)
{
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/%u/task/%u/syscall", pid, tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return false;
    text[n] = 0;
    *call = kernel_call_read(text);
    return true;
}

static bool seems_to_run(const struct thread *t)
{
    return t->state == THREAD_RUNNING && t->sequence % 2 == 0;
}

bool liveness_look(const struct record *r, uint64_t now)
{
    enum { MOST = 1000 };
    const uint64_t lately = 3000 * 1000000ull; /* a look so long ago is another sample of this one */
    uint32_t used = record_used(r, TABLE_THREADS), asked = 0;
    struct kernel_call call;
    bool any = false;
    for (uint32_t id = 1; id < used && asked < MOST; id++) {
        struct thread *t = record_thread(r, id);
        if (!seems_to_run(t) || (asked++, !read_call(r->header->pid, t->tid, &call)))
            continue;
        kernel_word_set(&t->kernel, &call, t->sequence, now, t->kernel.looked + lately >= now);
        bool asleep = kernel_word_unseen(t, false);
        t->traits = asleep ? t->traits | THREAD_ASLEEP : t->traits & ~(uint32_t)THREAD_ASLEEP;
        any |= asleep;
    }
    if (!liveness_stopped(r))
        r->header->seen = now;
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

/* Of the copy of a record, where it lies in the file. */
static bool write_back(int fd, const struct record_file *f, size_t offset, size_t size)
{
    return pwrite(fd, f->data + offset, size, (off_t)offset) == (ssize_t)size;
}

void liveness_keep(const struct record_file *f, const char *path)
{
    const struct record *r = &f->record;
    uint32_t used = record_used(r, TABLE_THREADS);
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool good = fd >= 0;
    for (uint32_t id = 1; good && id < used; id++) {
        const struct thread *t = record_thread(r, id);
        if (t->kernel.looked != 0 && t->kernel.looked == r->header->seen)
            good = write_back(fd, f, (size_t)((const char *)t - f->data) + offsetof(struct thread, kernel),
                              sizeof t->kernel);
    }
    if (good)
        write_back(fd, f, offsetof(struct record_header, seen), sizeof r->header->seen);
    if (fd >= 0)
        close(fd);
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

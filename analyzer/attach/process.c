#include "analyzer/attach/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* --- files of /proc --- */

static ssize_t read_file(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = read(fd, text, size - 1);
    int error = errno;
    close(fd);
    errno = error;
    text[n > 0 ? n : 0] = 0;
    return n;
}

char *process_file(uint32_t pid, const char *name, size_t *size)
{
    enum { MOST = 64 << 20 };
    char path[64], *text = NULL;
    size_t room = 0;
    ssize_t n;
    snprintf(path, sizeof path, "/proc/%u/%s", pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *size = 0;
    if (fd < 0)
        return NULL;
    do {
        if (*size + 1 >= room) {
            room = room == 0 ? 16384 : room * 2;
            char *more = room > MOST ? NULL : realloc(text, room);
            if (more == NULL)
                break;
            text = more;
        }
        n = read(fd, text + *size, room - *size - 1);
        *size += n > 0 ? (size_t)n : 0;
    } while (n > 0);
    close(fd);
    if (text != NULL)
        text[*size] = 0;
    return text;
}

static char *read_link(uint32_t pid, const char *name)
{
    char path[64], to[4096];
    snprintf(path, sizeof path, "/proc/%u/%s", pid, name);
    ssize_t n = readlink(path, to, sizeof to - 1);
    if (n <= 0)
        return NULL;
    to[n] = 0;
    return strdup(to);
}

/* --- threads --- */

/* "202 0x7f… …", six arguments, stack pointer, program counter; "-1 SP PC" between system calls; or "running". */
static bool read_call(const struct target *t, struct target_thread *to)
{
    char path[64], text[256], *at = text;
    snprintf(path, sizeof path, "/proc/%u/task/%u/syscall", t->pid, to->kernel);
    ssize_t n = read_file(path, text, sizeof text);
    if (n <= 0)
        return false;
    to->known = 0;
    to->in_call = false;
    if (strncmp(text, "running", 7) == 0)
        return true;
    to->call = strtol(at, &at, 10);
    to->in_call = to->call >= 0;
    for (int i = 0; i < 6 && to->in_call; i++)
        to->argument[i] = strtoull(at, &at, 16);
    to->value[ARCH_REGISTER_STACK] = strtoull(at, &at, 16);
    to->value[ARCH_REGISTER_CODE] = strtoull(at, &at, 16);
    to->known = 1ull << ARCH_REGISTER_STACK | 1ull << ARCH_REGISTER_CODE;
    return true;
}

bool process_ask(const struct target *t, struct target_thread *of)
{
    return read_call(t, of);
}

/* The third number of schedstat: how often it was given a processor. */
static uint64_t read_runs(const struct target *t, const struct target_thread *of)
{
    char path[64], text[128], *at = text;
    snprintf(path, sizeof path, "/proc/%u/task/%u/schedstat", t->pid, of->kernel);
    if (read_file(path, text, sizeof text) <= 0)
        return 0;
    strtoull(at, &at, 10);
    strtoull(at, &at, 10);
    return strtoull(at, &at, 10);
}

static void read_name(const struct target *t, struct target_thread *of)
{
    char path[64], text[64];
    snprintf(path, sizeof path, "/proc/%u/task/%u/comm", t->pid, of->kernel);
    if (read_file(path, text, sizeof text) <= 0)
        return;
    text[strcspn(text, "\n")] = 0;
    memcpy(of->name, text, strnlen(text, sizeof of->name));
}

/* The last number of the line NSpid, which is how the thread calls itself; 0: cannot be said. */
static uint32_t own_number(const char *status)
{
    const char *line = strstr(status, "\nNSpid:");
    if (line == NULL)
        return 0;
    char *at = (char *)line + 7;
    unsigned long last = 0;
    while (*at == '\t' || *at == ' ')
        last = strtoul(at, &at, 10);
    return (uint32_t)last;
}

static bool read_threads(struct target *t, bool apart)
{
    char path[64];
    struct dirent *entry;
    snprintf(path, sizeof path, "/proc/%u/task", t->pid);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return false;
    while ((entry = readdir(folder)) != NULL) {
        uint32_t tid = (uint32_t)strtoul(entry->d_name, NULL, 10);
        struct target_thread *to = tid == 0 ? NULL : target_add_thread(t);
        if (to == NULL)
            continue;
        to->kernel = to->tid = tid;
        if (apart) {
            size_t size;
            snprintf(path, sizeof path, "task/%u/status", tid);
            char *status = process_file(t->pid, path, &size);
            to->tid = status != NULL && own_number(status) != 0 ? own_number(status) : tid;
            free(status);
        }
        if (!read_call(t, to)) {
            t->threads--; /* it has ended */
            if (errno == EACCES || errno == EPERM) {
                closedir(folder);
                return false;
            }
            continue;
        }
        to->runs = read_runs(t, to);
        read_name(t, to);
    }
    closedir(folder);
    return true;
}

/* Also if its parent has not asked for its status yet; its main thread alone may have ended. */
static bool has_ended(const struct target *t)
{
    size_t size;
    char *status = process_file(t->pid, "status", &size);
    bool ended = status == NULL || size == 0 ||
                 (strstr(status, "\nState:\tZ") != NULL && strstr(status, "\nThreads:\t1\n") != NULL);
    free(status);
    return ended;
}

bool process_look_again(struct target *t)
{
    bool any = false;
    for (size_t i = 0; i < t->threads; i++) {
        struct target_thread *then = &t->thread[i], now = *then;
        bool same = read_call(t, &now) && now.in_call == then->in_call && now.call == then->call &&
                    memcmp(now.argument, then->argument, sizeof now.argument) == 0 &&
                    now.known == (then->known & now.known) &&
                    now.value[ARCH_REGISTER_STACK] == then->value[ARCH_REGISTER_STACK] &&
                    now.value[ARCH_REGISTER_CODE] == then->value[ARCH_REGISTER_CODE];
        then->moved |= !same || read_runs(t, then) != then->runs;
        any |= same;
    }
    return any || !has_ended(t);
}

bool process_has_tid(const struct target *t, uint32_t tid)
{
    char path[64];
    (void)t;
    snprintf(path, sizeof path, "/proc/%u", tid);
    return access(path, F_OK) == 0 || errno != ENOENT;
}

/* --- mappings --- */

static bool read_mappings(struct target *t)
{
    size_t size;
    char *text = process_file(t->pid, "maps", &size), *line = text, *next;
    for (; line != NULL && *line != 0; line = next) {
        uint64_t start, end, offset, inode;
        unsigned major, minor;
        char rights[5];
        int path = 0;
        next = strchr(line, '\n');
        if (next == NULL)
            break;
        *next++ = 0;
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n", &start, &end, rights, &offset,
                   &major, &minor, &inode, &path) < 7)
            continue;
        struct target_mapping *m = target_add_mapping(t);
        if (m == NULL)
            break;
        *m = (struct target_mapping){.start = start,
                                     .end = end,
                                     .offset = offset,
                                     .device = makedev(major, minor),
                                     .inode = inode,
                                     .executable = rights[2] == 'x',
                                     .writable = rights[1] == 'w',
                                     .shared = rights[3] == 's',
                                     .path = strdup(path == 0 ? "" : line + path)};
        if (m->path == NULL)
            t->mappings--;
    }
    free(text);
    return t->mappings != 0;
}

bool process_read(struct target *t, uint64_t address, void *to, size_t size)
{
    struct iovec here = {to, size}, there = {(void *)(uintptr_t)address, size};
    return process_vm_readv((pid_t)t->pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

/* --- the process --- */

static bool fail(struct target *t, const char *words)
{
    snprintf(t->error, sizeof t->error, "%s", words);
    return false;
}

/* Reading another process takes what ptrace takes (ptrace(2), PTRACE_MODE_ATTACH_FSCREDS). */
static bool refuse(struct target *t)
{
    char text[16];
    uint32_t self = geteuid();
    if (t->uid != self && self != 0)
        snprintf(t->error, sizeof t->error, "it belongs to user %u; run lockwatch as that user or as root", t->uid);
    else if (self != 0 && read_file("/proc/sys/kernel/yama/ptrace_scope", text, sizeof text) > 0 && text[0] != '0')
        snprintf(t->error, sizeof t->error,
                 "the kernel lets only its parents and root read it (kernel.yama.ptrace_scope is %c); run lockwatch as "
                 "root, or: sudo sysctl kernel.yama.ptrace_scope=0",
                 text[0]);
    else
        snprintf(
            t->error, sizeof t->error,
            "the kernel does not let it be read (set-uid, not dumpable, or a container without CAP_SYS_PTRACE); run "
            "lockwatch as root, outside of the container");
    return false;
}

/* When it started: ticks after the machine did. */
static void read_start(struct target *t, const char *stat)
{
    const char *at = strrchr(stat, ')');
    struct timespec real, boot;
    for (int field = 2; field < 22 && at != NULL; field++) {
        at = strchr(at, ' ');
        at = at == NULL ? NULL : at + 1;
    }
    long ticks = sysconf(_SC_CLK_TCK);
    if (at == NULL || ticks <= 0 || clock_gettime(CLOCK_REALTIME, &real) != 0 ||
        clock_gettime(CLOCK_BOOTTIME, &boot) != 0)
        return;
    t->start_tick = strtoull(at, NULL, 10);
    uint64_t booted = ((uint64_t)real.tv_sec * 1000000000 + (uint64_t)real.tv_nsec) -
                      ((uint64_t)boot.tv_sec * 1000000000 + (uint64_t)boot.tv_nsec);
    t->started = booted + t->start_tick * (1000000000 / (uint64_t)ticks);
}

/* Its class and machine stand in the first bytes of its file. */
static bool is_another_machine(uint32_t pid)
{
    enum { CLASS = 4, MACHINE = 18, CLASS_64 = 2 };
    char path[64];
    unsigned char bytes[20] = {0};
    snprintf(path, sizeof path, "/proc/%u/exe", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool whole = read(fd, bytes, sizeof bytes) == sizeof bytes;
    close(fd);
    return whole && (bytes[CLASS] != CLASS_64 || bytes[MACHINE] != ARCH_ELF_MACHINE);
}

static bool describe(struct target *t, char *status)
{
    size_t size;
    char *at = strstr(status, "\nUid:");
    t->uid = at == NULL ? 0 : (uint32_t)strtoul(at + 5, NULL, 10);
    at = strstr(status, "\nSigCgt:");
    t->caught = at == NULL ? 0 : strtoull(at + 8, NULL, 16);
    at = strstr(status, "\nTgid:");
    uint32_t whose = at == NULL ? t->pid : (uint32_t)strtoul(at + 6, NULL, 10);
    if (whose != t->pid) {
        snprintf(t->error, sizeof t->error, "it is a thread of process %u; attach to that", whose);
        return false;
    }
    if (strstr(status, "\nState:\tZ") != NULL || strstr(status, "\nState:\tX") != NULL)
        return fail(t, "it has ended; only its parent has not asked for its status yet");
    if (strstr(status, "\nVmSize:") == NULL)
        return fail(t, "it is a thread of the kernel, which has no locks of a program");
    char *stat = process_file(t->pid, "stat", &size);
    if (stat != NULL)
        read_start(t, stat);
    free(stat);
    t->executable = read_link(t->pid, "exe");
    t->arguments = process_file(t->pid, "cmdline", &t->arguments_size);
    return true;
}

bool process_open(struct target *t, uint32_t pid)
{
    size_t size;
    memset(t, 0, sizeof *t);
    t->pid = pid;
    t->runs = true;
    t->read = process_read;
    char *status = process_file(pid, "status", &size);
    if (status == NULL || size == 0) {
        free(status);
        return fail(t, "there is no such process");
    }
    bool good = describe(t, status);
    bool apart = own_number(status) != pid && own_number(status) != 0;
    free(status);
    if (!good)
        return false;
    if (is_another_machine(pid))
        return fail(t, "it is not a program for " ARCH_NAME ", which is all that this lockwatch can read");
    errno = 0;
    good = read_mappings(t);
    if (!good && (errno == EACCES || errno == EPERM))
        return refuse(t);
    good &= read_threads(t, apart);
    if (!good && (errno == EACCES || errno == EPERM))
        return refuse(t);
    if (t->threads == 0 || t->mappings == 0)
        return fail(t, "it ended while it was read");
    char byte;
    if (!process_read(t, t->mapping[0].start, &byte, 1) && (errno == EPERM || errno == EACCES))
        return refuse(t);
    return true;
}

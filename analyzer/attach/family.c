#include "analyzer/attach/family.h"

#include "analyzer/attach/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- members --- */

static int member_of(const struct family *f, uint32_t pid)
{
    for (unsigned i = 0; i < f->members; i++)
        if (f->member[i]->pid == pid)
            return (int)i;
    return -1;
}

/* The member that a process is, a new one if need be; -1: it cannot be read, or there are too many. */
static int join(struct family *f, uint32_t pid)
{
    int known = member_of(f, pid);
    if (known >= 0 || f->members == FAMILY_MOST)
        return known;
    struct target *t = calloc(1, sizeof *t);
    if (t == NULL || !process_open(t, pid)) {
        if (t != NULL)
            target_close(t);
        free(t);
        return -1;
    }
    f->member[f->members] = t;
    return (int)f->members++;
}

/* --- the end of a child --- */

/* The only child of a process; 0: it has none, or several. */
static uint32_t only_child(const struct target *t)
{
    uint32_t child = 0;
    for (size_t i = 0; i < t->threads; i++) {
        char name[40];
        size_t size;
        snprintf(name, sizeof name, "task/%u/children", t->thread[i].kernel);
        char *text = process_file(t->pid, name, &size), *at = text;
        for (char *end; text != NULL; at = end) {
            uint32_t pid = (uint32_t)strtoul(at, &end, 10);
            if (end == at || pid == 0)
                break;
            if (child != 0) {
                free(text);
                return 0;
            }
            child = pid;
        }
        free(text);
    }
    return child;
}

static uint32_t awaited_child(const struct target *t, const struct target_thread *of)
{
    enum { KIND, ID, OPTIONS = 2, WAITID_OPTIONS };
    uint64_t id;
    if (of->call == SYS_wait4 && (of->argument[OPTIONS] & WNOHANG) == 0)
        id = (int32_t)of->argument[KIND] > 0 ? of->argument[KIND] : 0;
    else if (of->call == SYS_waitid && (of->argument[WAITID_OPTIONS] & WNOHANG) == 0 &&
             (of->argument[KIND] == P_PID || of->argument[KIND] == P_ALL))
        id = of->argument[KIND] == P_PID ? of->argument[ID] : 0;
    else
        return 0;
    return id != 0 ? (uint32_t)id : only_child(t);
}

/* --- pipes --- */

static bool is_pipe(uint32_t pid, const char *descriptor, uint64_t *inode)
{
    char path[300], link[64];
    snprintf(path, sizeof path, "/proc/%u/fd/%.20s", pid, descriptor);
    ssize_t n = readlink(path, link, sizeof link - 1);
    if (n <= 0)
        return false;
    link[n] = 0;
    return sscanf(link, "pipe:[%lu]", inode) == 1;
}

/* The pipe that a thread reads from, or writes to; false: it does something else. */
static bool awaited_pipe(const struct target *t, const struct target_thread *of, uint64_t *inode, bool *for_data)
{
    char descriptor[24];
    *for_data = of->call == SYS_read || of->call == SYS_readv;
    if (!*for_data && of->call != SYS_write && of->call != SYS_writev)
        return false;
    snprintf(descriptor, sizeof descriptor, "%u", (uint32_t)of->argument[0]);
    return is_pipe(t->pid, descriptor, inode);
}

static int pipe_of(struct family *f, uint64_t inode, bool for_data)
{
    for (unsigned i = 0; i < f->pipes; i++)
        if (f->pipe[i].inode == inode && f->pipe[i].for_data == for_data)
            return (int)i;
    if (f->pipes == FAMILY_PIPES)
        return -1;
    f->pipe[f->pipes] = (struct family_pipe){.inode = inode, .for_data = for_data, .known = true};
    return (int)f->pipes++;
}

/* Whether a descriptor is open for what the one at the other end waits for. */
static bool is_other_end(uint32_t pid, const char *descriptor, bool for_data)
{
    char name[40];
    size_t size;
    snprintf(name, sizeof name, "fdinfo/%.20s", descriptor);
    char *text = process_file(pid, name, &size), *at = text == NULL ? NULL : strstr(text, "flags:");
    unsigned long mode = at == NULL ? O_RDWR : strtoul(at + 6, NULL, 8) & O_ACCMODE;
    free(text);
    return mode == O_RDWR || (mode == O_WRONLY) == for_data;
}

static bool has_end(const struct family_pipe *p, uint32_t pid, bool *readable)
{
    char folder[40];
    struct dirent *entry;
    snprintf(folder, sizeof folder, "/proc/%u/fd", pid);
    DIR *d = opendir(folder);
    bool any = false;
    *readable = d != NULL || errno == ENOENT;
    while (d != NULL && !any && (entry = readdir(d)) != NULL) {
        uint64_t inode;
        any = entry->d_name[0] != '.' && is_pipe(pid, entry->d_name, &inode) && inode == p->inode &&
              is_other_end(pid, entry->d_name, p->for_data);
    }
    if (d != NULL)
        closedir(d);
    return any;
}

static uint32_t session_of(uint32_t pid)
{
    return (uint32_t)getsid((pid_t)pid);
}

/* Goes through all processes. One that cannot be read, in the same session, may have it open, too. */
static void find_ends(struct family *f, struct family_pipe *p)
{
    struct dirent *entry;
    DIR *d = opendir("/proc");
    p->known = d != NULL;
    while (d != NULL && (entry = readdir(d)) != NULL) {
        bool readable;
        uint32_t pid = (uint32_t)strtoul(entry->d_name, NULL, 10);
        if (pid == 0 || pid == (uint32_t)getpid())
            continue;
        bool open = has_end(p, pid, &readable);
        int member = open ? join(f, pid) : -1;
        if (member >= 0 && p->opened < FAMILY_MOST)
            p->open[p->opened++] = (uint32_t)member;
        else if (open || (!readable && session_of(pid) == session_of(f->member[0]->pid)))
            p->known = false;
    }
    if (d != NULL)
        closedir(d);
}

/* --- all of it --- */

static void add_wait(struct family *f, struct family_wait wait)
{
    if (f->waits == f->waits_room) {
        size_t room = f->waits_room == 0 ? 16 : f->waits_room * 2;
        struct family_wait *more = realloc(f->wait, room * sizeof *more);
        if (more == NULL)
            return;
        f->wait = more;
        f->waits_room = room;
    }
    f->wait[f->waits++] = wait;
}

static void look_at(struct family *f, unsigned member, size_t thread)
{
    const struct target *t = f->member[member];
    const struct target_thread *of = &t->thread[thread];
    uint64_t inode;
    bool for_data;
    uint32_t child = of->in_call ? awaited_child(t, of) : 0;
    if (child != 0) {
        int whose = join(f, child);
        /* Any thread of a process can end it. */
        if (whose >= 0 && f->member[whose]->threads == 1)
            add_wait(f, (struct family_wait){.member = member, .thread = thread, .child = whose});
    } else if (of->in_call && awaited_pipe(t, of, &inode, &for_data)) {
        unsigned before = f->pipes;
        int pipe = pipe_of(f, inode, for_data);
        if (pipe >= 0 && f->pipes > before)
            find_ends(f, &f->pipe[pipe]);
        if (pipe >= 0 && f->pipe[pipe].known)
            add_wait(f, (struct family_wait){.member = member, .thread = thread, .child = -1, .pipe = (unsigned)pipe});
    }
}

void family_open(struct family *f, struct target *first)
{
    *f = (struct family){.member = {first}, .members = 1};
    if (!first->runs)
        return;
    for (unsigned i = 0; i < f->members; i++)
        for (size_t j = 0; j < f->member[i]->threads; j++)
            look_at(f, i, j);
}

void family_look_again(struct family *f)
{
    for (unsigned i = 1; i < f->members; i++)
        if (!process_look_again(f->member[i]))
            for (size_t j = 0; j < f->member[i]->threads; j++)
                f->member[i]->thread[j].moved = true;
}

void family_close(struct family *f)
{
    for (unsigned i = 1; i < f->members; i++) {
        target_close(f->member[i]);
        free(f->member[i]);
    }
    free(f->wait);
    *f = (struct family){0};
}

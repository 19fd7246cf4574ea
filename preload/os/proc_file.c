#include "preload/os/proc_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

bool proc_file_read(const char *path, char *text, size_t room)
{
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    long n = syscall(SYS_read, fd, text, room - 1);
    syscall(SYS_close, fd);
    text[n > 0 ? n : 0] = 0;
    return n > 0;
}

/* --- /proc/self/maps: "start-end perms offset dev inode   path" --- */

enum field { START, END, RIGHTS, OFFSET, DEVICE, INODE, PATH };

/* A line, as far as it was read. */
struct line {
    uint64_t number[PATH];
    int field; /* that the next character belongs to */
    bool space, shared;
    char *path;
    size_t size, room; /* of the path, as much of it as there was room for */
};

static uint64_t add_digit(uint64_t number, char c)
{
    return number * 16 + (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void take_in_field(struct line *l, char c)
{
    if (l->field == PATH) {
        if (l->size < l->room)
            l->path[l->size++] = c;
    } else if (l->field == RIGHTS) {
        l->shared |= c == 's';
    } else if (l->field == INODE) {
        l->number[INODE] = l->number[INODE] * 10 + (uint64_t)(c - '0');
    } else if (c == ':') {
        l->number[DEVICE] <<= 20; /* the major number; the minor one has no more bits */
    } else {
        l->number[l->field] = add_digit(l->number[l->field], c);
    }
}

static void take(struct line *l, char c)
{
    if (l->field == START && c == '-') {
        l->field = END;
    } else if (l->field < PATH && c == ' ') {
        l->space = true;
    } else {
        l->field += l->space;
        l->space = false;
        take_in_field(l, c);
    }
}

/* Reads line by line until `stop` says so; whether it did. */
static bool read_lines(struct line *l, bool (*stop)(void *context, const struct line *l), void *context)
{
    char part[512], *path = l->path;
    size_t room = l->room;
    bool stopped = false;
    long n, fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
    while (fd >= 0 && !stopped && (n = syscall(SYS_read, fd, part, sizeof part)) > 0)
        for (long i = 0; i < n && !stopped; i++) {
            if (part[i] != '\n') {
                take(l, part[i]);
                continue;
            }
            stopped = stop(context, l);
            if (!stopped)
                *l = (struct line){.path = path, .room = room};
        }
    if (fd >= 0)
        syscall(SYS_close, fd);
    return stopped;
}

static bool is_path(const char *path)
{
    static const char deleted[] = " (deleted)";
    size_t size = strlen(path), end = sizeof deleted - 1;
    return path[0] == '/' && (size < end || strcmp(path + size - end, deleted) != 0);
}

static bool contains(void *address, const struct line *l)
{
    uint64_t at = *(const uint64_t *)address;
    return l->number[START] <= at && at < l->number[END];
}

bool proc_file_mapped(uint64_t address, char *path, size_t room)
{
    struct line l = {.path = path, .room = room};
    if (!read_lines(&l, contains, &address) || l.size >= room)
        return false;
    path[l.size] = 0;
    return is_path(path);
}

struct visit {
    void (*each)(void *context, const struct proc_mapping *m);
    void *context;
    bool any;
};

static bool show(void *visit, const struct line *l)
{
    struct visit *v = visit;
    const struct proc_mapping m = {.start = l->number[START],
                                   .end = l->number[END],
                                   .offset = l->number[OFFSET],
                                   .device = l->number[DEVICE],
                                   .inode = l->number[INODE],
                                   .shared = l->shared};
    v->any = true;
    v->each(v->context, &m);
    return false;
}

bool proc_file_mappings(void (*each)(void *context, const struct proc_mapping *m), void *context)
{
    struct line l = {.field = START};
    struct visit v = {each, context, false};
    read_lines(&l, show, &v);
    return v.any;
}

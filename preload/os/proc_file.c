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

/* A line, as far as it was read. */
struct line {
    uint64_t number[2]; /* start and end */
    int field;          /* that the next character belongs to: 0 and 1 are the numbers, 6 is the path */
    bool space;
    size_t size; /* of the path, as much of it as there was room for */
};

static uint64_t add_digit(uint64_t number, char c)
{
    return number * 16 + (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void take(struct line *l, char c, char *path, size_t room)
{
    enum { PATH = 6 };
    if (l->field == 0 && c == '-')
        l->field = 1;
    else if (l->field < PATH && c == ' ')
        l->space = true;
    else {
        l->field += l->space;
        l->space = false;
        if (l->field < 2)
            l->number[l->field] = add_digit(l->number[l->field], c);
        else if (l->field == PATH && l->size < room)
            path[l->size++] = c;
    }
}

static bool is_path(const char *path)
{
    static const char deleted[] = " (deleted)";
    size_t size = strlen(path), end = sizeof deleted - 1;
    return path[0] == '/' && (size < end || strcmp(path + size - end, deleted) != 0);
}

bool proc_file_mapped(uint64_t address, char *path, size_t room)
{
    struct line l = {.field = 0};
    char part[512];
    bool found = false;
    long n, fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
    while (fd >= 0 && !found && (n = syscall(SYS_read, fd, part, sizeof part)) > 0)
        for (long i = 0; i < n && !found; i++) {
            if (part[i] != '\n') {
                take(&l, part[i], path, room);
                continue;
            }
            found = l.number[0] <= address && address < l.number[1];
            if (!found)
                l = (struct line){.field = 0};
        }
    if (fd >= 0)
        syscall(SYS_close, fd);
    if (!found || l.size >= room)
        return false;
    path[l.size] = 0;
    return is_path(path);
}

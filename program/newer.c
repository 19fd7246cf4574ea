#include "program/newer.h"

#include "program/elf_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { VERSIONS_MAX = 256 };

/* What the dynamic section leads to, as places in the file. */
struct tables {
    uint64_t names, versions;
};

static bool find_tables(int fd, const Elf64_Ehdr *h, int64_t tag, struct tables *t)
{
    Elf64_Phdr p;
    Elf64_Dyn d;
    unsigned i = 0;
    *t = (struct tables){0};
    while (i < h->e_phnum && i < SEGMENTS_MAX && elf_segment(fd, h, i, &p) && p.p_type != PT_DYNAMIC)
        i++;
    if (i == h->e_phnum || p.p_type != PT_DYNAMIC)
        return false;
    for (uint64_t k = 0; k < p.p_filesz / sizeof d && k < ENTRIES_MAX; k++) {
        if (elf_read(fd, &d, sizeof d, p.p_offset + k * sizeof d) != sizeof d || d.d_tag == DT_NULL)
            break;
        if (d.d_tag == DT_STRTAB)
            t->names = elf_offset(fd, h, d.d_un.d_ptr);
        else if (d.d_tag == tag)
            t->versions = elf_offset(fd, h, d.d_un.d_ptr);
    }
    return t->names != 0 && t->versions != 0;
}

/* 35 of "GLIBC_2.35"; 0: it is no such name. */
static int number_of(int fd, uint64_t offset)
{
    static const char of_glibc[] = "GLIBC_2.";
    char name[16] = "";
    if (elf_read(fd, name, sizeof name - 1, offset) <= 0 || strncmp(name, of_glibc, sizeof of_glibc - 1) != 0)
        return 0;
    int number = 0;
    for (const char *c = name + sizeof of_glibc - 1; *c >= '0' && *c <= '9'; c++)
        number = number * 10 + (*c - '0');
    return number;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* The newest that the file defines. */
static int newest_defined(int fd, const struct tables *t)
{
    int newest = 0;
    uint64_t at = t->versions;
    for (unsigned i = 0; i < VERSIONS_MAX; i++) {
        Elf64_Verdef d;
        Elf64_Verdaux name;
        if (elf_read(fd, &d, sizeof d, at) != sizeof d ||
            elf_read(fd, &name, sizeof name, at + d.vd_aux) != sizeof name)
            return 0;
        newest = larger(newest, number_of(fd, t->names + name.vda_name));
        if (d.vd_next == 0)
            break;
        at += d.vd_next;
    }
    return newest;
}

static int newest_of_one(int fd, const struct tables *t, const Elf64_Verneed *from, uint64_t at)
{
    int newest = 0;
    for (unsigned i = 0; i < from->vn_cnt && i < VERSIONS_MAX; i++) {
        Elf64_Vernaux need;
        if (elf_read(fd, &need, sizeof need, at) != sizeof need)
            break;
        if ((need.vna_flags & VER_FLG_WEAK) == 0)
            newest = larger(newest, number_of(fd, t->names + need.vna_name));
        at += need.vna_next;
    }
    return newest;
}

/* The newest that it cannot be loaded without. */
static int newest_needed(int fd, const struct tables *t)
{
    int newest = 0;
    uint64_t at = t->versions;
    for (unsigned i = 0; i < VERSIONS_MAX; i++) {
        Elf64_Verneed from;
        if (elf_read(fd, &from, sizeof from, at) != sizeof from)
            return 0;
        newest = larger(newest, newest_of_one(fd, t, &from, at + from.vn_aux));
        if (from.vn_next == 0)
            break;
        at += from.vn_next;
    }
    return newest;
}

/* 0: that cannot be read. */
static int newest(const char *path, int64_t tag)
{
    Elf64_Ehdr h;
    struct tables t;
    int found = 0, fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return 0;
    if (elf_read(fd, &h, sizeof h, 0) == sizeof h && memcmp(h.e_ident, ELFMAG, SELFMAG) == 0 &&
        h.e_ident[EI_CLASS] == ELFCLASS64 && h.e_phentsize == sizeof(Elf64_Phdr) && find_tables(fd, &h, tag, &t))
        found = tag == DT_VERDEF ? newest_defined(fd, &t) : newest_needed(fd, &t);
    syscall(SYS_close, fd);
    return found;
}

/* The number of a descriptor, in decimal, behind `to`. */
static void add_number(char *to, unsigned n)
{
    char digits[12], *first = digits + sizeof digits - 1;
    for (*first = 0; n > 0 || *first == 0; n /= 10)
        *--first = (char)('0' + n % 10);
    memcpy(to + strlen(to), first, strlen(first) + 1);
}

static bool find_libc(const char *loader, char *path, size_t room)
{
    static const char name[] = "libc.so.6";
    char link[40] = "/proc/self/fd/";
    int fd = (int)syscall(SYS_openat, AT_FDCWD, loader, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return false;
    add_number(link, (unsigned)fd);
    long n = syscall(SYS_readlinkat, AT_FDCWD, link, path, room - 1);
    syscall(SYS_close, fd);
    path[n > 0 ? n : 0] = 0;
    char *slash = strrchr(path, '/');
    if (slash == NULL || (size_t)(slash - path) + 1 + sizeof name > room)
        return false;
    memcpy(slash + 1, name, sizeof name);
    return true;
}

bool newer_than_libc(const char *library, const char *loader)
{
    char libc[256];
    if (!find_libc(loader, libc, sizeof libc))
        return false;
    int has = newest(libc, DT_VERDEF);
    return has > 0 && newest(library, DT_VERNEED) > has;
}

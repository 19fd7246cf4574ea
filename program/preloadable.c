#include "program/preloadable.h"

#include "arch/arch.h"
#include "program/elf_file.h"
#include "program/newer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/* --- the environment --- */

/* The kernel copies a signal set before it looks at what is to be done with it, and nothing has the number -1. */
static bool is_readable(const char *at)
{
    const char *word = at - (uintptr_t)at % 8;
    return syscall(SYS_rt_sigprocmask, -1, word, NULL, 8) != 0 && errno == EINVAL;
}

enum { PAGE = 4096 };

/* Somebody's memory, read byte by byte. */
struct memory {
    const char *page; /* the last one that was asked for */
    bool bad;
};

static char byte_at(struct memory *m, const char *at)
{
    const char *page = at - (uintptr_t)at % PAGE;
    if (!m->bad && page != m->page) {
        m->bad = !is_readable(at);
        m->page = page;
    }
    if (m->bad)
        return 0;
    return *at;
}

static bool begins(struct memory *m, const char *at, const char *word)
{
    while (*word != 0 && byte_at(m, at) == *word)
        at++, word++;
    return *word == 0;
}

static const char *entry_at(struct memory *m, char *const *at)
{
    const char *raw = (const char *)at;
    byte_at(m, raw);
    byte_at(m, raw + sizeof *at - 1);
    return m->bad ? NULL : *at;
}

/* Whether a variable, given as "NAME=", has this word in its value; also if that cannot be known. */
static bool mentions(char *const *environment, const char *variable, const char *word)
{
    struct memory entries = {0}, texts = {0};
    const char *text;
    if (environment == NULL)
        return false;
    for (; (text = entry_at(&entries, environment)) != NULL && !texts.bad; environment++) {
        if (!begins(&texts, text, variable))
            continue;
        for (text += strlen(variable); byte_at(&texts, text) != 0; text++)
            if (begins(&texts, text, word))
                return true;
    }
    return entries.bad || texts.bad;
}

/* The path by which LD_PRELOAD names our library. False: it names none, or by no path, or there is no room. */
static bool library_path(char *const *environment, char *path, size_t room)
{
    struct memory entries = {0}, texts = {0};
    const char *text, *word;
    size_t size = 0;
    if (environment == NULL)
        return false;
    while ((text = entry_at(&entries, environment)) != NULL && !begins(&texts, text, "LD_PRELOAD="))
        environment++;
    if (text == NULL)
        return false;
    for (word = text += strlen("LD_PRELOAD="); !texts.bad; text++) {
        const char c = byte_at(&texts, text);
        if (c != 0 && strchr(": \t\n", c) == NULL) {
            size++;
            continue;
        }
        if (size > 0 && size < room && *word == '/') {
            memcpy(path, word, size);
            path[size] = 0;
            if (strstr(path, "/" PRELOADABLE_OWN) != NULL)
                return true;
        }
        if (c == 0)
            break;
        word = text + 1;
        size = 0;
    }
    return false;
}

static const char *environment_objection(char *const *environment)
{
    if (!mentions(environment, "LD_PRELOAD=", "liblockwatch"))
        return "LD_PRELOAD was taken out of its environment";
    if (!mentions(environment, "LOCKWATCH_OPTIONS=", "unwatched="))
        return "LOCKWATCH_OPTIONS was taken out of its environment";
    return NULL;
}

/* --- the file --- */

/* What opening does to a device or a pipe is not ours to do. */
static int open_regular(const char *path, struct stat *st)
{
    if (fstatat(AT_FDCWD, path, st, 0) != 0 || !S_ISREG(st->st_mode))
        return -1;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd >= 0 && fstat(fd, st) == 0 && S_ISREG(st->st_mode))
        return fd;
    if (fd >= 0)
        syscall(SYS_close, fd);
    return -1;
}

/*
 * Whether the program will have rights which its caller has not (AT_SECURE):
 * security/commoncap.c of Linux. Then it ignores LD_PRELOAD.
 */
static const char *rights_objection(int fd, const struct stat *st)
{
    uid_t real_user = getuid(), user = geteuid();
    gid_t real_group = getgid(), group = getegid();
    struct statfs fs;
    bool bits = fstatfs(fd, &fs) != 0 || (fs.f_flags & ST_NOSUID) == 0;
    bool capable = bits && real_user != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0;
    if (bits && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) {
        if ((st->st_mode & S_ISUID) != 0)
            user = st->st_uid;
        if ((st->st_mode & S_ISGID) != 0 && (st->st_mode & S_IXGRP) != 0)
            group = st->st_gid;
    }
    if (user != real_user)
        return "set-uid";
    if (group != real_group)
        return "set-gid";
    return capable ? "it has file capabilities" : NULL;
}

/* What an ELF file says of how it is loaded. */
struct loading {
    char loader[LOADER_ROOM]; /* its name, or the end of that; "": none */
    bool is_whole;
    bool is_library;  /* it has a name as one, as the loader itself does */
    bool has_asan;    /* it needs the shared runtime of AddressSanitizer */
    Elf64_Phdr table; /* PT_DYNAMIC, or zero */
};

static bool names_asan(int fd, uint64_t offset)
{
    char name[48];
    ssize_t n = elf_read(fd, name, sizeof name - 1, offset);
    name[n > 0 ? n : 0] = 0;
    return strncmp(name, "libasan.so", 10) == 0 || strncmp(name, "libclang_rt.asan", 16) == 0;
}

static void read_table(int fd, const Elf64_Ehdr *h, struct loading *l)
{
    Elf64_Dyn d;
    uint64_t names = 0, entries = l->table.p_filesz / sizeof d;
    for (unsigned pass = 0; pass < 2; pass++)
        for (uint64_t i = 0; i < entries && i < ENTRIES_MAX; i++) {
            if (elf_read(fd, &d, sizeof d, l->table.p_offset + i * sizeof d) != sizeof d || d.d_tag == DT_NULL)
                break;
            if (pass == 0 && d.d_tag == DT_STRTAB)
                names = elf_offset(fd, h, d.d_un.d_ptr);
            else if (pass == 0 && d.d_tag == DT_SONAME)
                l->is_library = true;
            else if (pass == 1 && d.d_tag == DT_NEEDED && names != 0 && names_asan(fd, names + d.d_un.d_val))
                l->has_asan = true;
        }
}

/* False: it cannot be read whole. */
static bool read_loading(int fd, const Elf64_Ehdr *h, struct loading *l)
{
    Elf64_Phdr p;
    uint64_t skip;
    *l = (struct loading){0};
    if (h->e_phentsize != sizeof p || h->e_phnum > SEGMENTS_MAX)
        return false;
    for (unsigned i = 0; i < h->e_phnum; i++) {
        if (!elf_segment(fd, h, i, &p))
            return false;
        if (p.p_type == PT_DYNAMIC)
            l->table = p;
        if (p.p_type != PT_INTERP)
            continue;
        skip = p.p_filesz > sizeof l->loader ? p.p_filesz - sizeof l->loader : 0;
        l->is_whole = skip == 0;
        if (elf_read(fd, l->loader, p.p_filesz - skip, p.p_offset + skip) <= 0)
            return false;
        l->loader[sizeof l->loader - 1] = 0;
    }
    read_table(fd, h, l);
    return true;
}

/* The runtime looks whether it is the first of all libraries, and ends the program if not. */
static bool asan_refuses(char *const *environment)
{
    return !mentions(environment, "LD_PRELOAD=", "asan") &&
           !mentions(environment, "ASAN_OPTIONS=", "verify_asan_link_order=0") &&
           !mentions(environment, "ASAN_OPTIONS=", "verify_asan_link_order=false");
}

#ifdef __GLIBC__
enum { IS_GLIBC = true };
const char preloadable_other_libc[] = "linked with musl";
#else
enum { IS_GLIBC = false };
const char preloadable_other_libc[] = "linked with glibc";
#endif

const char preloadable_older_libc[] = "liblockwatch.so was built for a newer C library than its own";
char preloadable_loaded_by[LOADER_ROOM];

/* A loader that has loaded the library can do so again. */
static bool has_older_libc(const struct loading *l, char *const *environment)
{
    char path[256];
    return IS_GLIBC && l->is_whole && l->loader[0] == '/' && strcmp(l->loader, preloadable_loaded_by) != 0 &&
           library_path(environment, path, sizeof path) && newer_than_libc(path, l->loader);
}

static const char *elf_objection(int fd, const struct stat *st, const Elf64_Ehdr *h, char *const *environment)
{
    struct loading l;
    const char *why = rights_objection(fd, st);
    if (h->e_ident[EI_CLASS] != ELFCLASS64)
        return "32-bit";
    if (h->e_machine != ARCH_ELF_MACHINE)
        return "for another processor";
    if (!read_loading(fd, h, &l))
        return NULL;
    if (l.loader[0] == 0)
        return l.is_library ? environment_objection(environment) : "statically linked";
    if (why != NULL)
        return why;
    if ((strstr(l.loader, "/ld-musl-") != NULL) == IS_GLIBC)
        return preloadable_other_libc;
    if (l.has_asan && asan_refuses(environment))
        return "AddressSanitizer's runtime refuses to start behind another library; link it with -static-libasan";
    why = environment_objection(environment);
    return why == NULL && has_older_libc(&l, environment) ? preloadable_older_libc : why;
}

/* --- scripts --- */

enum { HEAD = 256 }; /* BINPRM_BUF_SIZE: how much of a file the kernel looks at */

union head {
    Elf64_Ehdr elf;
    char text[HEAD];
};

/* The interpreter that a script's first line names; NULL: it is no such script. */
static const char *interpreter(union head *head)
{
    if (strncmp(head->text, "#!", 2) != 0)
        return NULL;
    char *name = head->text + 2 + strspn(head->text + 2, " \t");
    name[strcspn(name, " \t\n")] = 0;
    return name;
}

const char *preloadable_objection(const char *path, char *const *environment)
{
    enum { LEVELS = 5 }; /* fs/exec.c, exec_binprm */
    union head head;
    struct stat st;
    for (unsigned level = 0; level <= LEVELS && path != NULL; level++) {
        int fd = open_regular(path, &st);
        if (fd < 0)
            return NULL;
        memset(&head, 0, sizeof head); /* path, which may be in it, is done with */
        ssize_t n = elf_read(fd, &head, sizeof head - 1, 0);
        bool elf = n >= (ssize_t)sizeof head.elf && memcmp(head.text, ELFMAG, SELFMAG) == 0;
        const char *why = elf ? elf_objection(fd, &st, &head.elf, environment) : NULL;
        syscall(SYS_close, fd);
        if (elf)
            return why;
        path = interpreter(&head);
    }
    return NULL;
}

/* --- PATH --- */

bool preloadable_find(const char *name, char *path, size_t room)
{
    const char *places = getenv("PATH");
    size_t length = strlen(name);
    for (places = places == NULL ? "/bin:/usr/bin" : places; length > 0;) {
        size_t size = strcspn(places, ":");
        if (size + length + 2 <= room) {
            memcpy(path, places, size);
            path[size] = '/';
            memcpy(path + size + (size > 0), name, length + 1);
            struct stat st;
            if (fstatat(AT_FDCWD, path, &st, 0) == 0 && S_ISREG(st.st_mode) &&
                syscall(SYS_faccessat, AT_FDCWD, path, X_OK) == 0)
                return true;
        }
        if (places[size] == 0)
            return false;
        places += size + 1;
    }
    return false;
}

#include "analyzer/program.h"

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* As execvp looks for it. */
static int open_program(const char *name)
{
    char file[4096];
    const char *path = getenv("PATH");
    if (strchr(name, '/') != NULL)
        return open(name, O_RDONLY | O_CLOEXEC);
    for (path = path == NULL ? "/bin:/usr/bin" : path; *path != 0;) {
        size_t size = strcspn(path, ":");
        snprintf(file, sizeof file, "%.*s/%s", size == 0 ? 1 : (int)size, size == 0 ? "." : path, name);
        if (access(file, X_OK) == 0)
            return open(file, O_RDONLY | O_CLOEXEC);
        path += size + (path[size] == ':');
    }
    return -1;
}

static bool is_secure(int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return false;
    return ((st.st_mode & S_ISUID) != 0 && st.st_uid != geteuid()) ||
           ((st.st_mode & S_ISGID) != 0 && st.st_gid != getegid()) ||
           (geteuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0);
}

/* Whether it names an interpreter, the dynamic loader. */
static bool has_loader(int fd, const Elf64_Ehdr *h)
{
    Elf64_Phdr p;
    for (unsigned i = 0; i < h->e_phnum; i++)
        if (pread(fd, &p, sizeof p, (off_t)(h->e_phoff + (uint64_t)i * h->e_phentsize)) != sizeof p ||
            p.p_type == PT_INTERP)
            return true;
    return false;
}

static const char *unwatched(int fd)
{
    Elf64_Ehdr h;
    ssize_t n = pread(fd, &h, sizeof h, 0);
    if (is_secure(fd))
        return "is a set-uid program, or the like";
    if (n < EI_NIDENT || memcmp(h.e_ident, ELFMAG, SELFMAG) != 0)
        return NULL;
    if (h.e_ident[EI_CLASS] != ELFCLASS64)
        return "is no 64-bit program";
    return n < (ssize_t)sizeof h || has_loader(fd, &h) ? NULL : "is statically linked";
}

const char *program_unwatched(const char *name)
{
    int fd = open_program(name);
    const char *why = fd < 0 ? NULL : unwatched(fd);
    if (fd >= 0)
        close(fd);
    return why;
}

#include "analyzer/attach/core_file.h"

#include "analyzer/attach/registers.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/procfs.h>
#include <sys/stat.h>
#include <unistd.h>

struct segment {
    uint64_t address, size, offset;
};

/* A file whose memory is not in the core. */
struct backing {
    char *path;
    int fd; /* -1: it cannot be read */
};

struct core_file {
    const char *bytes;
    size_t size;
    struct segment *segment; /* by address, those with something in the file */
    size_t segments;
    struct backing *backing; /* of mapping i */
};

static bool fail(struct target *t, const char *words)
{
    snprintf(t->error, sizeof t->error, "%s", words);
    return false;
}

static const void *at(const struct core_file *c, uint64_t offset, uint64_t size)
{
    return offset > c->size || size > c->size - offset ? NULL : c->bytes + offset;
}

/* --- notes --- */

static void read_threads(struct target *t, const char *note, size_t size)
{
    struct elf_prstatus status;
    struct target_thread *to = size < sizeof status ? NULL : target_add_thread(t);
    if (to == NULL)
        return;
    memcpy(&status, note, sizeof status);
    struct user_regs_struct registers;
    memcpy(&registers, &status.pr_reg, sizeof registers);
    to->tid = to->kernel = (uint32_t)status.pr_pid;
    if (t->threads == 1) /* the kernel begins with the thread that the signal hit */
        t->signal = status.pr_cursig;
    registers_keep(to, &registers);
}

static void read_program(struct target *t, const char *note, size_t size)
{
    struct elf_prpsinfo info;
    if (size < sizeof info || t->arguments != NULL)
        return;
    memcpy(&info, note, sizeof info);
    t->pid = (uint32_t)info.pr_pid;
    t->uid = (uint32_t)info.pr_uid;
    t->arguments_size = strnlen(info.pr_psargs, sizeof info.pr_psargs) + 1;
    t->arguments = calloc(1, t->arguments_size);
    if (t->arguments == NULL)
        return;
    memcpy(t->arguments, info.pr_psargs, t->arguments_size - 1);
    for (size_t end = t->arguments_size - 1; end > 0 && t->arguments[end - 1] == ' '; end--)
        t->arguments[end - 1] = 0, t->arguments_size = end;
    for (size_t i = 0; i + 1 < t->arguments_size; i++)
        if (t->arguments[i] == ' ')
            t->arguments[i] = 0;
}

/* NT_FILE: count, page size, {start, end, offset in pages} each, then the paths. */
static void read_files(struct target *t, const char *note, size_t size)
{
    uint64_t count, page;
    if (size < 16)
        return;
    memcpy(&count, note, 8);
    memcpy(&page, note + 8, 8);
    if (count > (size - 16) / 24)
        return;
    const char *path = note + 16 + count * 24, *end = note + size;
    for (uint64_t i = 0; i < count && path < end; i++) {
        uint64_t triple[3];
        memcpy(triple, note + 16 + i * 24, sizeof triple);
        size_t length = strnlen(path, (size_t)(end - path));
        if (path + length >= end)
            return;
        struct target_mapping *m = target_add_mapping(t);
        if (m == NULL)
            return;
        *m = (struct target_mapping){
            .start = triple[0], .end = triple[1], .offset = triple[2] * page, .path = strdup(path)};
        if (m->path == NULL || m->start >= m->end)
            t->mappings--, free((char *)m->path);
        path += length + 1;
    }
}

static void read_notes(struct target *t, const char *notes, size_t size)
{
    for (size_t from = 0; size - from >= sizeof(Elf64_Nhdr);) {
        Elf64_Nhdr head;
        memcpy(&head, notes + from, sizeof head);
        from += sizeof head;
        size_t name = ((size_t)head.n_namesz + 3) / 4 * 4, body = ((size_t)head.n_descsz + 3) / 4 * 4;
        if (name > size - from || body > size - from - name)
            return;
        const char *note = notes + from + name;
        if (name >= 5 && memcmp(notes + from, "CORE", 5) == 0) {
            if (head.n_type == NT_PRSTATUS)
                read_threads(t, note, head.n_descsz);
            else if (head.n_type == NT_PRPSINFO)
                read_program(t, note, head.n_descsz);
            else if (head.n_type == NT_FILE)
                read_files(t, note, head.n_descsz);
        }
        from += name + body;
    }
}

/* --- segments --- */

static int by_address(const void *a, const void *b)
{
    const struct segment *x = a, *y = b;
    return x->address < y->address ? -1 : x->address > y->address;
}

static int by_start(const void *a, const void *b)
{
    const struct target_mapping *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* What no file is mapped in has no note: it is known by its segment. */
static void add_nameless(struct target *t, const Elf64_Phdr *p)
{
    for (size_t i = 0; i < t->mappings; i++)
        if (t->mapping[i].start <= p->p_vaddr && p->p_vaddr < t->mapping[i].end)
            return;
    struct target_mapping *m = target_add_mapping(t);
    if (m == NULL)
        return;
    *m = (struct target_mapping){.start = p->p_vaddr,
                                 .end = p->p_vaddr + p->p_memsz,
                                 .executable = (p->p_flags & PF_X) != 0,
                                 .path = strdup("")};
    if (m->path == NULL || m->start >= m->end)
        t->mappings--, free((char *)m->path);
}

static void set_executable(struct target *t, const Elf64_Phdr *p)
{
    for (size_t i = 0; i < t->mappings && (p->p_flags & PF_X) != 0; i++)
        if (t->mapping[i].start >= p->p_vaddr && t->mapping[i].end <= p->p_vaddr + p->p_memsz)
            t->mapping[i].executable = true;
}

static bool read_headers(struct target *t, const Elf64_Ehdr *head)
{
    struct core_file *c = t->core;
    uint64_t missing = 0;
    uint32_t count = head->e_phnum;
    if (count == PN_XNUM) { /* the number is in the first section header */
        const Elf64_Shdr *first = at(c, head->e_shoff, sizeof *first);
        count = first == NULL ? 0 : first->sh_info;
    }
    const char *headers =
        head->e_phentsize != sizeof(Elf64_Phdr) ? NULL : at(c, head->e_phoff, (uint64_t)count * sizeof(Elf64_Phdr));
    c->segment = calloc(count + 1, sizeof *c->segment);
    if (headers == NULL || c->segment == NULL)
        return fail(t, "it ends before its program headers: a truncated core, let the program leave a whole one");
    for (int pass = 0; pass < 3; pass++)
        for (uint32_t i = 0; i < count; i++) {
            Elf64_Phdr p;
            memcpy(&p, headers + (size_t)i * sizeof p, sizeof p);
            const char *body = at(c, p.p_offset, p.p_filesz);
            if (pass == 0 && p.p_filesz != 0 && body == NULL && p.p_offset + p.p_filesz > missing)
                missing = p.p_offset + p.p_filesz;
            if (pass == 0 && p.p_type == PT_NOTE && body != NULL)
                read_notes(t, body, p.p_filesz);
            if (pass == 0 && p.p_type == PT_LOAD && body != NULL && p.p_filesz != 0)
                c->segment[c->segments++] = (struct segment){p.p_vaddr, p.p_filesz, p.p_offset};
            if (pass == 1 && p.p_type == PT_LOAD)
                set_executable(t, &p);
            if (pass == 2 && p.p_type == PT_LOAD && p.p_memsz != 0)
                add_nameless(t, &p);
            if (pass == 1 && i == 0 && t->mappings > 1)
                qsort(t->mapping, t->mappings, sizeof *t->mapping, by_start);
        }
    if (missing != 0) {
        snprintf(t->error, sizeof t->error,
                 "it is truncated: %zu of %llu bytes are there; raise the limit (ulimit -c unlimited, or "
                 "ProcessSizeMax= and ExternalSizeMax= of coredump.conf) and let the program leave a whole one",
                 c->size, (unsigned long long)missing);
        return false;
    }
    return true;
}

/* --- memory --- */

static bool read_backing(struct target *t, const struct target_mapping *m, uint64_t address, void *to, size_t size)
{
    struct backing *b = &t->core->backing[m - t->mapping];
    struct stat st;
    if (b->fd == -2) {
        b->fd = m->path[0] == '/' ? open(m->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
        if (b->fd >= 0 && (fstat(b->fd, &st) != 0 || !S_ISREG(st.st_mode))) {
            close(b->fd);
            b->fd = -1;
        }
    }
    if (b->fd < 0)
        return false;
    memset(to, 0, size);
    return pread(b->fd, to, size, (off_t)(address - m->start + m->offset)) > 0;
}

static bool read_memory(struct target *t, uint64_t address, void *to, size_t size)
{
    const struct core_file *c = t->core;
    for (size_t i = 0; i < c->segments; i++) {
        const struct segment *s = &c->segment[i];
        if (address >= s->address && address - s->address < s->size) {
            size_t there = s->size - (address - s->address) < size ? (size_t)(s->size - (address - s->address)) : size;
            memset(to, 0, size);
            memcpy(to, c->bytes + s->offset + (address - s->address), there);
            return true;
        }
    }
    const struct target_mapping *m = target_mapping(t, address);
    return m != NULL && c->backing != NULL && read_backing(t, m, address, to, size);
}

static void close_core(struct target *t)
{
    struct core_file *c = t->core;
    if (c == NULL)
        return;
    for (size_t i = 0; c->backing != NULL && i < t->mappings; i++)
        if (c->backing[i].fd >= 0)
            close(c->backing[i].fd);
    if (c->bytes != NULL)
        munmap((void *)c->bytes, c->size);
    free(c->backing);
    free(c->segment);
    free(c);
    t->core = NULL;
}

/* --- opening --- */

static bool check_kind(struct target *t, Elf64_Ehdr *head)
{
    static const char *const packed[] = {"\x28\xb5\x2f\xfd", "\x04\x22\x4d\x18", "\xfd\x37zXZ", "\x1f\x8b"};
    const struct core_file *c = t->core;
    for (size_t i = 0; i < sizeof packed / sizeof *packed; i++)
        if (c->size > 6 && memcmp(c->bytes, packed[i], strlen(packed[i])) == 0)
            return fail(t, "it is compressed; unpack it first (coredumpctl dump --output=FILE writes a whole core)");
    if (c->size < sizeof *head)
        return fail(t, "it is no core file: it is too short");
    memcpy(head, c->bytes, sizeof *head);
    if (memcmp(head->e_ident, ELFMAG, SELFMAG) != 0)
        return fail(t, "it is no core file: it is no ELF file");
    if (head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_machine != ARCH_ELF_MACHINE)
        return fail(t, "it is of another architecture; this lockwatch reads cores of " ARCH_NAME);
    if (head->e_type != ET_CORE)
        return fail(t, "it is no core file: it is a program or a library");
    return true;
}

/* The mapping of its first byte tells which file the program is: the one whose first page is an ELF header and that is
 * no library's, which is the lowest that NT_FILE names in a program of a fixed place, and named by its arguments. */
static void find_program(struct target *t, const char *given)
{
    const char *called = t->arguments == NULL ? "" : t->arguments, *found = NULL;
    const char *base = strrchr(called, '/') == NULL ? called : strrchr(called, '/') + 1;
    for (size_t i = 0; i < t->mappings && base[0] != 0; i++) {
        const char *path = t->mapping[i].path, *slash = strrchr(path, '/');
        if (slash != NULL && strcmp(slash + 1, base) == 0) {
            found = path;
            break;
        }
    }
    for (size_t i = 0; i < t->mappings && found == NULL; i++)
        if (t->mapping[i].path[0] == '/' && strstr(t->mapping[i].path, ".so") == NULL)
            found = t->mapping[i].path;
    t->executable = found == NULL ? NULL : strdup(found);
    if (given == NULL || t->executable == NULL)
        return;
    for (size_t i = 0; i < t->mappings; i++) {
        struct target_mapping *m = &t->mapping[i];
        char *path = strcmp(m->path, t->executable) != 0 ? NULL : realpath(given, NULL);
        if (path == NULL)
            continue;
        free((char *)m->path);
        m->path = path;
    }
    char *path = realpath(given, NULL);
    if (path != NULL) {
        free(t->executable);
        t->executable = path;
    }
}

static bool map_file(struct target *t, const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fail(t, strerror(errno));
    bool good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    void *bytes = good && st.st_size > 0 ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    close(fd);
    if (!good)
        return fail(t, "it is no core file: it is no regular file");
    if (bytes == MAP_FAILED)
        return fail(t, st.st_size == 0 ? "it is no core file: it is empty" : strerror(errno));
    t->core->bytes = bytes;
    t->core->size = (size_t)st.st_size;
    return true;
}

bool core_file_open(struct target *t, const char *path, const char *executable)
{
    Elf64_Ehdr head;
    memset(t, 0, sizeof *t);
    t->core = calloc(1, sizeof *t->core);
    t->read = read_memory;
    t->close_core = close_core;
    if (t->core == NULL)
        return fail(t, "no memory");
    if (!map_file(t, path) || !check_kind(t, &head) || !read_headers(t, &head))
        return false;
    if (t->threads == 0)
        return fail(t, "it has no threads (NT_PRSTATUS): it is none of Linux, or damaged");
    if (executable != NULL && access(executable, R_OK) != 0) {
        snprintf(t->error, sizeof t->error, "its program %.200s cannot be read: %s", executable, strerror(errno));
        return false;
    }
    struct core_file *c = t->core;
    if (c->segments > 1)
        qsort(c->segment, c->segments, sizeof *c->segment, by_address);
    if (t->mappings > 1)
        qsort(t->mapping, t->mappings, sizeof *t->mapping, by_start);
    find_program(t, executable);
    c->backing = calloc(t->mappings + 1, sizeof *c->backing);
    for (size_t i = 0; c->backing != NULL && i < t->mappings; i++)
        c->backing[i].fd = -2;
    return c->backing != NULL || fail(t, "no memory");
}

bool core_file_has_program(struct target *t)
{
    if (t->executable == NULL || access(t->executable, R_OK) == 0)
        return true;
    snprintf(t->error, sizeof t->error, "its program %.200s is not here; give it as a second argument", t->executable);
    return false;
}

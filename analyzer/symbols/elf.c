#include "analyzer/symbols/elf.h"

#include "analyzer/symbols/elsewhere.h"
#include "record/path.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

struct elf_name {
    GElf_Addr value;
    bool shared; /* by several symbols of different values */
    UT_hash_handle hh;
    char text[];
};

void elf_describe(struct elf_module *m, const struct record *r, const struct module *recorded)
{
    m->name = path_base(record_text(r, recorded->path));
    size_t size = recorded->build_id_size;
    if (size > sizeof recorded->build_id)
        size = 0;
    for (size_t i = 0; i < size; i++)
        snprintf(m->build_id + 2 * i, 3, "%02x", recorded->build_id[i]);
}

/* Only a regular file is read: a record may name anything. */
static int open_regular(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool same_build(Dwfl_Module *module, const struct module *recorded)
{
    const unsigned char *bits;
    GElf_Addr at;
    int size = dwfl_module_build_id(module, &bits, &at);
    if (size <= 0 || recorded->build_id_size == 0 || recorded->build_id_size > sizeof recorded->build_id)
        return true; /* one of them has none: nothing to compare */
    return (size_t)size >= recorded->build_id_size && memcmp(bits, recorded->build_id, recorded->build_id_size) == 0;
}

static const char *try_open(struct elf_module *m, const char *path, const struct module *recorded)
{
    static Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_build_id_find_elf, /* not called: the file is given */
        .find_debuginfo = dwfl_standard_find_debuginfo,
        .section_address = dwfl_offline_section_address,
    };
    GElf_Addr bias;
    int fd = open_regular(path);
    if (fd < 0)
        return "its file cannot be read";
    callbacks.debuginfo_path = elsewhere_debug_path();
    m->dwfl = dwfl_begin(&callbacks);
    if (m->dwfl == NULL) {
        close(fd);
        return "no memory";
    }
    Dwfl_Module *module = dwfl_report_offline(m->dwfl, m->name, path, fd);
    if (module == NULL) {
        close(fd);
        return "its file is no ELF file";
    }
    dwfl_report_end(m->dwfl, NULL, NULL);
    if (!same_build(module, recorded))
        return "its file is not the one that ran (the build-id differs)";
    if (dwfl_module_getelf(module, &bias) == NULL)
        return "its file cannot be read";
    m->shift = bias - recorded->bias;
    m->dwfl_module = module;
    return NULL;
}

bool elf_open(struct elf_module *m, const struct record *r, const struct module *recorded)
{
    if (m->tried)
        return m->dwfl_module != NULL;
    m->tried = true;
    const char *there = record_text(r, recorded->path);
    char *path = there[0] == '/' ? elsewhere_path(there) : NULL;
    m->problem = path == NULL ? "its file cannot be read" : try_open(m, path, recorded);
    free(path);
    return m->dwfl_module != NULL;
}

void elf_close(struct elf_module *m)
{
    struct elf_name *n = m->symbols, *next;
    HASH_CLEAR(hh, m->symbols);
    for (; n != NULL; n = next) {
        next = n->hh.next;
        free(n);
    }
    if (m->dwfl != NULL)
        dwfl_end(m->dwfl);
    m->dwfl = NULL;
    m->dwfl_module = NULL;
}

const char *elf_symbol(struct elf_module *m, uint64_t address, bool data, uint64_t *offset)
{
    GElf_Off within;
    GElf_Sym symbol;
    const char *name = dwfl_module_addrinfo(m->dwfl_module, address + m->shift, &within, &symbol, NULL, NULL, NULL);
    if (name == NULL || name[0] == 0)
        return NULL;
    int type = GELF_ST_TYPE(symbol.st_info);
    if (data && type != STT_OBJECT && type != STT_COMMON)
        return NULL;
    if (symbol.st_size != 0 ? within >= symbol.st_size : data)
        return NULL; /* just the nearest one */
    *offset = within;
    return name;
}

static void add_name(struct elf_module *m, const char *name, GElf_Addr value)
{
    struct elf_name *n;
    size_t size = strlen(name);
    HASH_FIND(hh, m->symbols, name, size, n);
    if (n != NULL) {
        n->shared |= n->value != value;
        return;
    }
    n = calloc(1, sizeof *n + size + 1);
    if (n == NULL)
        return;
    memcpy(n->text, name, size + 1);
    n->value = value;
    HASH_ADD_KEYPTR(hh, m->symbols, n->text, size, n);
}

static void read_names(struct elf_module *m)
{
    int count = dwfl_module_getsymtab(m->dwfl_module);
    for (int i = 1; i < count; i++) {
        GElf_Sym symbol;
        GElf_Addr value;
        const char *name = dwfl_module_getsym_info(m->dwfl_module, i, &symbol, &value, NULL, NULL, NULL);
        int type = name == NULL ? STT_NOTYPE : GELF_ST_TYPE(symbol.st_info);
        if (name != NULL && name[0] != 0 && type != STT_FILE && type != STT_SECTION && symbol.st_shndx != SHN_UNDEF)
            add_name(m, name, value);
    }
}

bool elf_unique(struct elf_module *m, const char *symbol)
{
    struct elf_name *n;
    if (m->symbols == NULL)
        read_names(m);
    HASH_FIND(hh, m->symbols, symbol, strlen(symbol), n);
    return n != NULL && !n->shared;
}

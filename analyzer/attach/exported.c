#include "analyzer/attach/exported.h"

#include <elf.h>
#include <string.h>

struct tables {
    uint64_t symbols, names, hash;
};

/* glibc has made these absolute, but for those of the vDSO. */
static uint64_t placed(const struct attached_module *m, uint64_t address)
{
    return address < m->bias ? address + m->bias : address;
}

static bool find_tables(struct target *t, const struct attached_module *m, uint64_t at, uint64_t size,
                        struct tables *to)
{
    enum { ENTRIES_MOST = 256 };
    Elf64_Dyn d;
    for (uint64_t i = 0; i < ENTRIES_MOST && i < size / sizeof d; i++) {
        if (!target_read(t, at + i * sizeof d, &d, sizeof d) || d.d_tag == DT_NULL)
            break;
        if (d.d_tag == DT_SYMTAB)
            to->symbols = placed(m, d.d_un.d_ptr);
        else if (d.d_tag == DT_STRTAB)
            to->names = placed(m, d.d_un.d_ptr);
        else if (d.d_tag == DT_GNU_HASH)
            to->hash = placed(m, d.d_un.d_ptr);
    }
    return to->symbols != 0 && to->names != 0 && to->hash != 0;
}

static bool read_dynamic(struct target *t, const struct attached_module *m, struct tables *to)
{
    enum { HEADERS_MOST = 64 };
    Elf64_Ehdr head;
    Elf64_Phdr p;
    if (!target_read(t, m->start, &head, sizeof head) || head.e_phnum > HEADERS_MOST)
        return false;
    for (unsigned i = 0; i < head.e_phnum; i++)
        if (target_read(t, m->start + head.e_phoff + i * sizeof p, &p, sizeof p) && p.p_type == PT_DYNAMIC)
            return find_tables(t, m, m->bias + p.p_vaddr, p.p_memsz, to);
    return false;
}

static bool is_named(struct target *t, uint64_t at, const char *name)
{
    char there[64];
    size_t size = strlen(name) + 1;
    return size <= sizeof there && target_read(t, at, there, size) && memcmp(there, name, size) == 0;
}

static uint32_t hash_of(const char *name)
{
    uint32_t h = 5381;
    for (const char *c = name; *c != 0; c++)
        h = h * 33 + (unsigned char)*c;
    return h;
}

enum { BUCKETS, FIRST, BLOOM }; /* of the header of DT_GNU_HASH */

uint64_t exported(struct target *t, const struct attached_module *m, const char *name)
{
    enum { CHAIN_MOST = 1000 };
    struct tables s = {0};
    uint32_t head[4], hash = hash_of(name), symbol, word = 0;
    if (!read_dynamic(t, m, &s) || !target_read(t, s.hash, head, sizeof head) || head[BUCKETS] == 0)
        return 0;
    uint64_t buckets = s.hash + sizeof head + (uint64_t)head[BLOOM] * 8, chains = buckets + (uint64_t)head[BUCKETS] * 4;
    if (!target_read(t, buckets + hash % head[BUCKETS] * 4ull, &symbol, sizeof symbol) || symbol < head[FIRST])
        return 0;
    for (unsigned i = 0; i < CHAIN_MOST && (word & 1) == 0; i++, symbol++) {
        Elf64_Sym found;
        if (!target_read(t, chains + (uint64_t)(symbol - head[FIRST]) * 4, &word, sizeof word))
            return 0;
        if ((word | 1) == (hash | 1) &&
            target_read(t, s.symbols + (uint64_t)symbol * sizeof found, &found, sizeof found) &&
            found.st_shndx != SHN_UNDEF && is_named(t, s.names + found.st_name, name))
            return m->bias + found.st_value;
    }
    return 0;
}

bool imported(struct target *t, const struct attached_module *m, const char *name)
{
    enum { IMPORTS_MOST = 100000 };
    struct tables s = {0};
    uint32_t head[4];
    Elf64_Sym found;
    if (!read_dynamic(t, m, &s) || !target_read(t, s.hash, head, sizeof head) || head[FIRST] > IMPORTS_MOST)
        return false;
    for (uint32_t i = 1; i < head[FIRST]; i++)
        if (target_read(t, s.symbols + (uint64_t)i * sizeof found, &found, sizeof found) &&
            found.st_shndx == SHN_UNDEF && is_named(t, s.names + found.st_name, name))
            return true;
    return false;
}

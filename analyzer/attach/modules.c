#include "analyzer/attach/modules.h"

#include <elf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void read_build_id(struct target *t, struct attached_module *m, uint64_t from, uint64_t size)
{
    Elf64_Nhdr head;
    while (size >= sizeof head && target_read(t, from, &head, sizeof head)) {
        uint64_t name = ((uint64_t)head.n_namesz + 3) / 4 * 4, body = ((uint64_t)head.n_descsz + 3) / 4 * 4;
        if (name > size || body > size || sizeof head + name + body > size)
            return;
        if (head.n_type == NT_GNU_BUILD_ID && name == 4 && head.n_descsz <= sizeof m->build_id &&
            target_read(t, from + sizeof head + name, m->build_id, head.n_descsz)) {
            m->build_id_size = (uint8_t)head.n_descsz;
            return;
        }
        from += sizeof head + name + body;
        size -= sizeof head + name + body;
    }
}

static bool has_others(const struct target *t, const struct attached_hole *hole, const char *path)
{
    for (size_t i = 0; i < t->mappings; i++)
        if (t->mapping[i].start >= hole->start && t->mapping[i].start < hole->end &&
            strcmp(t->mapping[i].path, path) != 0)
            return true;
    return false;
}

static void find_holes(const struct target *t, struct attached_module *m, const Elf64_Phdr *p, unsigned count)
{
    const uint64_t page = 4096;
    uint64_t end = 0;
    for (unsigned i = 0; i < count && m->holes < sizeof m->hole / sizeof *m->hole; i++) {
        if (p[i].p_type != PT_LOAD)
            continue;
        struct attached_hole hole = {(end + page - 1) & ~(page - 1), (m->bias + p[i].p_vaddr) & ~(page - 1)};
        if (end != 0 && hole.start < hole.end && has_others(t, &hole, m->path))
            m->hole[m->holes++] = hole;
        end = m->bias + p[i].p_vaddr + p[i].p_memsz;
    }
}

/* What a file's first page, at `start`, says of the rest. */
static bool read_module(struct target *t, struct attached_module *m, uint64_t start)
{
    enum { HEADERS_MOST = 64 };
    Elf64_Ehdr head;
    Elf64_Phdr p[HEADERS_MOST];
    uint64_t low = UINT64_MAX, high = 0;
    if (!target_read(t, start, &head, sizeof head) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
        head.e_phnum > HEADERS_MOST || head.e_phentsize != sizeof *p ||
        !target_read(t, start + head.e_phoff, p, head.e_phnum * sizeof *p))
        return false;
    for (unsigned i = 0; i < head.e_phnum; i++)
        if (p[i].p_type == PT_LOAD) {
            low = p[i].p_vaddr < low ? p[i].p_vaddr : low;
            high = p[i].p_vaddr + p[i].p_memsz > high ? p[i].p_vaddr + p[i].p_memsz : high;
        }
    if (low >= high)
        return false;
    m->bias = start - (low & ~(uint64_t)4095);
    m->start = m->bias + low;
    m->end = m->bias + high;
    find_holes(t, m, p, head.e_phnum);
    for (unsigned i = 0; i < head.e_phnum; i++) {
        if (p[i].p_type == PT_GNU_EH_FRAME)
            m->frames = m->bias + p[i].p_vaddr;
        if (p[i].p_type == PT_NOTE && m->build_id_size == 0)
            read_build_id(t, m, m->bias + p[i].p_vaddr, p[i].p_memsz);
    }
    return true;
}

static bool in_hole(const struct attached_module *m, uint64_t address)
{
    for (unsigned i = 0; i < m->holes; i++)
        if (address >= m->hole[i].start && address < m->hole[i].end)
            return true;
    return false;
}

struct attached_module *modules_at(struct modules *m, uint64_t address)
{
    for (size_t i = 0; i < m->count; i++)
        if (address >= m->item[i].start && address < m->item[i].end && !in_hole(&m->item[i], address))
            return &m->item[i];
    return NULL;
}

bool modules_open(struct modules *m, struct target *t)
{
    *m = (struct modules){.target = t, .item = calloc(t->mappings + 1, sizeof *m->item)};
    for (size_t i = 0; m->item != NULL && i < t->mappings; i++) {
        const struct target_mapping *from = &t->mapping[i];
        struct attached_module *to = &m->item[m->count];
        if (from->offset != 0 || from->path[0] == 0 || from->shared || strstr(from->path, ".lockwatch") != NULL ||
            modules_at(m, from->start) != NULL)
            continue;
        *to = (struct attached_module){.path = from->path};
        m->count += read_module(t, to, from->start);
    }
    return m->item != NULL;
}

void modules_close(struct modules *m)
{
    for (size_t i = 0; i < m->count; i++)
        free(m->item[i].made);
    free(m->item);
    *m = (struct modules){0};
}

/* --- tables for unwinding --- */

enum { ENCODING_TABLE = 0x3b, ENCODING_COUNT = 0x03 }; /* DW_EH_PE: sdata4 from the header on; udata4 */

/* .eh_frame_hdr: version, encodings of pointer, count and table; the pointer, the count, the table. */
static bool read_header(struct modules *all, struct attached_module *m)
{
    uint8_t head[4];
    uint32_t count;
    if (m->frames == 0 || !target_read(all->target, m->frames, head, sizeof head) || head[0] != 1 ||
        (head[1] & 0x0f) != 0x0b || head[2] != ENCODING_COUNT || head[3] != ENCODING_TABLE ||
        !target_read(all->target, m->frames + 8, &count, sizeof count))
        return false;
    m->base = m->frames;
    m->table = m->frames + 12;
    m->entries = count;
    return count != 0;
}

/* The encoding of the addresses in the descriptions that belong to a CIE: what its augmentation says for 'R'. */
static uint8_t encoding_of(const Dwarf_CIE *cie)
{
    const uint8_t *data = cie->augmentation_data;
    size_t left = cie->augmentation_data_size, at = 0;
    const char *letter = cie->augmentation;
    if (letter == NULL || *letter != 'z')
        return 0;
    for (letter++; *letter != 0 && at < left; letter++) {
        if (*letter == 'R')
            return data[at];
        if (*letter == 'L')
            at++;
        else if (*letter == 'P')
            at += 1 + ((data[at] & 0x0f) == 0x0b || (data[at] & 0x0f) == 0x03 ? 4 : 8);
    }
    return 0;
}

/* An encoded address at `at` of the section: absolute, or from its own place on; of 4 or 8 bytes. */
static uint64_t decode(const Elf_Data *data, uint64_t section, uint64_t at, uint8_t encoding)
{
    uint64_t value = 0;
    int32_t narrow;
    if (at + 8 > data->d_size)
        return 0;
    if ((encoding & 0x0f) == 0x0b || (encoding & 0x0f) == 0x03) {
        memcpy(&narrow, (const char *)data->d_buf + at, sizeof narrow);
        value = (encoding & 0x08) != 0 ? (uint64_t)(int64_t)narrow : (uint32_t)narrow;
    } else {
        memcpy(&value, (const char *)data->d_buf + at, sizeof value);
    }
    return value + ((encoding & 0x70) == 0x10 ? section + at : 0);
}

static int by_code(const void *a, const void *b)
{
    const struct frame_entry *x = a, *y = b;
    return x->code < y->code ? -1 : x->code > y->code;
}

/* One entry for each description of a section that begins at `section` in memory. */
static void make_table(struct attached_module *m, const unsigned char *ident, Elf_Data *data, uint64_t section)
{
    Dwarf_Off at = 0, next;
    Dwarf_CFI_Entry entry, of;
    size_t room = 0;
    m->base = m->start;
    for (; dwarf_next_cfi(ident, data, true, at, &next, &entry) == 0 && next > at; at = next) {
        Dwarf_Off unused;
        if (dwarf_cfi_cie_p(&entry) || dwarf_next_cfi(ident, data, true, entry.fde.CIE_pointer, &unused, &of) != 0 ||
            !dwarf_cfi_cie_p(&of))
            continue;
        uint64_t code =
            decode(data, section, (uint64_t)(entry.fde.start - (const uint8_t *)data->d_buf), encoding_of(&of.cie));
        if (m->entries == room) {
            room = room == 0 ? 1024 : room * 2;
            struct frame_entry *more = realloc(m->made, room * sizeof *more);
            if (more == NULL)
                return;
            m->made = more;
        }
        m->made[m->entries++] = (struct frame_entry){(int32_t)(code - m->base), (int32_t)(section + at - m->base)};
    }
    if (m->entries > 1)
        qsort(m->made, m->entries, sizeof *m->made, by_code);
}

static void read_sections(struct attached_module *m, Elf *elf)
{
    size_t names;
    GElf_Shdr head;
    if (elf == NULL || elf_kind(elf) != ELF_K_ELF || elf_getshdrstrndx(elf, &names) != 0)
        return;
    for (Elf_Scn *s = NULL; (s = elf_nextscn(elf, s)) != NULL;) {
        const char *name = gelf_getshdr(s, &head) == NULL ? NULL : elf_strptr(elf, names, head.sh_name);
        Elf_Data *data = name == NULL || strcmp(name, ".eh_frame") != 0 ? NULL : elf_rawdata(s, NULL);
        if (data != NULL)
            make_table(m, (const unsigned char *)elf_getident(elf, NULL), data, m->bias + head.sh_addr);
    }
}

bool modules_frames(struct modules *all, struct attached_module *m)
{
    struct stat st;
    if (m->tried)
        return m->entries != 0;
    m->tried = true;
    if (read_header(all, m))
        return true;
    int fd = m->path[0] == '/' ? open(m->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
    if (fd < 0)
        return false;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && elf_version(EV_CURRENT) != EV_NONE) {
        Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
        read_sections(m, elf);
        elf_end(elf);
    }
    close(fd);
    m->table = (uint64_t)(uintptr_t)m->made;
    return m->entries != 0;
}

#include "preload/os/loaded.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

/* Since glibc 2.35; of this size and layout for good (LD_2.35). */
#ifndef __GLIBC_PREREQ
#define __GLIBC_PREREQ(major, minor) 0
#endif
#if !__GLIBC_PREREQ(2, 35)
struct dl_find_object {
    unsigned long long dlfo_flags;
    void *dlfo_map_start, *dlfo_map_end;
    struct link_map *dlfo_link_map;
    void *dlfo_eh_frame; /* the segment PT_GNU_EH_FRAME */
    unsigned long long reserved[7];
};
extern int _dl_find_object(void *address, struct dl_find_object *result);
#endif

/*
 * libgcc's unwinder calls it, too. The linker gives these names their meaning (--wrap, in the Makefile): so it may be
 * missing.
 */
extern int __real__dl_find_object(void *address, struct dl_find_object *result) __attribute__((weak));
extern int __wrap__dl_find_object(void *address, struct dl_find_object *result) __attribute__((visibility("hidden")));

/* The loader's list, and a name of libc's that no library which puts itself before its calls has. */
extern const char *gnu_get_libc_version(void) __attribute__((weak));
#ifdef __GLIBC__
#pragma weak _r_debug /* else the library would need the loader by its name, which musl does not have */
#define LIST (&_r_debug == NULL ? NULL : _r_debug.r_map)
#define OF_LIBC "gnu_get_libc_version"
#else
extern struct r_debug *_dl_debug_addr __attribute__((weak));
#define LIST (_dl_debug_addr == NULL ? NULL : (struct link_map *)_dl_debug_addr->r_map)
#define OF_LIBC "__libc_start_main"
#endif

bool loaded_has_own_libc(void)
{
#ifdef __GLIBC__
    return gnu_get_libc_version != NULL;
#else
    return gnu_get_libc_version == NULL && _dl_debug_addr != NULL;
#endif
}

bool loaded_has_old_libc(void)
{
    return loaded_has_own_libc() && __real__dl_find_object == NULL;
}

struct headers {
    const ElfW(Phdr) * first;
    size_t count;
};

/* The program's are where the kernel says; a library begins with its own. */
static struct headers headers_of(const struct link_map *m)
{
    const ElfW(Ehdr) *head = (const ElfW(Ehdr) *)m->l_addr;
    if (m->l_prev == NULL)
        return (struct headers){(const ElfW(Phdr) *)getauxval(AT_PHDR), getauxval(AT_PHNUM)};
    if (m->l_addr == 0)
        return (struct headers){NULL, 0};
    return (struct headers){(const ElfW(Phdr) *)(m->l_addr + head->e_phoff), head->e_phnum};
}

/* Where _dl_find_object is missing. What the program began with is never unloaded. */
static int find_by_list(uintptr_t address, struct dl_find_object *result)
{
    for (struct link_map *m = LIST; m != NULL; m = m->l_next) {
        struct headers h = headers_of(m);
        const ElfW(Phdr) *at = NULL, *frames = NULL;
        for (const ElfW(Phdr) *p = h.first; p < h.first + h.count; p++) {
            if (p->p_type == PT_LOAD && address - (m->l_addr + p->p_vaddr) < p->p_memsz)
                at = p;
            if (p->p_type == PT_GNU_EH_FRAME)
                frames = p;
        }
        if (at == NULL)
            continue;
        char *start = (char *)(m->l_addr + at->p_vaddr);
        *result = (struct dl_find_object){.dlfo_map_start = start,
                                          .dlfo_map_end = start + at->p_memsz,
                                          .dlfo_link_map = m,
                                          .dlfo_eh_frame = frames != NULL ? (char *)m->l_addr + frames->p_vaddr : NULL};
        return frames != NULL ? 0 : 1;
    }
    return -1;
}

int __wrap__dl_find_object(void *address, struct dl_find_object *result)
{
    if (__real__dl_find_object != NULL)
        return __real__dl_find_object(address, result);
    return find_by_list((uintptr_t)address, result) == 0 ? 0 : -1;
}

const void *loaded_at(const void *address)
{
    struct dl_find_object object = {.dlfo_link_map = NULL};
    if (address == NULL)
        return NULL;
    if (__real__dl_find_object == NULL)
        find_by_list((uintptr_t)address, &object);
    else if (__real__dl_find_object((void *)(uintptr_t)address, &object) != 0)
        return NULL;
    return object.dlfo_link_map;
}

uint64_t loaded_mark(const void *address)
{
    struct dl_find_object o;
    if (__real__dl_find_object == NULL || __real__dl_find_object((void *)(uintptr_t)address, &o) != 0)
        return 0;
    const uintptr_t parts[] = {(uintptr_t)o.dlfo_map_start, (uintptr_t)o.dlfo_map_end, (uintptr_t)o.dlfo_link_map,
                               (uintptr_t)o.dlfo_eh_frame};
    uint64_t mark = 1;
    for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++)
        mark = (mark ^ parts[i]) * 0x9E3779B97F4A7C15u;
    return mark | 1;
}

bool loaded_is_libstdcxx(const void *address)
{
    static const char name[] = "/libstdc++.so";
    const struct link_map *m = loaded_at(address);
    const char *slash = m == NULL ? NULL : strrchr(m->l_name, '/');
    return slash != NULL && strncmp(slash, name, sizeof name - 1) == 0;
}

/* --- one object's symbols --- */

struct symbols {
    uintptr_t base;
    const ElfW(Sym) * symbol;
    const char *strings;
    const ElfW(Versym) * version; /* NULL: they have none */
    const uint32_t *gnu_hash;     /* NULL: there is only the old table */
    const uint32_t *hash;
};

static struct symbols symbols_of(uintptr_t base, const ElfW(Dyn) * dynamic)
{
    struct symbols s = {.base = base};
    for (const ElfW(Dyn) *d = dynamic; d->d_tag != DT_NULL; d++)
        if (d->d_tag == DT_SYMTAB)
            s.symbol = loaded_at_base(base, d->d_un.d_ptr);
        else if (d->d_tag == DT_STRTAB)
            s.strings = loaded_at_base(base, d->d_un.d_ptr);
        else if (d->d_tag == DT_VERSYM)
            s.version = loaded_at_base(base, d->d_un.d_ptr);
        else if (d->d_tag == DT_GNU_HASH)
            s.gnu_hash = loaded_at_base(base, d->d_un.d_ptr);
        else if (d->d_tag == DT_HASH)
            s.hash = loaded_at_base(base, d->d_un.d_ptr);
    return s;
}

/* By hand, as strcmp may be a sanitizer's, in the middle of its own start. */
static bool is_same(const char *a, const char *b)
{
    size_t i = 0;
    while (a[i] == b[i])
        if (a[i++] == 0)
            return true;
    return false;
}

/*
 * As glibc does it for dlsym (elf/dl-lookup.c, check_match and do_lookup_x): what has a value, can be seen from
 * outside, and has no version or the default one. libc has many names twice, so they are compared last.
 */
static bool fits(const struct symbols *s, uint32_t i, const char *name)
{
    enum { FIRST_VERSION = 2, NOT_DEFAULT = 0x8000 };
    const unsigned types = 1 << STT_NOTYPE | 1 << STT_OBJECT | 1 << STT_FUNC | 1 << STT_COMMON | 1 << STT_GNU_IFUNC;
    const ElfW(Sym) *symbol = &s->symbol[i];
    unsigned version = s->version != NULL ? s->version[i] : 0, visible = ELF64_ST_VISIBILITY(symbol->st_other);
    return symbol->st_value != 0 && ((version & NOT_DEFAULT) == 0 || (version & ~NOT_DEFAULT) < FIRST_VERSION) &&
           (types >> ELF64_ST_TYPE(symbol->st_info) & 1) != 0 && ELF64_ST_BIND(symbol->st_info) != STB_LOCAL &&
           (visible == STV_DEFAULT || visible == STV_PROTECTED) && is_same(s->strings + symbol->st_name, name);
}

static uint32_t gnu_hash_of(const char *name)
{
    uint32_t h = 5381;
    for (; *name != 0; name++)
        h = h * 33 + (unsigned char)*name;
    return h;
}

/* A filter, with two bits set for each name; then buckets, each with the first of a chain; then the chains. */
struct gnu_table {
    uint32_t buckets, first, words, shift;
    const uint64_t *filter;
    uint32_t *bucket, *chain;
};

static struct gnu_table gnu_table_of(const struct symbols *s)
{
    const uint32_t *head = s->gnu_hash;
    struct gnu_table t = {.buckets = head[0], .first = head[1], .words = head[2], .shift = head[3]};
    t.filter = (const uint64_t *)(const void *)(head + 4);
    t.bucket = (uint32_t *)(uintptr_t)(t.filter + t.words);
    t.chain = t.bucket + t.buckets;
    return t;
}

static uint32_t find_by_gnu_hash(const struct symbols *s, const char *name, uint32_t hash)
{
    const struct gnu_table t = gnu_table_of(s);
    uint64_t both = 1ull << hash % 64 | 1ull << (hash >> t.shift) % 64;
    if (t.buckets == 0 || (t.filter[hash / 64 & (t.words - 1)] & both) != both)
        return 0;
    uint32_t i = t.bucket[hash % t.buckets];
    if (i < t.first)
        return 0;
    for (;; i++) {
        uint32_t here = t.chain[i - t.first];
        if ((here | 1) == (hash | 1) && fits(s, i, name))
            return i;
        if ((here & 1) != 0)
            return 0;
    }
}

/* Few objects have only the old table: that says how many symbols there are. */
static uint32_t find_one_by_one(const struct symbols *s, const char *name)
{
    uint32_t count = s->hash[1];
    for (uint32_t i = 1; i < count; i++)
        if (fits(s, i, name))
            return i;
    return 0;
}

static inline __attribute__((always_inline)) const ElfW(Sym) *
    find(const struct symbols *s, const char *name, uint32_t hash)
{
    uint32_t i = 0;
    if (s->symbol == NULL || s->strings == NULL)
        return NULL;
    if (s->gnu_hash != NULL)
        i = find_by_gnu_hash(s, name, hash);
    else if (s->hash != NULL)
        i = find_one_by_one(s, name);
    return i != 0 ? &s->symbol[i] : NULL;
}

void *loaded_data(uintptr_t base, const void *dynamic, const char *name, uint64_t *size)
{
    const struct symbols s = symbols_of(base, dynamic);
    const ElfW(Sym) *symbol = find(&s, name, gnu_hash_of(name));
    if (symbol == NULL || symbol->st_shndx == SHN_UNDEF)
        return NULL;
    *size = symbol->st_size;
    return (void *)(base + symbol->st_value);
}

void *loaded_symbol(uintptr_t base, const void *dynamic, const char *name)
{
    uint64_t size;
    return loaded_data(base, dynamic, name, &size);
}

/* --- those behind this library --- */

extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden"))); /* the linker's */

static const struct link_map *own(void)
{
    return loaded_at(&__ehdr_start);
}

/* Where the search begins, and libc, where most of it ends. Written once, before `known`. */
static struct {
    atomic_flag begun;
    atomic_bool known;
    const struct link_map *own, *libc; /* libc NULL: it does not come behind */
    struct symbols symbols;            /* libc's */
} behind = {.begun = ATOMIC_FLAG_INIT};

/*
 * The objects that a program starts with stand in the list in the order in which they are searched, and are never
 * unloaded; libc is one of them. `owner`: which has it.
 */
static void *search_behind(const struct link_map *m, const char *name, const struct link_map **owner)
{
    const struct link_map *libc = atomic_load_explicit(&behind.known, memory_order_acquire) ? behind.libc : NULL;
    uint32_t hash = gnu_hash_of(name);
    while ((m = m->l_next) != NULL) {
        struct symbols other;
        const struct symbols *s = &behind.symbols;
        if (m != libc)
            *(&other) = symbols_of(m->l_addr, m->l_ld), s = &other;
        const ElfW(Sym) *symbol = find(s, name, hash);
        if (symbol == NULL)
            continue;
        *owner = m;
        uintptr_t address = m->l_addr + symbol->st_value;
        return ELF64_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC ? ((void *(*)(void))address)() : (void *)address;
    }
    return NULL;
}

/*
 * What is opened by dlopen is itself behind libc; by dlmopen, it is the first in its namespace, where otherwise the
 * program is. A second one that comes here meanwhile, a signal handler perhaps, finds it without what is kept.
 */
static const struct link_map *look_behind(const struct link_map **first)
{
    const struct link_map *libc = NULL;
    *first = own();
    if (*first != NULL && (*first)->l_prev != NULL)
        search_behind(*first, OF_LIBC, &libc);
    if (atomic_flag_test_and_set(&behind.begun))
        return libc;
    behind.own = *first;
    behind.libc = libc;
    if (libc != NULL)
        behind.symbols = symbols_of(libc->l_addr, libc->l_ld);
    atomic_store_explicit(&behind.known, true, memory_order_release);
    return libc;
}

static const struct link_map *libc_behind(const struct link_map **first)
{
    if (!atomic_load_explicit(&behind.known, memory_order_acquire))
        return look_behind(first);
    *first = behind.own;
    return behind.libc;
}

const void *loaded_libc(void)
{
    const struct link_map *first;
    return libc_behind(&first);
}

void *loaded_next(const char *name)
{
    const struct link_map *owner, *first;
    void *address = libc_behind(&first) != NULL ? search_behind(first, name, &owner) : NULL;
    if (address != NULL)
        return address;
    int error = errno;
    address = dlsym(RTLD_NEXT, name);
    if (address == NULL)
        dlerror(); /* the program does not hear of it */
    errno = error;
    return address;
}

/*
 * Its entry in the hash table gets another hash, so that no look-up, glibc's or musl's, comes to compare the name; the
 * bit that ends a chain stays. The symbol itself has no part in that, and lies on pages that need not be copied.
 */
void loaded_hide(const char *const *names, unsigned count)
{
    enum { MOST = 256 };
    const struct symbols s = symbols_of((uintptr_t)&__ehdr_start, _DYNAMIC);
    if (s.symbol == NULL || s.strings == NULL || s.gnu_hash == NULL)
        return;
    const struct gnu_table t = gnu_table_of(&s);
    uint32_t *entry[MOST], found = 0;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), low = UINTPTR_MAX, high = 0;
    for (unsigned i = 0; i < count && found < MOST; i++) {
        uint32_t symbol = find_by_gnu_hash(&s, names[i], gnu_hash_of(names[i]));
        if (symbol == 0)
            continue;
        uintptr_t at = (uintptr_t)(entry[found++] = &t.chain[symbol - t.first]);
        low = at < low ? at / page * page : low;
        high = at >= high ? at + sizeof *t.chain : high;
    }
    if (found == 0 || mprotect((void *)low, high - low, PROT_READ | PROT_WRITE) != 0)
        return;
    while (found-- > 0)
        *entry[found] ^= ~1u;
    mprotect((void *)low, high - low, PROT_READ);
}

#include "analyzer/attach/target.h"

#include "record/glibc.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, SLOTS = 4096 };

struct target_page {
    uint64_t address;
    bool readable;
    char bytes[PAGE];
};

static void *add(void **all, size_t *count, size_t *room, size_t size)
{
    if (*count == *room) {
        size_t more = *room == 0 ? 64 : *room * 2;
        void *grown = realloc(*all, more * size);
        if (grown == NULL)
            return NULL;
        *all = grown;
        *room = more;
    }
    return memset((char *)*all + (*count)++ * size, 0, size);
}

struct target_thread *target_add_thread(struct target *t)
{
    return add((void **)&t->thread, &t->threads, &t->threads_room, sizeof *t->thread);
}

struct target_mapping *target_add_mapping(struct target *t)
{
    return add((void **)&t->mapping, &t->mappings, &t->mappings_room, sizeof *t->mapping);
}

struct target_thread *target_thread(const struct target *t, uint32_t tid)
{
    for (size_t i = 0; i < t->threads; i++)
        if (t->thread[i].tid == tid)
            return &t->thread[i];
    return NULL;
}

const struct target_mapping *target_mapping(const struct target *t, uint64_t address)
{
    size_t from = 0, to = t->mappings;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (t->mapping[middle].end <= address)
            from = middle + 1;
        else
            to = middle;
    }
    return from < t->mappings && t->mapping[from].start <= address ? &t->mapping[from] : NULL;
}

/* --- memory --- */

/* A page of the cache; another address of the same slot takes its place. */
static struct target_page *page_at(struct target *t, uint64_t address)
{
    uint64_t page = address / PAGE * PAGE;
    if (t->page == NULL) {
        t->page = calloc(SLOTS, sizeof(struct target_page *));
        if (t->page == NULL)
            return NULL;
    }
    struct target_page **slot = &t->page[(page / PAGE * 0x9E3779B97F4A7C15u >> 40) % SLOTS];
    if (*slot != NULL && (*slot)->address == page)
        return *slot;
    if (*slot == NULL && (*slot = malloc(sizeof **slot)) == NULL)
        return NULL;
    (*slot)->address = page;
    (*slot)->readable = t->read(t, page, (*slot)->bytes, PAGE);
    return *slot;
}

bool target_read(struct target *t, uint64_t address, void *to, size_t size)
{
    char *out = to;
    if (address + size < address)
        return false;
    while (size > 0) {
        const struct target_page *p = page_at(t, address);
        size_t within = address % PAGE, piece = PAGE - within < size ? PAGE - within : size;
        if (p == NULL || !p->readable)
            return false;
        memcpy(out, p->bytes + within, piece);
        out += piece;
        address += piece;
        size -= piece;
    }
    return true;
}

uint32_t target_pthread(struct target *t, uint64_t address)
{
    uint64_t self;
    uint32_t tid;
    const bool has_self = ARCH_GLIBC_THREAD_SELF >= 0;
    if (address % 8 != 0 ||
        (has_self &&
         (!target_read(t, address + (uint64_t)ARCH_GLIBC_THREAD_SELF, &self, sizeof self) || self != address)) ||
        !target_read(t, address + ARCH_GLIBC_THREAD_TID, &tid, sizeof tid))
        return 0;
    return tid < GLIBC_TIDS ? tid : 0;
}

void target_forget(struct target *t)
{
    for (size_t i = 0; t->page != NULL && i < SLOTS; i++)
        free(t->page[i]);
    free((void *)t->page);
    t->page = NULL;
}

void target_close(struct target *t)
{
    target_forget(t);
    if (t->close_core != NULL)
        t->close_core(t);
    for (size_t i = 0; i < t->mappings; i++)
        free((char *)t->mapping[i].path);
    free(t->mapping);
    free(t->thread);
    free(t->executable);
    free(t->arguments);
    memset(t, 0, sizeof *t);
}

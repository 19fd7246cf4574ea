#include "detect/pages.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { SMALL = 8 << 10, SHARED = 64 << 10 };

/* Before the items of a run; as long as a cache line, so that they begin on one. */
struct pages_run {
    _Alignas(64) struct pages_run *next;
    struct pages_run *before;
    size_t size;
    bool shares; /* it lies in another run, and is in no list */
};

static void link_run(struct pages *p, struct pages_run *run)
{
    run->before = NULL;
    run->next = p->first;
    if (p->first != NULL)
        p->first->before = run;
    p->first = run;
}

static void unlink_run(struct pages *p, struct pages_run *run)
{
    if (run->before != NULL)
        run->before->next = run->next;
    else
        p->first = run->next;
    if (run->next != NULL)
        run->next->before = run->before;
}

static size_t size_of(size_t count, size_t size)
{
    return count > SIZE_MAX / 4 / (size + 1) ? 0 : sizeof(struct pages_run) + count * size;
}

static void *get_large(struct pages *p, size_t all)
{
    struct pages_run *run = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (run == MAP_FAILED)
        return NULL;
    run->size = all;
    link_run(p, run);
    return run + 1;
}

static void *get_small(struct pages *p, size_t all)
{
    const size_t room = (all + 63) / 64 * 64;
    if (room > (size_t)(p->small_end - p->small)) {
        p->small = p->small_end = get_large(p, SHARED);
        if (p->small == NULL)
            return NULL;
        p->small_end += SHARED - sizeof(struct pages_run);
    }
    struct pages_run *run = (struct pages_run *)(void *)p->small;
    p->small += room;
    run->size = all;
    run->shares = true;
    return run + 1;
}

void *pages_get(struct pages *p, size_t count, size_t size)
{
    size_t all = size_of(count, size);
    if (all == 0)
        return NULL;
    return all <= SMALL ? get_small(p, all) : get_large(p, all);
}

void *pages_more(struct pages *p, void *old, size_t count, size_t size)
{
    if (old == NULL)
        return pages_get(p, count, size);
    struct pages_run *run = (struct pages_run *)old - 1;
    size_t all = size_of(count, size);
    if (all == 0)
        return NULL;
    if (run->shares) {
        void *other = pages_get(p, count, size);
        if (other != NULL)
            memcpy(other, old, (all < run->size ? all : run->size) - sizeof *run);
        return other;
    }
    unlink_run(p, run);
    struct pages_run *moved = mremap(run, run->size, all, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) {
        link_run(p, run);
        return NULL;
    }
    moved->size = all;
    link_run(p, moved);
    return moved + 1;
}

void pages_drop(struct pages *p, void *run)
{
    if (run == NULL)
        return;
    struct pages_run *r = (struct pages_run *)run - 1;
    if (r->shares)
        return;
    unlink_run(p, r);
    munmap(r, r->size);
}

void pages_free(struct pages *p)
{
    while (p->first != NULL)
        pages_drop(p, p->first + 1);
    p->small = p->small_end = NULL;
}

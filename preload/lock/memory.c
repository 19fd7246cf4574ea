#include "preload/lock/memory.h"

#include "preload/lock/init_site.h"
#include "preload/lock/lock.h"
#include "preload/os/loaded.h"

#include <dlfcn.h>
#include <link.h>
#include <malloc.h>
#include <stdatomic.h>
#include <string.h>

bool memory_headed;
uintptr_t memory_floor = UINTPTR_MAX;
static void (*next_free)(void *);

static size_t (*usable_size)(void *); /* of the malloc that is used; NULL: it has none, or we do not know yet */

/* As glibc keeps it (malloc/malloc.c, struct malloc_chunk): with its own, and a bit for those with a mapping alone. */
static size_t headed_size(const void *block)
{
    size_t head = ((const size_t *)block)[-1];
    return (head & ~(size_t)7) - ((head & 2) != 0 ? 2 : 1) * sizeof(size_t);
}

/*
 * Of a malloc that does not say, as much as any lock takes. A thread that is not known, or that has ended for us, does
 * not ask: who asks may become known to the malloc, jemalloc for one, and there it must not be too late to learn of the
 * thread's end. libc releases memory of other threads' after all destructors have run.
 */
size_t memory_size(void *block)
{
    enum { LOCK = 64 };
    static bool agreed;
    if (likely(memory_headed && agreed))
        return headed_size(block);
    if (usable_size == NULL || (self.own == NULL && !memory_headed))
        return LOCK;
    size_t size = usable_size(block);
    if (memory_headed && size != headed_size(block))
        memory_headed = false;
    agreed = true;
    return size;
}

/*
 * Whether something may be at these bytes. Looks at some pages more than it has to: four marks at a time, and of those
 * that lie round the end of the table at all there are.
 */
typedef uint64_t marks __attribute__((vector_size(4 * sizeof(struct page_filter)), aligned(4), may_alias));

static bool is_marked(uint64_t from, size_t size)
{
    uint64_t first = from / PAGE_FILTER_PAGE % PAGE_FILTER_PAGES;
    uint64_t pages = (from + size - 1) / PAGE_FILTER_PAGE - from / PAGE_FILTER_PAGE + 1;
    marks all = {0, 0};
    if (unlikely(size == 0 || from + size < from))
        return false;
    if (unlikely(first + pages > PAGE_FILTER_PAGES))
        first = 0, pages = PAGE_FILTER_PAGES;
    for (const struct page_filter *m = page_filter + first; m < page_filter + first + pages; m += 4)
        all |= *(const marks *)m;
    return (all[0] | all[1]) != 0;
}

/* What the library itself releases, or libc on its behalf, is not the program's. */
static bool is_inside(void)
{
    return fork_guard_is_foreign() || self.has_raw_lock || (self.slot == NULL && self.own != NULL);
}

static void end_within(uint64_t from, size_t size)
{
    const struct page_filter *first = page_filter_of(from), *last = page_filter_of(from + size - 1);
    bool more = size > PAGE_FILTER_PAGE;
    if (more || first->inits != 0 || last->inits != 0)
        init_site_forget_within(from, size);
    if (more || first->locks != 0 || last->locks != 0)
        lock_end_within(from, size);
}

void memory_end(const void *start, size_t size)
{
    uint64_t from = (uint64_t)(uintptr_t)start;
    if (is_marked(from, size) && !is_inside())
        end_within(from, size);
}

void memory_end_block(void *block)
{
    memory_end(block, memory_size(block));
}

bool memory_detach(const void *start, size_t size)
{
    uint64_t from = (uint64_t)(uintptr_t)start;
    if (!is_marked(from, size) || is_inside())
        return false;
    lock_detach_within(from, size);
    return true;
}

void memory_moved(const void *start, size_t size, size_t kept)
{
    uint64_t from = (uint64_t)(uintptr_t)start;
    lock_reattach_within(from, kept < size ? kept : size);
    if (kept < size)
        memory_end((const char *)start + kept, size - kept);
}

/*
 * Its thread-local variables lie above, up to its pthread_t. Below we know how far it got where it made a lock known by
 * itself; for those that others did, some more is looked at, as far as the stack goes.
 */
void memory_end_stack(uint64_t frame)
{
    enum { MORE = 256 * 1024, ABOVE = 1024 * 1024, DESCRIPTOR = 2048 };
    uint64_t top = (uint64_t)pthread_self() + DESCRIPTOR;
    if (frame == 0 || top - frame > ABOVE)
        return;
    uint64_t low = self.stack_size < MORE ? top - self.stack_size : frame - MORE;
    low = low > frame ? frame : low;
    if (self.stack_lowest != 0 && self.stack_lowest < low)
        low = self.stack_lowest;
    if (is_marked(low, top - low))
        end_within(low, top - low);
}

/* --- whose malloc it is --- */

/* valgrind's tools put theirs into libc's place, where dlsym does not see it. */
static int is_replaced(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size, (void)argument;
    const char *tool = strstr(info->dlpi_name, "/vgpreload_");
    return tool != NULL && strncmp(tool, "/vgpreload_core", 15) != 0;
}

static void free_any(void *block)
{
    if (block != NULL)
        memory_end_block(block);
    next_free(block);
}

/* The program may have brought its own, even in itself: then dlsym finds that before libc's. */
static void find_malloc(void)
{
    void *allocate = dlsym(RTLD_DEFAULT, "malloc"), *size_of = dlsym(RTLD_DEFAULT, "malloc_usable_size");
    const void *owner = loaded_at(allocate);
    if (owner == NULL || size_of == NULL || loaded_at(size_of) != owner)
        return;
    usable_size = (size_t(*)(void *))size_of;
    memory_headed = owner == loaded_libc() && dl_iterate_phdr(is_replaced, NULL) == 0;
}

void memory_start(void)
{
    find_malloc();
    if (memory_headed)
        memory_floor = 0;
    else {
        next_free = (void (*)(void *))real_address(&real.free);
        real.free = free_any;
    }
}

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
static void (*next_free)(void *);

static size_t (*usable_size)(void *); /* of the malloc that is used; NULL: it has none, or we do not know yet */

/* As glibc keeps it (malloc/malloc.c, struct malloc_chunk): with its own, and a bit for those with a mapping alone. */
static size_t headed_size(const void *block)
{
    size_t head = ((const size_t *)block)[-1];
    return (head & ~(size_t)7) - ((head & 2) != 0 ? 2 : 1) * sizeof(size_t);
}

static void free_any(void *block)
{
    if (block != NULL)
        memory_end_block(block);
    next_free(block);
}

/* It is not glibc's own. */
static void ask_malloc(void)
{
    next_free = (void (*)(void *))real_address(&real.free);
    real.free = free_any;
    memory_headed = false;
    memory_filter_mark_all(true);
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
        ask_malloc();
    agreed = true;
    return size;
}

/* What there may be: locks with ids, or names; init sites. */
struct marked {
    bool known, inits;
};

/* What the zones of these bytes have. */
static struct memory_zone zones_of(uint64_t from, uint64_t last)
{
    uint64_t zones = last / MEMORY_ZONE - from / MEMORY_ZONE + 1;
    struct memory_zone all = {0, 0};
    for (uint64_t i = 0; i < zones && i < MEMORY_ZONES; i++, from += MEMORY_ZONE) {
        const struct memory_zone *zone = memory_zone_of(from);
        all.known |= zone->known;
        all.inits |= zone->inits;
    }
    return all;
}

/* Of very much, it is not worth the while to go through the pages. */
static bool is_any_known(uint64_t from, uint64_t last)
{
    enum { VERY_MUCH = 1 << 24 };
    if (last - from >= VERY_MUCH)
        return true;
    for (uint64_t at = from, end; at <= last; at = end + 1) {
        end = at | (MEMORY_PAGE - 1);
        end = end < last ? end : last;
        uint64_t place = memory_place(at);
        if (memory_known_pages[at / MEMORY_PAGE % MEMORY_PAGES] != 0 &&
            memory_filter_any(memory_known, MEMORY_PLACES, place, memory_place(end) - place + 1))
            return true;
    }
    return false;
}

/* What may be at these bytes. */
static struct marked marked_within(uint64_t from, size_t size)
{
    struct marked any = {false, false};
    if (size == 0 || from + size < from)
        return any;
    uint64_t last = from + size - 1;
    struct memory_zone all = zones_of(from, last);
    any.known = all.known != 0 && is_any_known(from, last);
    any.inits = all.inits != 0 && init_site_any_within(from, size);
    return any;
}

/* What the library itself releases, or libc on its behalf, is not the program's. */
static bool is_inside(void)
{
    return fork_guard_is_foreign() || self.has_raw_lock || (self.slot == NULL && self.own != NULL);
}

static void end_within(uint64_t from, size_t size, struct marked any)
{
    if (any.inits)
        init_site_end_within(from, size);
    if (any.known)
        lock_end_within(from, size);
}

void memory_end(const void *start, size_t size)
{
    uint64_t from = (uint64_t)(uintptr_t)start;
    struct marked any = marked_within(from, size);
    if ((any.known || any.inits) && !is_inside())
        end_within(from, size, any);
}

/* As memory_end, for the usual size. */
static void end_small(uint64_t from, size_t size)
{
    uint64_t place = memory_place(from), places = memory_place(from + size - 1) - place + 1;
    struct marked any = {memory_row_part(memory_known, MEMORY_PLACES, place, places) != 0,
                         memory_row_part(init_sites.state, INIT_SITES, place, places) != 0};
    if ((any.known || any.inits) && !is_inside())
        end_within(from, size, any);
}

void memory_end_block(void *block)
{
    size_t size = memory_size(block);
    if (size - 1 < MEMORY_ROW)
        end_small((uint64_t)(uintptr_t)block, size);
    else
        memory_end(block, size);
}

bool memory_detach(const void *start, size_t size)
{
    uint64_t from = (uint64_t)(uintptr_t)start;
    struct marked any = marked_within(from, size);
    if ((!any.known && !any.inits) || is_inside())
        return false;
    init_site_detach_within(from, size);
    lock_detach_within(from, size);
    return true;
}

void memory_moved(const void *start, size_t size, size_t kept)
{
    uint64_t from = (uint64_t)(uintptr_t)start, stay = kept < size ? kept : size;
    init_site_reattach_within(from, stay);
    lock_reattach_within(from, stay);
    if (stay < size) {
        init_site_end_detached_within(from + stay, size - stay);
        lock_end_detached_within(from + stay, size - stay);
    }
}

/*
 * Its thread-local variables lie above, up to its pthread_t. Below we know how far it got where it made a lock known by
 * itself; for those that others did, some more is looked at, as far as the stack goes.
 */
void memory_end_stack(uint64_t frame)
{
    enum { MORE = 256 * 1024, ABOVE = 1024 * 1024 };
    uint64_t top = (uint64_t)pthread_self() + ARCH_ABOVE_SELF;
    if (frame == 0 || top - frame > ABOVE)
        return;
    uint64_t low = self.stack_size < MORE ? top - self.stack_size : frame - MORE;
    low = low > frame ? frame : low;
    if (self.stack_lowest != 0 && self.stack_lowest < low)
        low = self.stack_lowest;
    end_within(low, top - low, marked_within(low, top - low));
}

/* --- whose malloc it is --- */

/* valgrind's tools put theirs into libc's place, where dlsym does not see it. */
static int is_replaced(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size, (void)argument;
    const char *tool = strstr(info->dlpi_name, "/vgpreload_");
    return tool != NULL && strncmp(tool, "/vgpreload_core", 15) != 0;
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
    init_site_start();
    find_malloc();
    if (memory_headed)
        memory_filter_mark_all(false);
    else
        ask_malloc();
}

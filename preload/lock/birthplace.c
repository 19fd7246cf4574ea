#include "preload/lock/birthplace.h"

#include "preload/os/self.h"
#include "preload/stack/stack.h"

#include <stdatomic.h>

enum { DEPTH = 6 };

/* Written by the thread that took its number, before anybody else can know that. */
static struct birthplace {
    uint32_t depth;
    uint64_t at[DEPTH];
} birthplaces[BIRTHPLACES];
static _Atomic uint32_t used;

uint64_t birthplace_note(uint64_t site, uint64_t frame)
{
    if (self.slot == NULL || atomic_load_explicit(&used, memory_order_relaxed) >= BIRTHPLACES - 1)
        return site;
    uint32_t number = 1 + atomic_fetch_add(&used, 1);
    if (number >= BIRTHPLACES)
        return site;
    int error = self_enter();
    struct birthplace *b = &birthplaces[number];
    b->depth = stack_frames((struct stack_call){site, frame}, b->at, DEPTH);
    self_leave(error);
    return site | (uint64_t)number << INIT_SITE_BITS;
}

static const struct birthplace *numbered(uint64_t noted)
{
    return &birthplaces[noted >> INIT_SITE_BITS & (BIRTHPLACES - 1)];
}

/* One with the number of another's is what two threads at once may leave. */
uint64_t birthplace_of(uint64_t address)
{
    uint64_t noted = init_site_of(address);
    bool good = noted == birthplace_site(noted) || numbered(noted)->at[0] == birthplace_site(noted);
    return good ? noted : 0;
}

uint32_t birthplace_stack(uint64_t noted)
{
    const struct birthplace *b = numbered(noted);
    if (noted == 0)
        return 0;
    return b->depth > 1 ? stack_of_frames(b->at, b->depth) : stack_of_site(birthplace_site(noted));
}

/* --- mutexes: the wrapper notes the site and jumps to this as its last act, so that the caller here is the program --- */

static int (*mutex_init)(pthread_mutex_t *m, const pthread_mutexattr_t *attributes);

static int init_and_note(pthread_mutex_t *m, const pthread_mutexattr_t *attributes)
{
    uint64_t address = (uint64_t)(uintptr_t)m;
    if (init_site_of(address) == CALL_SITE) {
        uint64_t noted = birthplace_note(CALL_SITE, CALL_FRAME);
        if (noted != CALL_SITE)
            init_site_note(address, noted);
    }
    if (atomic_load_explicit(&used, memory_order_relaxed) >= BIRTHPLACES - 1)
        __atomic_store_n(&real.pthread_mutex_init, mutex_init, __ATOMIC_RELAXED);
    return mutex_init(m, attributes);
}

void birthplace_start(void)
{
    void *address = real_address(&real.pthread_mutex_init);
    if (address == NULL)
        return;
    __atomic_store_n((void **)(void *)&mutex_init, address, __ATOMIC_RELAXED);
    __atomic_store_n(&real.pthread_mutex_init, init_and_note, __ATOMIC_RELAXED);
}

#include "preload/lock/birthplace.h"

#include "preload/os/self.h"
#include "preload/stack/stack.h"

#include <stdatomic.h>
#include <sys/mman.h>

enum { DEPTH = 6 };

/* Written by the thread that took its number, before anybody else can know that. */
struct birthplace {
    uint32_t depth;
    uint64_t at[DEPTH];
};
static struct birthplace *_Atomic birthplaces; /* most processes initialise no lock */
static _Atomic uint32_t used;

static bool is_full(void)
{
    return atomic_load_explicit(&used, memory_order_relaxed) >= BIRTHPLACES - 1;
}

/* NULL: no memory. */
static struct birthplace *get_table(void)
{
    struct birthplace *table = birthplaces, *none = NULL;
    if (table != NULL)
        return table;
    table = mmap(NULL, BIRTHPLACES * sizeof *table, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (table == MAP_FAILED)
        return NULL;
    if (atomic_compare_exchange_strong(&birthplaces, &none, table))
        return table;
    munmap(table, BIRTHPLACES * sizeof *table);
    return none;
}

uint64_t birthplace_note(uint64_t site, uint64_t frame)
{
    uint64_t noted = site;
    if (self.slot == NULL || is_full())
        return site;
    int error = self_enter();
    struct birthplace *table = get_table();
    uint32_t number = table != NULL ? 1 + atomic_fetch_add(&used, 1) : BIRTHPLACES;
    if (number < BIRTHPLACES) {
        table[number].depth = stack_frames((struct stack_call){site, frame}, table[number].at, DEPTH);
        noted |= (uint64_t)number << INIT_SITE_BITS;
    }
    self_leave(error);
    return noted;
}

/* NULL: it has no number. */
static const struct birthplace *numbered(uint64_t noted)
{
    const struct birthplace *table = birthplaces;
    return noted == birthplace_site(noted) || table == NULL ? NULL : &table[noted >> INIT_SITE_BITS];
}

/* One with the number of another's is what two threads at once may leave. */
uint64_t birthplace_of(uint64_t address)
{
    uint64_t noted = init_site_of(address);
    const struct birthplace *b = numbered(noted);
    if (noted == birthplace_site(noted) || (b != NULL && b->at[0] == birthplace_site(noted)))
        return noted;
    return 0;
}

uint32_t birthplace_stack(uint64_t noted)
{
    const struct birthplace *b = numbered(noted);
    if (noted == 0)
        return 0;
    return b != NULL && b->depth > 1 ? stack_of_frames(b->at, b->depth) : stack_of_site(birthplace_site(noted));
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
    if (is_full())
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

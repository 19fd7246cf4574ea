#include "preload/left.h"

#include "detect/holding.h"
#include "preload/hold.h"
#include "preload/stack.h"
#include "preload/thread.h"

#include <string.h>

/* More than these are not kept: they are then "nobody that lockwatch knows of". */
enum { THREADS = 16, HOLDS = 4, FRAMES = 16 };

struct left_hold {
    uint64_t address, site;
    uint32_t as, depth;
    uint64_t frames[FRAMES];
};

static struct left {
    uint32_t tid, count;
    uint64_t routine;
    char name[16];
    struct left_hold hold[HOLDS]; /* innermost first */
} left[THREADS];
static uint32_t count;

/*
 * The parent's threads went on while we were made, so its record may be of a later moment; the lock itself is of ours.
 * What has no owner written in it is believed.
 */
static bool is_held_by(uint64_t address, uint32_t as, uint32_t tid)
{
    const pthread_mutex_t *m = (const pthread_mutex_t *)(uintptr_t)address;
    const pthread_rwlock_t *l = (const pthread_rwlock_t *)(uintptr_t)address;
    const pthread_spinlock_t *s = (const pthread_spinlock_t *)(uintptr_t)address;
    switch ((uint16_t)as) {
    case KIND_MUTEX:
        return m->__data.__lock != 0 && m->__data.__owner == (int)tid;
    case KIND_RWLOCK:
        return (as >> 16 & HOW_SHARED) != 0 ? l->__data.__readers >> 3 != 0 : l->__data.__cur_writer == (int)tid;
    case KIND_SPINLOCK:
        return *s != 1;
    case KIND_SEMAPHORE:
        return !lock_is_signal(address);
    default:
        return true;
    }
}

static void save_hold(struct left *to, const struct hold *h, uint32_t as)
{
    struct left_hold *k = &to->hold[to->count];
    if (to->count >= HOLDS || !is_held_by(h->address, as, to->tid))
        return;
    *k = (struct left_hold){.address = h->address, .site = h->site, .as = as};
    const uint64_t *frames = record_frames(&ours, h->stack, &k->depth);
    k->depth = k->depth < FRAMES ? k->depth : FRAMES;
    if (frames != NULL)
        memcpy(k->frames, frames, k->depth * sizeof *frames);
    to->count++;
}

static void save_thread(const struct thread *t)
{
    static struct holding holding;
    struct left *to = &left[count];
    *to = (struct left){.tid = t->tid, .routine = t->routine};
    memcpy(to->name, t->name, sizeof to->name);
    holding_begin_thread(&holding, &ours, t);
    for (const struct hold *h; (h = holding_next(&holding)) != NULL;) {
        const struct lock *lock = record_lock(&ours, h->lock);
        uint32_t kind = lock != NULL ? lock->kind : (uint16_t)t->outer_as;
        save_hold(to, h, HOLD_AS(kind, h->how & HOW_SHARED));
    }
    count += to->count > 0;
}

void left_save(void)
{
    uint32_t used = record_used(&ours, TABLE_THREADS);
    count = 0;
    for (uint32_t id = 1; id < used && count < THREADS; id++) {
        const struct thread *t = thread_at(id);
        if (t != self.own && t->state != THREAD_NONE && t->outer != 0)
            save_thread(t);
    }
}

void left_start(void)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct left *from = &left[i];
        uint32_t path = 0;
        for (uint32_t k = from->count; k-- > 0;) {
            const struct left_hold *h = &from->hold[k];
            uint32_t stack = h->depth > 0 ? stack_of_frames(h->frames, h->depth) : stack_of_site(h->site);
            path = hold_path(path, h->address, h->as, h->site, stack);
        }
        if (path != 0)
            thread_left(from->routine, from->name, path);
    }
    count = 0;
}

#include "preload/process/fork_orphans.h"

#include "detect/held.h"
#include "preload/hold/hold.h"
#include "preload/os/glibc.h"
#include "preload/stack/stack.h"
#include "preload/thread/thread.h"

#include <stdatomic.h>
#include <string.h>

/* More are not kept: then the report says that the holder is not known. */
enum { THREADS = 16, HOLDS = 4, FRAMES = 16 };

struct orphan_hold {
    uint64_t address, site;
    uint32_t as, depth;
    uint64_t frames[FRAMES];
};

static struct orphan {
    uint32_t tid, count;
    uint64_t routine;
    char name[16];
    struct orphan_hold hold[HOLDS]; /* innermost first */
} orphans[THREADS];
static uint32_t count;

static atomic_flag in_use = ATOMIC_FLAG_INIT; /* from save to forget or check */

/*
 * The other threads ran on until the fork, and even the lock's memory may be gone: what counts is the lock as the child
 * has it. A lock that processes share is still held by the thread of the parent.
 */
static bool is_orphaned(const struct orphan_hold *h, uint32_t tid)
{
    return glibc_is_readable(h->address) && !glibc_is_declared_shared((uint16_t)h->as, h->address) &&
           ((uint16_t)h->as != KIND_SEMAPHORE || !lock_is_signal(h->address)) &&
           glibc_is_held_by((uint16_t)h->as, h->address, (h->as >> 16 & HOW_SHARED) != 0, tid);
}

static void save_hold(struct orphan *to, const struct held *h, uint32_t as)
{
    struct orphan_hold *k = &to->hold[to->count];
    if (to->count >= HOLDS)
        return;
    *k = (struct orphan_hold){.address = h->address, .site = h->site, .as = as};
    const uint64_t *frames = record_frames(&ours, h->stack, &k->depth);
    k->depth = k->depth < FRAMES ? k->depth : FRAMES;
    if (frames != NULL)
        memcpy(k->frames, frames, k->depth * sizeof *frames);
    to->count++;
}

static void save_thread(const struct thread *t)
{
    static struct held_walk holding;
    struct orphan *to = &orphans[count];
    *to = (struct orphan){.tid = t->tid, .routine = t->routine};
    memcpy(to->name, t->name, sizeof to->name);
    held_begin_thread(&holding, &ours, t);
    for (const struct held *h; (h = held_next(&holding)) != NULL;) {
        save_hold(to, h, HOLD_AS(h->kind, h->how & HOW_SHARED));
    }
    count += to->count > 0;
}

bool fork_orphans_save(void)
{
    uint32_t used = record_used(&ours, TABLE_THREADS);
    if (atomic_flag_test_and_set(&in_use))
        return false;
    count = 0;
    for (uint32_t id = 1; id < used && count < THREADS; id++) {
        const struct thread *t = thread_at(id);
        if (t != self.own && t->state != THREAD_NONE && held_any(t))
            save_thread(t);
    }
    return true;
}

void fork_orphans_forget(void)
{
    count = 0;
    atomic_flag_clear(&in_use);
}

void fork_orphans_check(void)
{
    uint32_t threads = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t holds = 0;
        for (uint32_t k = 0; k < orphans[i].count; k++)
            if (is_orphaned(&orphans[i].hold[k], orphans[i].tid))
                orphans[i].hold[holds++] = orphans[i].hold[k];
        orphans[i].count = holds;
        if (holds > 0)
            orphans[threads++] = orphans[i];
    }
    count = threads;
    atomic_flag_clear(&in_use);
}

void fork_orphans_start(void)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct orphan *from = &orphans[i];
        uint32_t path = 0;
        for (uint32_t k = from->count; k-- > 0;) {
            const struct orphan_hold *h = &from->hold[k];
            if (glibc_is_in_shared_memory(h->address))
                continue;
            uint32_t stack = h->depth > 0 ? stack_of_frames(h->frames, h->depth) : stack_of_site(h->site);
            path = hold_path(path, h->address, h->as, h->site, stack);
        }
        if (path != 0)
            thread_add_not_forked(from->routine, from->name, path);
    }
    count = 0;
}

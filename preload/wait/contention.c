#include "preload/wait/contention.h"

#include "detect/held.h"
#include "preload/hold/hold.h"
#include "preload/misuse/misuse.h"
#include "preload/misuse/misuse_note.h"
#include "preload/os/clock.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/index.h"
#include "preload/os/options.h"
#include "preload/os/raw_lock.h"
#include "preload/thread/thread.h"

#include <stdatomic.h>
#include <string.h>

static bool is_over(uint64_t lasted, uint32_t milliseconds)
{
    return milliseconds != 0 && lasted >= milliseconds * (uint64_t)1000000;
}

/* --- holds: the times of the last so many locks that the thread acquired --- */

enum { HELD = 32 };
static __thread struct {
    struct {
        uint64_t address, since;
    } item[HELD];
    uint32_t next; /* to be overwritten when all are in use */
} acquired;

static void note_time(uint64_t address)
{
    uint32_t i = 0;
    while (i < HELD && acquired.item[i].address != 0)
        i++;
    if (i == HELD)
        i = acquired.next++ % HELD;
    acquired.item[i].address = address;
    acquired.item[i].since = clock_now();
}

static uint32_t waiter_of(uint64_t address)
{
    uint32_t used = record_used(&ours, TABLE_THREADS), sequence;
    struct want want;
    for (uint32_t id = 1; id < used; id++)
        if (thread_at(id)->state == THREAD_RUNNING && record_blocked(thread_at(id), &want, &sequence) &&
            want.address == address)
            return id;
    return 0;
}

static void note_long_hold(struct thread *t, uint64_t address, uint64_t lasted)
{
    uint32_t waiter = waiter_of(address);
    if (waiter == 0)
        return;
    int error = self_enter();
    uint32_t before = t->path;
    hold_complete_path(t);
    const struct hold *h = record_hold(&ours, held_find(&ours, t->path, address));
    hold_set_path(t, before);
    self_leave(error);
    const struct lock *l = h != NULL ? record_lock(&ours, h->lock) : NULL;
    if (l == NULL)
        return;
    const struct misuse_note m = {.kind = FINDING_LONG_HOLD,
                                  .call = {.address = address, .kind = l->kind, .site = record_site(&ours, h->stack)},
                                  .how = (h->how & HOW_SHARED) != 0 ? WANT_SHARED : 0,
                                  .stack = h->stack,
                                  .other = waiter,
                                  .lasted = lasted};
    misuse_record(&m);
}

static void before_release(struct thread *t, uint64_t address)
{
    uint32_t i = 0;
    while (i < HELD && acquired.item[i].address != address)
        i++;
    if (options.hold_ms == 0 || i == HELD)
        return;
    uint64_t lasted = clock_now() - acquired.item[i].since;
    acquired.item[i].address = 0;
    if (is_over(lasted, options.hold_ms))
        note_long_hold(t, address, lasted);
}

/* --- waits: how often a lock that threads wait for was acquired --- */

enum { QUEUES = 1024, PROBES = 4 };
static struct {
    _Atomic uint64_t address; /* 0: free. Written under the raw lock */
    _Atomic uint32_t acquisitions;
    uint32_t waiters; /* under the raw lock */
} queue[QUEUES] FORK_ZEROED;
static _Atomic uint32_t queues FORK_ZEROED; /* how many are in use */

static uint32_t queue_place(uint64_t address, uint32_t probe)
{
    return (uint32_t)((index_mix(address) >> 20) + probe) % QUEUES;
}

static void after_acquire(uint64_t address)
{
    if (options.hold_ms != 0)
        note_time(address);
    for (uint32_t i = 0; queues != 0 && i < PROBES; i++)
        if (queue[queue_place(address, i)].address == address)
            atomic_fetch_add(&queue[queue_place(address, i)].acquisitions, 1);
}

/* Under the raw lock. PROBES: there is no room. */
static uint32_t find_queue(uint64_t address)
{
    uint32_t room = PROBES;
    for (uint32_t i = PROBES; i-- > 0;) {
        uint64_t there = queue[queue_place(address, i)].address;
        if (there == address)
            return i;
        room = there == 0 ? i : room;
    }
    return room;
}

void contention_wait_begin(struct contention_wait *d, uint64_t address)
{
    if (options.starve_ms == 0)
        return;
    struct signals_saved l = raw_lock_acquire();
    uint32_t probe = find_queue(address);
    if (probe < PROBES) {
        uint32_t q = queue_place(address, probe);
        if (queue[q].waiters++ == 0) {
            atomic_fetch_add(&queues, 1);
            queue[q].address = address;
        }
        d->queue = q + 1;
        d->passed = queue[q].acquisitions;
    }
    raw_lock_release(l);
    d->since = clock_now();
}

void contention_wait_over(struct contention_wait *d)
{
    if (d->queue == 0)
        return;
    uint32_t q = d->queue - 1;
    struct signals_saved l = raw_lock_acquire();
    d->passed = queue[q].acquisitions - d->passed;
    if (--queue[q].waiters == 0) {
        queue[q].address = 0;
        atomic_fetch_sub(&queues, 1);
    }
    raw_lock_release(l);
}

void contention_wait_note(const struct contention_wait *d, const struct call *c, uint16_t how)
{
    enum { FEW = 2 };
    uint64_t lasted = clock_now() - d->since;
    if (d->queue == 0 || d->passed < FEW || !is_over(lasted, options.starve_ms))
        return;
    const struct misuse_note m = {
        .kind = FINDING_STARVATION, .call = *c, .how = how, .since = d->since, .lasted = lasted, .times = d->passed};
    misuse_record(&m);
}

void contention_start(void)
{
    hold_timing = hold_observed = options.hold_ms | options.starve_ms;
    hold_timing_acquired = after_acquire;
    hold_timing_releases = before_release;
}

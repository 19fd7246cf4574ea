#include "preload/wait/other_processes.h"

#include "detect/held.h"
#include "preload/lock/lock.h"
#include "preload/lock/shared_place.h"
#include "preload/os/clock.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/glibc.h"
#include "preload/os/log.h"
#include "preload/os/options.h"
#include "preload/output/analyzer_call.h"
#include "preload/store/recording.h"
#include "preload/wait/kernel_look.h"

#include <pthread.h>
#include <stdlib.h>

static const uint64_t ASK_AGE = 2000 * 1000000ull, ENDING_AGE = 10000 * 1000000ull;

/* Any thread may do that while others acquire and release: then the answer is one of some moment. */
static bool holds_another(const struct thread *t, uint64_t awaited)
{
    struct held_walk walk;
    const struct held *held;
    held_begin_thread(&walk, &ours, t);
    while ((held = held_next(&walk)) != NULL) {
        const struct lock *l = record_lock(&ours, lock_find(held->address));
        bool shared = l != NULL ? (l->traits & TRAIT_SHARED) != 0
                                : held->kind == KIND_MUTEX && glibc_is_readable(held->address) &&
                                      glibc_is_declared_shared(held->kind, held->address);
        if (shared && held->address != awaited)
            return true;
    }
    return false;
}

bool other_processes_concern(uint64_t awaited)
{
    enum { MOST = 256 };
    uint32_t used = record_used(&ours, TABLE_THREADS);
    for (uint32_t id = 1; id < used && id < MOST; id++) {
        const struct thread *t = record_thread(&ours, id);
        if (t->state != THREAD_NONE && held_any(t) && holds_another(t, awaited))
            return true;
    }
    return false;
}

/* The waits that may be part of it. */
struct waits {
    uint64_t newest; /* since when */
    uint64_t state;  /* a number that changes when they do */
    uint64_t awaited;
};

static bool find_waits(struct waits *w)
{
    uint32_t used = record_used(&ours, TABLE_THREADS), sequence;
    struct want want;
    *w = (struct waits){.newest = 0};
    for (uint32_t id = 1; id < used; id++) {
        const struct thread *t = record_thread(&ours, id);
        const struct lock *l;
        if (t->state != THREAD_RUNNING || !record_blocked(t, &want, &sequence) || want_ends_itself(&want))
            continue;
        l = record_lock(&ours, want.lock);
        if (l == NULL || !shared_place_known(l))
            continue;
        w->newest = want.since > w->newest ? want.since : w->newest;
        w->state = (w->state ^ ((uint64_t)id << 32 | sequence)) * 0x9E3779B97F4A7C15u;
        w->awaited = want.address;
    }
    return w->newest != 0 && other_processes_concern(w->awaited);
}

/* For how long a deadlock of several processes must stand before it may end this one; 0: there is none. The log has it,
 * unless another process prints it. */
static uint64_t ask(void)
{
    int cancel;
    enum analyzer_call found = ANALYZER_FAILED;
    kernel_look(false);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    if (log_lock(1000)) {
        found = analyzer_call("--processes", NULL);
        log_unlock();
    }
    pthread_setcancelstate(cancel, NULL);
    return found == ANALYZER_CERTAIN ? ASK_AGE : found == ANALYZER_PRINTED ? ENDING_AGE : 0;
}

static void end_process(void)
{
    if (options.on_deadlock == ON_DEADLOCK_ABORT)
        abort();
    recording_end(options.exitcode);
    real._exit(options.exitcode);
}

bool other_processes_look(void)
{
    static uint64_t asked FORK_ZEROED;
    static uint64_t found FORK_ZEROED;
    struct waits w;
    if (!find_waits(&w))
        return false;
    uint64_t now = clock_now(), age = now > w.newest ? now - w.newest : 0;
    if (age < ASK_AGE)
        return true;
    if (asked != w.state) {
        asked = w.state;
        found = ask();
    }
    bool ends = options.on_deadlock != ON_DEADLOCK_REPORT;
    if (ends && found != 0 && age >= found)
        end_process(); /* without asking again: another one of them may just have ended so */
    return ends && found != 0;
}

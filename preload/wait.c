#include "preload/wait.h"

#include "detect/waits.h"
#include "preload/alarm.h"
#include "preload/clock.h"
#include "preload/hold.h"
#include "preload/process.h"
#include "preload/stack.h"
#include "preload/thread.h"

#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * When a thread looks again while it waits, in milliseconds since the last time. The fourth look finds what must have stood
 * for a while, and the last what must have stood for long (alarm.c).
 */
static const unsigned patience[] = {4, 12, 50, 300, 1000, 1000};
enum { LOOKS = sizeof patience / sizeof patience[0] };

/* How many look at the locks that others wait for. Who goes on meanwhile might free the lock under their eyes, so waits. */
static _Atomic uint32_t looking;

static void let_them_look(void)
{
    for (int i = 0; i < 200 && atomic_load(&looking) != 0; i++)
        sched_yield();
}

/* --- the world --------------------------------------------------------------------------------------------------------------- */

static uint32_t owner_of(const struct want *want)
{
    const pthread_mutex_t *m = (const pthread_mutex_t *)(uintptr_t)want->address;
    return (uint32_t)__atomic_load_n(&m->__data.__owner, __ATOMIC_ACQUIRE) & 0x3fffffff;
}

static bool semaphore_now(const struct lock *lock, uint32_t *value, uint32_t *waiting)
{
    if (!lock_semaphore_layout)
        return false;
    uint64_t data = __atomic_load_n((const uint64_t *)(uintptr_t)lock->address, __ATOMIC_ACQUIRE);
    *value = (uint32_t)data;
    *waiting = (uint32_t)(data >> 32);
    return true;
}

static void wait_world(struct waits_world *world, uint64_t outside)
{
    *world = (struct waits_world){.record = &ours,
                                  .owner = owner_of,
                                  .thread = thread_by_tid,
                                  .semaphore = semaphore_now,
                                  .outside = outside};
}

/* --- saying it --------------------------------------------------------------------------------------------------------------- */

void wait_begin(struct wait *w, const struct wait_for *what)
{
    w->error = self_enter();
    w->thread = NULL;
    w->looks = 0;
    w->timed = (what->how & WANT_TIMED) != 0;
    if (!process_record())
        return;
    struct thread *t = self.own;
    hold_settle(t);
    w->thread = t;
    uint32_t lock = 0;
    if (what->kind != KIND_THREAD) {
        struct lock_traits traits = {.kind = what->kind, .traits = what->traits, .site = what->site};
        lock = lock_get(what->address, &traits);
    }
    uint32_t stack = stack_here(what->site, what->frame);
    w->nested = t->turn % 2 == 1;
    if (w->nested) {
        w->before = t->want;
        atomic_fetch_add(&t->turn, 1);
    }
    t->want = (struct want){.address = what->address, .site = what->site, .since = clock_now(), .lock = lock,
                            .kind = what->kind, .how = what->how, .thread = what->thread};
    if (what->thread != 0)
        t->want.thread_serial = thread_at(what->thread)->serial;
    t->want.stack = stack;
    atomic_fetch_add(&t->turn, 1);
}

void wait_end(struct wait *w, bool keep_errno)
{
    int error = keep_errno ? errno : w->error;
    if (w->thread != NULL) {
        atomic_fetch_add(&w->thread->turn, 1);
        let_them_look();
        if (w->nested) {
            w->thread->want = w->before;
            atomic_fetch_add(&w->thread->turn, 1);
        }
    }
    self_leave(error);
}

void wait_cancelled(void *wait)
{
    wait_end(wait, true);
}

/* --- looking ----------------------------------------------------------------------------------------------------------------- */

/*
 * One judges at a time: a judge wants to see the others asleep, so they must not all sit in judgement over each other. Who
 * comes second goes back to sleep and tries again.
 */
static atomic_flag judging = ATOMIC_FLAG_INIT;

enum verdict { VERDICT_NONE, VERDICT_FOUND, VERDICT_BUSY };

static enum verdict judge(struct waits_world *world)
{
    struct alarm alarm;
    if (atomic_flag_test_and_set(&judging))
        return VERDICT_BUSY;
    atomic_fetch_add(&looking, 1);
    alarm_judge(&alarm, world);
    atomic_fetch_sub(&looking, 1);
    atomic_flag_clear(&judging);
    alarm_tell(&alarm);
    return alarm.found ? VERDICT_FOUND : VERDICT_NONE;
}

bool wait_look(struct wait *w)
{
    struct waits_world world;
    bool again = false;
    if (w->thread != NULL && !w->timed) {
        wait_world(&world, w->thread->want.kind == KIND_SEMAPHORE ? w->thread->want.address : 0);
        atomic_fetch_add(&looking, 1);
        enum waits_look look = waits_look(&world, self.id);
        atomic_fetch_sub(&looking, 1);
        again = look != WAITS_FREE && !(look == WAITS_RING && judge(&world) == VERDICT_FOUND);
    }
    self.slot = self.own;
    return again;
}

struct timespec wait_patience(const struct wait *w, clockid_t clock)
{
    return clock_in(clock, patience[w->looks]);
}

bool wait_look_again(struct wait *w)
{
    struct waits_world world;
    self_enter();
    wait_world(&world, w->thread->want.kind == KIND_SEMAPHORE ? w->thread->want.address : 0);
    enum verdict verdict = judge(&world);
    self.slot = self.own;
    w->looks += verdict != VERDICT_BUSY;
    return w->looks < LOOKS && verdict != VERDICT_FOUND;
}

void wait_look_for_others(void)
{
    struct waits_world world;
    const struct timespec moment = {0, 1000 * 1000};
    wait_world(&world, 0);
    while (judge(&world) == VERDICT_BUSY)
        syscall(SYS_nanosleep, &moment, NULL); /* who has ended has nothing better to do */
}

void wait_reset(void)
{
    looking = 0;
    atomic_flag_clear(&judging);
}

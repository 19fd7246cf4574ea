#include "preload/wait/wait.h"
#include "preload/store/recording.h"

#include "detect/deadlock/first_look.h"
#include "detect/deadlock/stall.h"
#include "detect/held.h"
#include "preload/hold/hold.h"
#include "preload/lock/file_locks.h"
#include "preload/lock/shared_place.h"
#include "preload/lock/site_posts.h"
#include "preload/misuse/misuse.h"
#include "preload/os/clock.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/futex_sleep.h"
#include "preload/os/glibc.h"
#include "preload/os/interpreter.h"
#include "preload/stack/stack.h"
#include "preload/stack/within.h"
#include "preload/thread/thread.h"
#include "preload/wait/acquaintance.h"
#include "preload/wait/contention.h"
#include "preload/wait/deadlock_report.h"
#include "preload/wait/fork_children.h"
#include "preload/wait/kernel_look.h"
#include "preload/wait/kernel_wants.h"
#include "preload/wait/other_processes.h"
#include "preload/wait/other_wakers.h"
#include "preload/wait/recheck.h"
#include "preload/wait/renewed.h"
#include "preload/wait/timed_cycle.h"
#include "record/python_stack.h"

#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How many threads read locks that others wait for. A thread whose wait is over lets them finish, as it may free the
 * lock: how many do so. */
static _Atomic uint32_t looking FORK_ZEROED, letting FORK_ZEROED;

static void look_begins(void)
{
    atomic_fetch_add(&looking, 1);
}

static void look_ends(void)
{
    int error = errno;
    if (atomic_fetch_sub(&looking, 1) == 1 && letting != 0)
        real.syscall(SYS_futex, &looking, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
    errno = error;
}

/* A look is mostly short; the thread that rechecks may take a while. Not for ever: 200 µs, some more when asleep. */
static void wait_for_lookers(void)
{
    enum { LOOKS = 50, TRIES = 200, SLEEPS = 4 };
    const struct timespec moment = {0, 50000};
    uint32_t seen = looking;
    for (int i = 0; i < LOOKS && seen != 0; i++, seen = looking)
        arch_relax();
    if (seen == 0)
        return;
    int error = errno, slept = 0;
    atomic_fetch_add(&letting, 1);
    for (int i = 0; i < TRIES && slept < SLEEPS && (seen = looking) != 0; i++)
        if (real.syscall(SYS_futex, &looking, FUTEX_WAIT_PRIVATE, seen, &moment, NULL, 0) != 0 && errno == ETIMEDOUT)
            slept++;
    atomic_fetch_sub(&letting, 1);
    errno = error;
}

/* --- what the judgement asks of a live process --- */

/* Of a mutex that does not say it itself: whoever holds it by its own word; else the id of no thread. */
static uint32_t owner_by_record(uint64_t address)
{
    const uint32_t unknown = UINT32_MAX;
    uint32_t used = record_used(&ours, TABLE_THREADS);
    for (uint32_t id = 1; id < used; id++) {
        const struct thread *t = thread_at(id);
        if (t->state == THREAD_RUNNING && held_by_thread(&ours, t, address))
            return t->tid;
    }
    return unknown;
}

static uint32_t owner_of(const struct want *want)
{
    const pthread_mutex_t *m = (const pthread_mutex_t *)(uintptr_t)want->address;
    if (!glibc_bears_owner(m) && !glibc_is_free(m))
        return owner_by_record(want->address);
    return glibc_owner_field(want->address);
}

static bool semaphore_now(const struct lock *lock, uint32_t *units, uint32_t *waiters)
{
    return glibc_count_units(lock->address, units, waiters);
}

/*
 * Locked, and the kernel knows no such thread in this process; of what processes share, in any process. There the owner
 * may have another number for itself, in a container; but then its process has the memory, too.
 */
static uint32_t owner_gone(const struct lock *lock)
{
    uint32_t owner = glibc_owner_field(lock->address);
    int error = errno;
    bool shared = (lock->traits & TRAIT_SHARED) != 0;
    bool gone = owner != 0 && !glibc_is_free((const pthread_mutex_t *)(uintptr_t)lock->address) &&
                (shared ? syscall(SYS_tkill, owner, 0) : syscall(SYS_tgkill, getpid(), owner, 0)) != 0 &&
                errno == ESRCH && (!shared || glibc_is_memory_of_one(lock->address));
    errno = error;
    return gone ? owner : 0;
}

static bool inside_condition(const struct lock *lock, uint32_t *count)
{
    *count = lock->kind == KIND_CONDITION ? glibc_count_waiters(lock->address) : 0; /* else each is asked */
    return true;
}

static bool is_pending(const struct want *want)
{
    if (want->kind == KIND_SEMAPHORE)
        return glibc_has_unit(want->address);
    return want->kind == KIND_CONDITION && glibc_is_signalled(want->address);
}

static bool relocks(const struct thread *t, const struct want *want)
{
    const struct lock *mutex = record_lock(&ours, want->cond_mutex);
    if (mutex == NULL)
        return false;
    unsigned size = mutex->kind == KIND_MUTEX ? sizeof(pthread_mutex_t) : sizeof(int);
    return futex_sleep_on(t->tid, mutex->address, size) == ASLEEP_THERE;
}

static bool readers_of(const struct lock *lock, uint32_t *count)
{
    return glibc_count_readers(lock->address, count);
}

static uint32_t file_owner(const struct lock *lock)
{
    if (lock->kind == KIND_GIL) {
        uint64_t owner = interpreter_gil_owner();
        return owner == 0 ? 0 : thread_by_handle((pthread_t)owner);
    }
    return lock->kind == KIND_FILELOCK ? file_locks_owner(lock->address) : kernel_wants_owner(lock);
}

/* Python waits for its own lock at a condition, for some milliseconds again and again, and never gives up. */
static void name_gil(struct want *want)
{
    const struct lock_traits what = {.kind = KIND_GIL};
    uint64_t gil = want->kind == KIND_CONDITION ? interpreter_gil_of(want->address) : 0;
    uint32_t id = gil == 0 ? 0 : lock_get(gil, &what);
    const struct lock *l = record_lock(&ours, id);
    if (l == NULL || l->kind != KIND_GIL)
        return;
    if (l->name == 0)
        lock_name(gil, "GIL");
    want->address = gil;
    want->lock = id;
    want->kind = KIND_GIL;
    want->cond_mutex = 0;
}

static bool derived(uint32_t id, struct want *want)
{
    if (!renewed_want(id, want))
        return kernel_wants_of(id, want);
    name_gil(want);
    return true;
}

static bool own_memory(const struct lock *lock)
{
    return glibc_memory_at(lock->address) == MEMORY_OWN;
}

static uint32_t running_hint;

static void fill_world(struct deadlock_world *world, uint64_t outside)
{
    *world = (struct deadlock_world){.record = &ours,
                                     .owner = owner_of,
                                     .thread = thread_by_tid,
                                     .owner_gone = owner_gone,
                                     .own_memory = own_memory,
                                     .file_owner = file_owner,
                                     .inside = inside_condition,
                                     .relocks = relocks,
                                     .pending = is_pending,
                                     .readers = readers_of,
                                     .semaphore = semaphore_now,
                                     .apart = acquaintance_none,
                                     .history = site_posts_of,
                                     .derived = derived,
                                     .path = hold_path_of,
                                     .within = stack_within,
                                     .hint = &running_hint,
                                     .outside = outside};
}

/* --- what a thread records of its wait --- */

/* On the stack of the thread that waits. */
struct wait_under_way {
    const struct wait *wait;
    struct thread *thread; /* NULL: not watched, or over */
    struct want before;    /* nested: the thread was blocked already, and this wait is one of a signal handler */
    bool nested;
    uint32_t path; /* thread.path before */
    int error;     /* errno before */
    struct contention_wait delay;
    int result;
};

static uint32_t lock_id(uint64_t address, uint16_t kind, const struct wait *w)
{
    struct lock_traits what = {.kind = kind, .traits = w->traits, .site = w->call.site};
    if (kind == KIND_MUTEX && kind != w->call.kind)
        what.traits = glibc_mutex_traits((const pthread_mutex_t *)(uintptr_t)address);
    return lock_get(address, &what);
}

/* Python runs handlers of signals in the main thread alone, and Ctrl-C raises an exception there. */
static bool awaits_signal(const struct thread *t, uint32_t stack)
{
    return unlikely(interpreter_there) && t == thread_at(1) && python_stack_in_event(&ours, stack) &&
           other_wakers_interrupt();
}

static void record_want(struct wait_under_way *x)
{
    const struct wait *w = x->wait;
    x->error = self_enter();
    if (!recording_ready())
        return;
    struct thread *t = self.own;
    const struct call *c = &w->call;
    const struct stack_call here = {c->site, c->frame};
    x->path = t->path;
    hold_complete_path(t);
    uint32_t stack = stack_here(c->site, c->frame);
    hold_use_own_stack(t, &here);
    struct want want = {.address = c->address,
                        .site = c->site,
                        .since = clock_tick(),
                        .thread = w->thread,
                        .kind = c->kind,
                        .how = (uint16_t)(w->how | (awaits_signal(t, stack) ? WANT_SIGNAL : 0)),
                        .path = t->path,
                        .held = t->held_end,
                        .stack = stack};
    if (c->kind == KIND_THREAD)
        want.thread_serial = thread_at(w->thread)->serial;
    else
        want.lock = lock_id(c->address, c->kind, w);
    if (w->cond_mutex != 0)
        want.cond_mutex = lock_id(w->cond_mutex, kind_of_cond_mutex(c->kind), w);
    if (shared_place_due)
        shared_place_find();
    x->nested = t->sequence % 2 == 1;
    x->before = t->want;
    if (x->nested)
        thread_raise_sequence(t);
    t->want = want;
    thread_raise_sequence(t);
    x->thread = t;
    if (w->under_way != NULL)
        *w->under_way = x;
    contention_wait_begin(&x->delay, c->address);
    if (w->cond_mutex != 0)
        misuse_wait_with_mutex(c, want.lock, want.cond_mutex);
}

static void record_end(struct wait_under_way *x)
{
    struct thread *t = x->thread;
    if (t == NULL || t != self.own ||
        fork_guard_is_foreign()) /* or it is a fork's child of the thread that began to wait */
        return;
    x->thread = NULL;
    uint32_t sequence = thread_raise_sequence(t);
    contention_wait_over(&x->delay);
    hold_set_path(t, x->path);
    wait_for_lookers();
    if (x->nested) {
        t->want = x->before;
        thread_raise_sequence(t);
    }
    if (unlikely((t->traits & THREAD_REPORTED) != 0))
        deadlock_report_refute(t, sequence);
}

void wait_over_early(struct wait_under_way *x)
{
    if (x != NULL)
        record_end(x);
}

/* The thread was cancelled while it waited. */
static void cancelled(void *under_way)
{
    record_end(under_way);
    self.slot = self.own;
}

/* --- looking --- */

/*
 * One thread judges at a time: it must see the others asleep, which they are not while they judge themselves. A second
 * one leaves it to a recheck.
 */
static atomic_flag judging FORK_ZEROED;

/* OPEN: there may be a deadlock, or there is one that must stand for longer before it may end the process. */
enum verdict { VERDICT_NONE, VERDICT_FOUND, VERDICT_OPEN, VERDICT_BUSY };

/* `about_to`: address of the semaphore that this thread is about to wait for, or 0. `suspected`: a look saw a cycle. */
static enum verdict judge_all(uint64_t about_to, bool suspected)
{
    struct deadlock_world world;
    struct deadlock_report report;
    if (fork_guard_is_foreign())
        return VERDICT_NONE;
    if (atomic_flag_test_and_set(&judging))
        return VERDICT_BUSY;
    fill_world(&world, about_to);
    look_begins();
    deadlock_report_confirm(&report, &world, suspected);
    look_ends();
    atomic_flag_clear(&judging);
    deadlock_report_print(&report);
    return report.due || report.open ? VERDICT_OPEN : report.found ? VERDICT_FOUND : VERDICT_NONE;
}

static uint64_t semaphore_of(const struct wait *w)
{
    return w->call.kind == KIND_SEMAPHORE ? w->call.address : 0;
}

/*
 * Whether it waits for what another thread may leave locked, a semaphore that is used as a lock or a reader-writer
 * lock. Such a wait cannot begin with a time-out (preload/wait/patience.h), as the program would notice.
 */
static bool needs_others_to_look(const struct wait_under_way *x)
{
    const struct lock *l = record_lock(&ours, x->thread->want.lock);
    if (l == NULL || (l->traits & TRAIT_SHARED) != 0)
        return false;
    return l->kind == KIND_RWLOCK ||
           (l->kind == KIND_SEMAPHORE && (l->traits & (TRAIT_POSTED | TRAIT_EVENT)) == TRAIT_POSTED);
}

static bool needs_other_processes(const struct wait_under_way *x)
{
    const struct lock *l = record_lock(&ours, x->thread->want.lock);
    return l != NULL && shared_place_known(l) && other_processes_concern(l->address);
}

/* Before blocking. A cycle is reported now; where it is not clear that some thread will wake this one, a recheck is
 * requested. */
static void look_before_blocking(const struct wait_under_way *x)
{
    struct deadlock_world world;
    if (x->thread == NULL || (x->wait->how & WANT_TIMED) != 0)
        return;
    fill_world(&world, semaphore_of(x->wait));
    look_begins();
    enum first_look look = first_look_from(&world, self.id);
    look_ends();
    if (look == LOOK_LATER || (look == LOOK_FREE && needs_others_to_look(x)) || needs_other_processes(x))
        recheck_ask_later();
    if (look == LOOK_FREE || look == LOOK_LATER)
        return;
    other_wakers_note();
    bool alone = thread_living() == 1; /* then no thread can wake it, and this one may judge that itself */
    enum verdict verdict = VERDICT_OPEN;
    if (look == LOOK_CYCLE || alone)
        verdict = judge_all(semaphore_of(x->wait), look == LOOK_CYCLE);
    if (verdict == VERDICT_OPEN || verdict == VERDICT_BUSY || (verdict == VERDICT_NONE && !alone))
        recheck_ask();
}

int wait_run(const struct wait *w)
{
    struct wait_under_way x = {.wait = w};
    record_want(&x);
    look_before_blocking(&x);
    self.slot = self.own; /* what a signal handler does while the thread is blocked is watched */
    pthread_cleanup_push(cancelled, &x);
    x.result = w->block(w->argument);
    pthread_cleanup_pop(0);
    self_enter();
    if (unlikely(x.result == ETIMEDOUT) && x.thread != NULL && x.thread == self.own && !fork_guard_is_foreign())
        timed_cycle_note();
    record_end(&x);
    if (x.delay.queue != 0)
        contention_wait_note(&x.delay, &w->call, w->how);
    self_leave(x.error);
    return x.result;
}

static __thread struct {
    struct wait wait;
    struct wait_under_way under_way;
} announced; /* without a wait.call.address: none */

void wait_announce(const struct wait *w)
{
    if (announced.wait.call.address != 0)
        return;
    announced.wait = *w;
    announced.under_way = (struct wait_under_way){.wait = &announced.wait};
    record_want(&announced.under_way);
    look_before_blocking(&announced.under_way);
    errno = announced.under_way.error;
}

void wait_announced_over(uint64_t address)
{
    struct wait_under_way *x = &announced.under_way;
    if (address == 0 || announced.wait.call.address != address)
        return;
    int error = self_enter();
    record_end(x);
    if (x->delay.queue != 0)
        contention_wait_note(&x->delay, &announced.wait.call, announced.wait.how);
    announced.wait.call.address = 0;
    self_leave(error);
}

/* --- what stands still, but is no deadlock --- */

static bool is_reported(void *context, uint32_t thread)
{
    (void)context;
    return (record_thread(&ours, thread)->traits & THREAD_REPORTED) != 0;
}

static bool note_standing(void *context, const struct finding *f)
{
    uint64_t *lasted = context;
    *lasted = f->lasted > *lasted ? f->lasted : *lasted;
    return true;
}

/* For how long what may become a stall has stood at least; 0: there is nothing. */
static uint64_t stood_so_far(void)
{
    uint64_t lasted = 0;
    const struct stall_world world = {
        .record = &ours, .until = clock_now(), .age = STALL_AGE / 5, .may_become = true, .reported = is_reported};
    stall_judge(&world, note_standing, &lasted);
    return lasted;
}

/*
 * Whether something stands that may become a stall, which is judged from the record alone. So the record must show how
 * long it stood at least, and what the threads did that keep others waiting.
 */
static bool may_become_stall(void)
{
    enum { SAMPLES = 8 };
    const struct timespec moment = {0, 20000000};
    uint64_t lasted = stood_so_far();
    for (int i = 0; i < SAMPLES && lasted >= STALL_AGE; i++) {
        kernel_look(i > 0);
        syscall(SYS_nanosleep, &moment, NULL);
    }
    return lasted != 0 && lasted < STALL_AGE;
}

enum recheck_looked wait_look_for_others(void)
{
    bool inside_libc = kernel_wants_any();
    if (inside_libc)
        kernel_look(false);
    enum verdict verdict = judge_all(0, false);
    bool children = verdict != VERDICT_BUSY && fork_children_look();
    bool others = verdict == VERDICT_NONE && other_processes_look();
    bool more = children || others || (!inside_libc && kernel_wants_any());
    if (verdict == VERDICT_NONE && (may_become_stall() || more))
        return RECHECK_OPEN;
    return verdict == VERDICT_BUSY ? RECHECK_BUSY : verdict == VERDICT_OPEN ? RECHECK_OPEN : RECHECK_DONE;
}

void wait_look_again(void)
{
    if (self.own == NULL || recording != RECORDING_ON)
        return;
    int error = self_enter();
    if (!kernel_wants_any()) {
        if (stood_so_far() != 0)
            recheck_ask_later();
    } else if (judge_all(0, true) != VERDICT_FOUND) {
        recheck_ask();
    }
    self_leave(error);
}

void wait_review(void)
{
    struct deadlock_world world;
    if (record_used(&ours, TABLE_FINDINGS) <= 1 || atomic_flag_test_and_set(&judging))
        return;
    fill_world(&world, 0);
    deadlock_report_review(&world);
    atomic_flag_clear(&judging);
}

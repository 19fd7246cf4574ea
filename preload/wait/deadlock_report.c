#include "preload/wait/deadlock_report.h"

#include "preload/os/clock.h"
#include "preload/os/futex_sleep.h"
#include "preload/os/glibc.h"
#include "preload/os/log.h"
#include "preload/os/options.h"
#include "preload/os/raw_lock.h"
#include "preload/os/self.h"
#include "preload/output/analyzer_call.h"
#include "preload/output/fallback.h"
#include "preload/store/finding_table.h"
#include "preload/store/module.h"
#include "preload/store/recording.h"
#include "preload/store/store.h"
#include "preload/store/suppression.h"
#include "preload/wait/kernel_look.h"
#include "preload/wait/other_wakers.h"
#include "preload/wait/renewed.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * A finding must have stood for so long: a wrong report is worse than a late one. Of a likely one some other thread
 * still runs, or there is a signal handler; else it would be certain. A thread that wakes others for the first time is
 * often a timer of a second or so; where a thread that runs is left out, it must be longer. To end the process a
 * finding must have stood for longer still.
 */
static const uint64_t LIKELY_AGE = 2000 * 1000000ull, BESIDE_AGE = 4000 * 1000000ull, ENDING_AGE = 10000 * 1000000ull,
                      CERTAIN_AGE = 250 * 1000000ull;

/* --- confirming --- */

static const struct timespec moment = {0, 250000};
enum { TRIES = 40 }; /* moments that are waited for what a busy machine may delay */

/* The processor time of a thread of this process, in nanoseconds; 0: it is gone. */
static uint64_t used_by(uint32_t tid)
{
    enum { OF_THREAD = 4 | 2 }; /* how it was scheduled (Linux: CPUCLOCK_SCHED, CPUCLOCK_PERTHREAD) */
    struct timespec used = {0, 0};
    syscall(SYS_clock_gettime, (clockid_t)(~tid << 3 | OF_THREAD), &used);
    return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

/*
 * Clang's threads spin for good until their turn in an ordered region has come, and do nothing else meanwhile. One that
 * has run for long enough to see it, while no other thread that could have passed it on has moved, spins in vain.
 */
static bool spins_in_vain(const struct thread *t)
{
    enum { ENOUGH = 200000 };
    const uint64_t before = t->want.kind == KIND_OMP_ORDERED ? used_by(t->tid) : 0;
    for (int tries = 0; before != 0 && tries < TRIES; tries++) {
        syscall(SYS_nanosleep, &moment, NULL);
        if (used_by(t->tid) >= before + ENOUGH)
            return true;
    }
    return false;
}

/*
 * In a toolkit's lock a thread sleeps where that likes, or spins for a while and sleeps (OpenMP). Where the record has
 * a holder it is believed; else the thread must not run.
 */
static bool sleeps_in_toolkit(const struct thread *t)
{
    return kind_like(t->want.kind) != KIND_FUTEX || futex_sleep_on(t->tid, t->want.address, 1) != ASLEEP_NOT ||
           spins_in_vain(t);
}

/* Whether the kernel, too, has a side asleep, on that very lock. Where it does not say, the record is believed. */
static bool side_is_asleep(const struct side *side)
{
    enum { LARGEST = 128, LARGEST_THREAD = 4096 };
    const struct thread *t = record_thread(&ours, side->thread);
    const struct lock *lock = record_lock(&ours, t->want.lock), *mutex = record_lock(&ours, t->want.cond_mutex);
    if (side->thread == self.id || t->want.kind == KIND_SPINLOCK || t->want.kind == KIND_OWN ||
        want_is_derived(&side->want))
        return true;
    if (t->want.kind == KIND_FILELOCK)
        return futex_sleep_on_file(t->tid) != ASLEEP_NOT;
    if (kind_is_toolkit(t->want.kind) && t->want.kind != KIND_GCOND)
        return sleeps_in_toolkit(t);
    /* A join waits for the tid in what libc keeps of the thread, which its pthread_t is the address of. */
    enum futex_sleep asleep = t->want.kind == KIND_THREAD
                                  ? futex_sleep_on(t->tid, record_thread(&ours, t->want.thread)->handle, LARGEST_THREAD)
                                  : futex_sleep_in(t->tid, (uint16_t)t->want.kind, t->want.address, LARGEST);
    if (asleep == ASLEEP_ELSEWHERE && lock != NULL && (lock->traits & TRAIT_INHERIT) != 0)
        return true; /* on a futex of libc's own, where the kernel refuses to wait, as for an owner that is gone */
    if (asleep == ASLEEP_ELSEWHERE && mutex != NULL)
        asleep = futex_sleep_on(t->tid, mutex->address, sizeof(pthread_mutex_t));
    return asleep == ASLEEP_THERE || asleep == ASLEEP_UNKNOWN;
}

/* Threads that have just recorded their want take a moment to fall asleep; on a busy machine a longer one. */
static bool all_asleep(const struct finding *f)
{
    enum { SAMPLE = 1000 };
    uint32_t sides = f->sides < SAMPLE ? f->sides : SAMPLE;
    uint32_t i = 0;
    for (int tries = 0; tries < TRIES; tries++) {
        while (i < sides && side_is_asleep(&f->side[i]))
            i++;
        if (i == sides)
            return true;
        syscall(SYS_nanosleep, &moment, NULL);
    }
    return false;
}

/*
 * Of a finding that rests on no thread at all being able to go on: whether the kernel has all threads that wait asleep,
 * sides or not. One that was woken, but has not run since, is about to.
 */
static bool others_asleep(const struct finding *f)
{
    enum { MOST = 1000 };
    uint32_t used = record_used(&ours, TABLE_THREADS), asked = 0;
    for (uint32_t id = 1; f->everybody && id < used && asked < MOST; id++) {
        const struct thread *t = record_thread(&ours, id);
        uint32_t sequence = t->sequence;
        if (t->state != THREAD_RUNNING || sequence % 2 == 0)
            continue;
        asked++;
        if (!side_is_asleep(&(struct side){.thread = id}) || t->sequence != sequence)
            return false;
    }
    return true;
}

static bool stood_for(const struct finding *f, uint64_t age)
{
    uint64_t now = clock_now();
    for (uint32_t i = 0; i < f->sides; i++)
        if (f->side[i].want.since + age > now)
            return false;
    return true;
}

/* Whether a side may have been cancelled before it came to wait: then it goes on as soon as it sleeps. */
static bool may_be_cancelled(const struct finding *f)
{
    bool any = false;
    for (uint32_t i = 0; i < f->sides; i++)
        any |= f->side[i].want.kind == KIND_THREAD || f->side[i].want.kind == KIND_SEMAPHORE ||
               f->side[i].want.kind == KIND_CONDITION;
    return any && (ours.header->other_wakers & OTHER_WAKER_CANCELS) != 0;
}

/* On a slow machine the signal may take long; a thread that is being traced is given it when it may go on. */
static bool is_being_cancelled(const struct finding *f)
{
    bool any = false;
    for (uint32_t i = 0; i < f->sides && !any && may_be_cancelled(f); i++)
        any = futex_sleep_is_cancelled(record_thread(&ours, f->side[i].thread)->tid);
    return any;
}

static bool is_old_enough(const struct finding *f)
{
    bool kernel = false;
    for (uint32_t i = 0; i < f->sides; i++)
        kernel |= (f->side[i].want.how & WANT_KERNEL) != 0;
    if (f->confidence != CONFIDENCE_CERTAIN)
        return stood_for(f, f->beside ? BESIDE_AGE : LIKELY_AGE);
    /* Without a cycle it rests on a thread that has ended: perhaps because the process is ending, too. */
    return (f->cycle > 0 && !kernel && !may_be_cancelled(f)) || stood_for(f, CERTAIN_AGE);
}

static bool may_end(const struct finding *f)
{
    return f->confidence == CONFIDENCE_CERTAIN || stood_for(f, ENDING_AGE);
}

/* --- threads that go on after all --- */

static void print_went_on(uint32_t id)
{
    struct finding f;
    if (!finding_stored(&ours, id, &f) || f.reason != REASON_WENT_ON ||
        (finding_at(id)->reported & REPORTED_FINDING) == 0 ||
        (atomic_fetch_or(&finding_at(id)->reported, REPORTED_WENT_ON) & REPORTED_WENT_ON) != 0)
        return;
    fallback_headline(&f);
}

static void refute(uint32_t id, const struct finding *f)
{
    struct record_finding *stored = finding_at(id);
    uint32_t none = REASON_NONE;
    uint64_t since = 0, now = clock_now();
    for (uint32_t i = 0; i < f->sides; i++)
        since = f->side[i].want.since > since ? f->side[i].want.since : since;
    if (stored->reason != REASON_NONE)
        return;
    stored->lasted = now > since ? now - since : 0;
    atomic_compare_exchange_strong(&stored->reason, &none, REASON_WENT_ON);
}

/* Where another thread prints just now, it looks for these when it is done. */
static void try_print_went_on(uint32_t id)
{
    enum { PATIENCE = 50 }; /* milliseconds */
    if (finding_at(id)->reason == REASON_WENT_ON && log_lock(PATIENCE)) {
        print_went_on(id);
        log_unlock();
    }
}

void deadlock_report_refute(struct thread *t, uint32_t sequence)
{
    struct finding f;
    atomic_fetch_and(&t->traits, ~(uint32_t)THREAD_REPORTED);
    for (uint32_t id = record_used(&ours, TABLE_FINDINGS); id-- > 1;) {
        if (!finding_stored(&ours, id, &f) || f.kind != FINDING_DEADLOCK || f.reason != REASON_NONE)
            continue;
        for (uint32_t i = 0; i < f.sides; i++)
            if (f.side[i].serial == t->serial && f.side[i].sequence == sequence && !want_is_derived(&f.side[i].want))
                refute(id, &f);
        try_print_went_on(id);
    }
}

static bool is_over(const struct deadlock_world *w, const struct side *side)
{
    if ((side->want.how & WANT_RENEWED) != 0)
        return record_thread(&ours, side->thread)->serial != side->serial || renewed_is_over(side->thread, &side->want);
    return want_is_derived(&side->want) && !deadlock_still_derived(w, side);
}

/* What was reported of waits that no thread records, and stands no more. */
void deadlock_report_review(const struct deadlock_world *w)
{
    struct finding f;
    for (uint32_t id = record_used(&ours, TABLE_FINDINGS); id-- > 1;) {
        if (!finding_stored(&ours, id, &f) || f.kind != FINDING_DEADLOCK || f.reason != REASON_NONE)
            continue;
        for (uint32_t i = 0; i < f.sides; i++)
            if (is_over(w, &f.side[i]))
                refute(id, &f);
        try_print_went_on(id);
    }
}

/* --- writing it down --- */

/* Each side shall call deadlock_report_refute when it goes on. One that does so just now may not have seen that. */
static void watch_sides(uint32_t id, const struct finding *f)
{
    for (uint32_t i = 0; i < f->sides; i++)
        atomic_fetch_or(&record_thread(&ours, f->side[i].thread)->traits, THREAD_REPORTED);
    for (uint32_t i = 0; i < f->sides; i++)
        if (!want_is_derived(&f->side[i].want) &&
            record_thread(&ours, f->side[i].thread)->sequence != f->side[i].sequence)
            refute(id, f);
}

/* 0: it was there already, or there is no room. */
static uint32_t write_down(const struct finding *f)
{
    struct signals_saved l = raw_lock_acquire();
    uint32_t id = finding_find(f) != 0 ? 0 : finding_add(f);
    raw_lock_release(l);
    if (id != 0)
        watch_sides(id, f);
    return id;
}

/* --- confirming what was judged --- */

struct confirming {
    struct deadlock_report *report;
    const struct deadlock_world *world;
};

static bool confirm(void *context, const struct finding *f)
{
    const struct confirming *c = context;
    struct deadlock_report *r = c->report;
    uint32_t old = finding_find(f);
    if (old != 0) {
        r->found = true;
        if ((finding_at(old)->reported & REPORTED_FINDING) == 0 || options.on_deadlock == ON_DEADLOCK_REPORT)
            return true;
        if (may_end(f) && all_asleep(f) && deadlock_stood_still(c->world, f))
            r->ends = old;
        r->due = true;
        return true;
    }
    if (!is_old_enough(f) || !all_asleep(f) || !others_asleep(f) || is_being_cancelled(f) ||
        !deadlock_stood_still(c->world, f)) {
        r->open = true;
        return true;
    }
    uint32_t id = write_down(f);
    r->found = true;
    if (id != 0) {
        r->changes[r->count++] = id;
        r->ends = may_end(f) ? id : r->ends;
        r->due |= options.on_deadlock != ON_DEADLOCK_REPORT;
    }
    return r->count < sizeof r->changes / sizeof r->changes[0];
}

static bool stop_at_first(void *context, const struct finding *f)
{
    (void)context;
    (void)f;
    return false;
}

void deadlock_report_confirm(struct deadlock_report *r, const struct deadlock_world *w, bool suspected)
{
    struct confirming c = {r, w};
    struct deadlock_world alone = *w;
    int cancel;
    *r = (struct deadlock_report){.found = false};
    deadlock_report_review(w);
    alone.alone = true;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    if (suspected || deadlock_judge(&alone, stop_at_first, NULL) > 0) {
        ours.header->other_wakers = other_wakers_find() | other_wakers_cancel();
        r->open = (ours.header->other_wakers & OTHER_WAKER_FOREIGN_THREAD) !=
                  0; /* perhaps one of the program's that is just ending */
        deadlock_judge(w, confirm, &c);
        if (r->count > 0)
            kernel_look(false);
    }
    pthread_setcancelstate(cancel, NULL);
}

/* --- printing --- */

/* The headline at once, unless the analyzer must say first whether it is suppressed. */
static void print(uint32_t id)
{
    struct finding f;
    char number[16];
    bool at_once = !suppression_any();
    if (!finding_stored(&ours, id, &f) || f.reason == REASON_WENT_ON)
        return;
    snprintf(number, sizeof number, "%u", id);
    if (at_once)
        fallback_headline(&f);
    enum analyzer_call did = analyzer_call(number, at_once ? NULL : "--whole");
    if (did == ANALYZER_SUPPRESSED || (did == ANALYZER_FAILED && suppression_covers(&f)))
        return;
    if (did == ANALYZER_FAILED && !at_once)
        fallback_headline(&f);
    if (did == ANALYZER_FAILED)
        fallback_brief(&f);
    if (store_path() != NULL)
        log_line("the record: %s", store_path());
    atomic_fetch_or(&finding_at(id)->reported, REPORTED_FINDING);
    print_went_on(id);
}

/* It was printed, and no thread of it has gone on meanwhile. */
static bool is_to_end(uint32_t id)
{
    return id != 0 && (finding_at(id)->reported & REPORTED_FINDING) != 0 && finding_at(id)->reason == REASON_NONE;
}

void deadlock_report_print(const struct deadlock_report *r)
{
    int cancel;
    if (r->count == 0 && r->ends == 0)
        return;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    while (!log_lock(1000)) /* what is printed is deadlocked, and in no hurry */
        continue;
    module_settle();
    for (unsigned i = 0; i < r->count; i++)
        print(r->changes[i]);
    for (uint32_t id = record_used(&ours, TABLE_FINDINGS); id-- > 1;)
        print_went_on(id); /* of a thread that could not wait for the log to print it */
    log_unlock();
    if (is_to_end(r->ends) && options.on_deadlock == ON_DEADLOCK_ABORT)
        abort();
    if (is_to_end(r->ends) && options.on_deadlock == ON_DEADLOCK_EXIT) {
        recording_end(options.exitcode);
        real._exit(options.exitcode);
    }
    pthread_setcancelstate(cancel, NULL);
}

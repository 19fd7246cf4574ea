/*
 * The words of mistakes and of delays: what was done, who else has a part in it, which rule it breaks and what libc
 * made of that.
 */
#include "report/full/finding_text.h"
#include "tests/unit/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 1 << 22 };

/* A record in which `one` does wrong and `two` is beside it, with a lock; and the finding. */
static struct {
    struct forged f;
    uint32_t one, two, lock;
    struct side side[2];
    struct finding finding;
} it;

static void begin(enum finding_kind kind, uint16_t lock, uint32_t traits)
{
    memset(&it, 0, sizeof it);
    forged_begin(&it.f, ROOM);
    forged_thread(&it.f, "");
    it.one = forged_thread(&it.f, "one");
    it.two = forged_thread(&it.f, "two");
    it.lock = forged_lock(&it.f, lock, 0x8000, "l", traits);
    it.finding = (struct finding){.kind = kind, .severity = SEVERITY_WARNING, .side = it.side, .sides = 1, .count = 1};
}

/* It did so at a code address, and the other one is as it is now. */
static void done(uint64_t site, bool other)
{
    it.side[0] = forged_side(&it.f, it.one, 0, it.lock, site, 0);
    it.side[1] = forged_side(&it.f, it.two, 0, it.lock, 0, 0);
    it.side[1].want = record_thread(&it.f.record, it.two)->want;
    it.finding.sides = other ? 2 : 1;
}

static void tell(void (*piece)(struct story *, const struct finding *))
{
    page_tell(&it.f, &it.finding, piece);
}

static void end(void)
{
    for (enum coffman c = 0; c < COFFMAN_COUNT; c++)
        assert_false(page_met(&it.f, &it.finding, c));
    forged_end(&it.f);
}

static void unlock_not_owner(void **state)
{
    (void)state;
    begin(FINDING_UNLOCK_NOT_OWNER, KIND_MUTEX, 0);
    uint32_t other = forged_lock(&it.f, KIND_MUTEX, 0x9000, "other", 0);
    forged_hold(&it.f, it.one, other, 0x100, 0);
    forged_hold(&it.f, it.two, it.lock, 0x200, 0);
    done(0x300, true);
    it.finding.count = 3;
    tell(page_whole);
    page_is("unlock-not-owner: T2 (one) unlocked mutex l while T3 (two) held it\n"
            "  T2 (one, tid 4002) unlocked mutex l while T3 (two) held it, first of 3 times,\n"
            "    at:\n"
            "    #0 f3 at x.c:300\n"
            "  also holding mutex other (x.c:100)\n"
            "\n"
            "  T3 (two, tid 4003) held mutex l, acquired at:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  Why it is a mistake: only the thread that locked a mutex may unlock it; POSIX\n"
            "    leaves the rest undefined. libc does not check: it released it although T3\n"
            "    relies on it, and a third thread can enter beside it.\n"
            "  What to change: let T3 unlock it. To let another thread continue, use a\n"
            "    semaphore, which any thread may post.\n");
    record_lock(&it.f.record, it.lock)->traits = TRAIT_ERRORCHECK;
    tell(page_whole);
    page_is("unlock-not-owner: T2 (one) unlocked mutex l while T3 (two) held it\n"
            "  T2 (one, tid 4002) unlocked mutex l while T3 (two) held it, first of 3 times,\n"
            "    at:\n"
            "    #0 f3 at x.c:300\n"
            "  also holding mutex other (x.c:100)\n"
            "\n"
            "  T3 (two, tid 4003) held mutex l, acquired at:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  Why it is a mistake: libc refused it with EPERM and left the mutex locked;\n"
            "    code that does not check the result goes on as if it were free.\n"
            "  What to change: let T3 unlock it. To let another thread continue, use a\n"
            "    semaphore, which any thread may post.\n");
    page_evidence(&it.f, &it.finding, CIRCULAR_WAIT);
    page_is("this is a mistake, not a deadlock");
    end();
}

static void unlock_not_held(void **state)
{
    (void)state;
    begin(FINDING_UNLOCK_NOT_HELD, KIND_RWLOCK, 0);
    done(0x300, false);
    tell(page_whole);
    page_is("unlock-not-held: T2 (one) unlocked rwlock l, which no thread held\n"
            "  T2 (one, tid 4002) unlocked rwlock l, which no thread held, at:\n"
            "    #0 f3 at x.c:300\n"
            "\n"
            "  Why it is a mistake: POSIX leaves it undefined. libc reports nothing, but\n"
            "    counts one reader too few from now on: the next writer blocks forever.\n"
            "  What to change: unlock it once for each time that it was locked. Look for a\n"
            "    path through the code that reaches x.c:300 without having locked it, or a\n"
            "    second time.\n");
    end();
}

static void destroyed(void **state)
{
    (void)state;
    begin(FINDING_DESTROY_IN_USE, KIND_CONDITION, 0);
    forged_want(&it.f, it.two, it.lock, 0x200, 0);
    done(0x300, true);
    tell(page_whole);
    page_is("destroy-in-use: T2 (one) destroyed condition l while T3 (two) waited on it\n"
            "  T2 (one, tid 4002) destroyed condition l while T3 (two) waited on it, at:\n"
            "    #0 f3 at x.c:300\n"
            "\n"
            "  T3 (two, tid 4003) waited on condition l, at:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  Why it is a mistake: a condition must not be destroyed while it is in use\n"
            "    (POSIX). libc blocks in this call until the threads that wait there have\n"
            "    left, perhaps forever.\n"
            "  What to change: destroy it after its last use: first join the threads that use\n"
            "    it, or wait for them.\n");
    end();
    begin(FINDING_DESTROY_IN_USE, KIND_MUTEX, 0);
    forged_hold(&it.f, it.one, it.lock, 0x100, 0);
    done(0x300, false);
    tell(story_headline);
    page_is("destroy-in-use: T2 (one) destroyed mutex l while holding it itself");
    tell(page_whole);
    page_is("destroy-in-use: T2 (one) destroyed mutex l while holding it itself\n"
            "  T2 (one, tid 4002) destroyed mutex l while holding it itself, at:\n"
            "    #0 f3 at x.c:300\n"
            "  while holding mutex l, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  Why it is a mistake: a mutex must not be destroyed while it is in use (POSIX).\n"
            "    libc refused it with EBUSY, so the mutex still exists; another system may\n"
            "    not.\n"
            "  What to change: destroy it after its last use: first join the threads that use\n"
            "    it, or wait for them.\n");
    end();
}

static void initialised(void **state)
{
    (void)state;
    begin(FINDING_INIT_IN_USE, KIND_MUTEX, 0);
    forged_hold(&it.f, it.two, it.lock, 0x200, 0);
    done(0x300, true);
    tell(page_whole);
    page_is("init-in-use: T2 (one) initialised mutex l while T3 (two) held it\n"
            "  T2 (one, tid 4002) initialised mutex l while T3 (two) held it, at:\n"
            "    #0 f3 at x.c:300\n"
            "\n"
            "  T3 (two, tid 4003) held mutex l, acquired at:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  Why it is a mistake: what is in use must not be initialised again (POSIX). It\n"
            "    is free from now on, although T3 relies on it: a second thread can enter\n"
            "    beside it.\n"
            "  What to change: initialise it once, before any thread can use it: statically,\n"
            "    or with pthread_once.\n");
    record_thread(&it.f.record, it.two)->path = 0;
    uint32_t c = forged_lock(&it.f, KIND_CONDITION, 0x9000, "c", 0);
    forged_want(&it.f, it.two, c, 0x400, 0);
    record_thread(&it.f.record, it.two)->want.cond_mutex = it.lock;
    done(0x300, true);
    tell(story_headline);
    page_is("init-in-use: T2 (one) initialised mutex l while T3 (two) waited on a condition with it");
    it.finding.sides = 1;
    tell(story_headline);
    page_is("init-in-use: T2 (one) initialised mutex l while it was in use");
    end();
}

static void ended_with_it(void **state)
{
    (void)state;
    begin(FINDING_EXIT_HOLDING, KIND_MUTEX, 0);
    forged_hold(&it.f, it.one, it.lock, 0x100, 0);
    record_thread(&it.f.record, it.one)->state = THREAD_ENDED;
    done(0x100, false);
    tell(page_whole);
    page_is("exit-holding: T2 (one) exited while holding mutex l\n"
            "  T2 (one, tid 4002) exited while holding mutex l, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  Why it is a mistake: no other thread can release it: the next one that wants\n"
            "    it blocks forever.\n"
            "  What to change: release it on every way out of the thread, or make the mutex\n"
            "    robust and handle EOWNERDEAD.\n");
    record_lock(&it.f.record, it.lock)->traits = TRAIT_ROBUST;
    tell(page_whole);
    page_is("exit-holding: T2 (one) exited while holding mutex l\n"
            "  T2 (one, tid 4002) exited while holding mutex l, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  Why it is a mistake: it is robust: the next thread that locks it gets\n"
            "    EOWNERDEAD, and has to repair what it protects (pthread_mutex_consistent).\n"
            "  What to change: release it on every way out of the thread.\n");
    record_lock(&it.f.record, it.lock)->traits = 0;
    it.side[0].want.how = WANT_SHARED;
    it.finding.count = 2;
    tell(page_whole);
    page_is("exit-holding: T2 (one) exited while holding mutex l\n"
            "  T2 (one, tid 4002) exited while holding mutex l, first of 2 times,\n"
            "    acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  Why it is a mistake: no other thread can release it: the next writer blocks\n"
            "    forever.\n"
            "  What to change: release it on every way out of the thread, or make the mutex\n"
            "    robust and handle EOWNERDEAD.\n");
    it.side[0].want.kind = KIND_SEMAPHORE;
    tell(page_whole);
    page_is("exit-holding: T2 (one) exited while holding mutex l\n"
            "  T2 (one, tid 4002) exited while holding mutex l, first of 2 times,\n"
            "    acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  Why it is a mistake: so far only threads that had acquired it have posted it:\n"
            "    its unit is lost, and in the end no thread gets one.\n"
            "  What to change: release it on every way out of the thread, or make the mutex\n"
            "    robust and handle EOWNERDEAD.\n");
    end();
}

static void condition_without_its_mutex(void **state)
{
    (void)state;
    begin(FINDING_COND_MUTEX_NOT_HELD, KIND_CONDITION, 0);
    uint32_t m = forged_lock(&it.f, KIND_MUTEX, 0x9000, "m", 0);
    forged_hold(&it.f, it.two, m, 0x200, 0);
    done(0x300, true);
    it.side[0].want.cond_mutex = m;
    tell(page_whole);
    page_is("cond-mutex-not-held: T2 (one) waited on condition l without holding mutex m\n"
            "  T2 (one, tid 4002) waited on condition l without holding mutex m, at:\n"
            "    #0 f3 at x.c:300\n"
            "\n"
            "  T3 (two, tid 4003) held mutex m, acquired at:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  Why it is a mistake: a wait releases the mutex, so the thread that waits has\n"
            "    to hold it (POSIX). Without it, the signal may come between the check of\n"
            "    what it stands for and the wait, and is lost; and the mutex was taken from\n"
            "    T3.\n"
            "  What to change: lock the mutex, check what the condition stands for, and wait\n"
            "    in a loop, all before releasing it.\n");
    end();
}

static void condition_with_two_mutexes(void **state)
{
    (void)state;
    begin(FINDING_COND_TWO_MUTEXES, KIND_CONDITION, 0);
    uint32_t m = forged_lock(&it.f, KIND_MUTEX, 0x9000, "m", 0), n = forged_lock(&it.f, KIND_MUTEX, 0xa000, "n", 0);
    forged_hold(&it.f, it.one, m, 0x100, 0);
    forged_want(&it.f, it.two, it.lock, 0x200, 0);
    record_thread(&it.f.record, it.two)->want.cond_mutex = n;
    done(0x300, true);
    it.side[0].want.cond_mutex = m;
    tell(page_whole);
    page_is("cond-two-mutexes: T2 (one) waited on condition l with mutex m, T3 (two) with\n"
            "    mutex n\n"
            "  T2 (one, tid 4002) waited on condition l with mutex m, T3 (two) with mutex n,\n"
            "    at:\n"
            "    #0 f3 at x.c:300\n"
            "  also holding mutex m (x.c:100)\n"
            "\n"
            "  T3 (two, tid 4003) waited on condition l with mutex n, at:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  Why it is a mistake: while a thread waits on a condition, others may wait on\n"
            "    it with the same mutex only (POSIX). A thread that holds one of them does\n"
            "    not exclude one that holds the other: a signal in between is lost.\n"
            "  What to change: wait on this condition with one mutex everywhere, the one that\n"
            "    protects what it stands for; or use a condition for each mutex.\n");
    end();
}

static void locked_again(void **state)
{
    (void)state;
    begin(FINDING_RELOCK, KIND_MUTEX, TRAIT_ERRORCHECK);
    forged_hold(&it.f, it.one, it.lock, 0x100, 0);
    done(0x300, false);
    tell(page_whole);
    page_is("relock: T2 (one) locked mutex l, which it already held\n"
            "  T2 (one, tid 4002) locked mutex l, which it already held, at:\n"
            "    #0 f3 at x.c:300\n"
            "  while holding mutex l, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  Why it is a mistake: the call failed with EDEADLK: the lock is held as often\n"
            "    as before, and free after as many unlocks. Code that does not check the\n"
            "    result goes on without it.\n"
            "  What to change: release it in between, call a variant that expects it locked,\n"
            "    or make the mutex recursive.\n");
    end();
}

static void delays(void **state)
{
    (void)state;
    begin(FINDING_STARVATION, KIND_RWLOCK, 0);
    done(0x300, false);
    it.finding.severity = SEVERITY_NOTE;
    it.finding.lasted = 3000000000;
    it.side[0].times = 120;
    tell(page_whole);
    page_is("starvation: T2 (one) waited to lock rwlock l for writing for 3.00 s while others\n"
            "    acquired it 120 times\n"
            "  T2 (one, tid 4002) waited to lock rwlock l for writing for 3.00 s while others\n"
            "    acquired it 120 times, at:\n"
            "    #0 f3 at x.c:300\n"
            "\n"
            "  Why it matters: this rwlock lets readers in while others read: as long as they\n"
            "    overlap, a writer waits.\n"
            "  What to change: let the rwlock prefer writers (pthread_rwlockattr_setkind_np,\n"
            "    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP), or let readers through a\n"
            "    turnstile, a mutex that a writer holds while it waits.\n");
    it.finding.kind = FINDING_LONG_HOLD;
    forged_want(&it.f, it.two, it.lock, 0x200, 0);
    done(0x300, true);
    tell(page_whole);
    page_is("long-hold: T2 (one) held rwlock l for 3.00 s while T3 (two) waited for it\n"
            "  T2 (one, tid 4002) held rwlock l for 3.00 s while T3 (two) waited for it, at:\n"
            "    #0 f3 at x.c:300\n"
            "\n"
            "  T3 (two, tid 4003) waited to lock rwlock l for writing, at:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  Why it matters: T3 could do nothing meanwhile.\n"
            "  What to change: do what takes long before acquiring it or after releasing it.\n");
    end();
    begin(FINDING_SPIN_BLOCKED, KIND_SEMAPHORE, 0);
    uint32_t spin = forged_lock(&it.f, KIND_SPINLOCK, 0x9000, "spin", 0);
    forged_hold(&it.f, it.one, spin, 0x100, 0);
    done(0x300, false);
    it.side[0].held = spin;
    it.finding.severity = SEVERITY_NOTE;
    tell(page_whole);
    page_is("spin-blocked: T2 (one) may block on semaphore l while holding spinlock spin\n"
            "  T2 (one, tid 4002) may block on semaphore l while holding spinlock spin, at:\n"
            "    #0 f3 at x.c:300\n"
            "  while holding spinlock spin, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  Why it matters: while T2 sleeps, every thread that wants the spinlock keeps a\n"
            "    processor busy; one of higher priority may keep it from ever running again.\n"
            "  What to change: make the spinlock a mutex, or release it before the call.\n");
    page_evidence(&it.f, &it.finding, CIRCULAR_WAIT);
    page_is("this is a delay, not a deadlock");
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unlock_not_owner),
        cmocka_unit_test(unlock_not_held),
        cmocka_unit_test(destroyed),
        cmocka_unit_test(initialised),
        cmocka_unit_test(ended_with_it),
        cmocka_unit_test(condition_without_its_mutex),
        cmocka_unit_test(condition_with_two_mutexes),
        cmocka_unit_test(locked_again),
        cmocka_unit_test(delays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

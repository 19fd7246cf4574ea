/*
 * The words of mistakes and of delays: what was done, who else has a part in it, which rule it breaks and what libc
 * made of that.
 */
#include "report/finding_text.h"
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
        assert_false(coffman_met(&it.f.record, &it.finding, c));
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
    tell(story_headline);
    page_is("unlock-not-owner: T2 (one) unlocks mutex l, which T3 (two) holds");
    tell(story_finding);
    page_is("  T2 (one, tid 4002) unlocked mutex l (0x8000), the first of 3 times, at:\n"
            "      #0 f3 at x.c:300\n"
            "    it held mutex other (0x9000), taken at:\n"
            "      #0 f1 at x.c:100\n"
            "\n"
            "  T3 (two, tid 4003) held mutex l, taken at:\n"
            "      #0 f2 at x.c:200\n"
            "\n"
            "  Why it is a mistake: only the thread that locked a mutex may unlock it; else, says POSIX, anything\n"
            "      may happen. libc does not look: it has given it back although T3 counts on it, and a third\n"
            "      thread gets in beside it.\n"
            "\n"
            "  What to change: let T3 unlock it. Where one thread is to let another go on, use a semaphore, which\n"
            "      anybody may post.\n");
    record_lock(&it.f.record, it.lock)->traits = TRAIT_ERRORCHECK;
    tell(story_finding);
    page_has("libc refused it with EPERM");
    page_evidence(&it.f, &it.finding, CIRCULAR_WAIT);
    page_is("this is a mistake, not a deadlock");
    end();
}

static void unlock_not_held(void **state)
{
    (void)state;
    begin(FINDING_UNLOCK_NOT_HELD, KIND_RWLOCK, 0);
    done(0x300, false);
    tell(story_headline);
    page_is("unlock-not-held: T2 (one) unlocks rwlock l, which nobody holds");
    tell(story_finding);
    page_is("  T2 (one, tid 4002) unlocked rwlock l (0x8000), which nobody held, at:\n"
            "      #0 f3 at x.c:300\n"
            "\n"
            "  Why it is a mistake: POSIX leaves open what happens. libc says nothing, but counts one reader too\n"
            "      few from now on: the next writer waits for good.\n"
            "\n"
            "  What to change: unlock it once for each time that it was locked. Look for a way through the code\n"
            "      that comes to x.c:300 without having locked it, or a second time.\n");
    end();
}

static void destroyed(void **state)
{
    (void)state;
    begin(FINDING_DESTROY_IN_USE, KIND_CONDITION, 0);
    forged_want(&it.f, it.two, it.lock, 0x200, 0);
    done(0x300, true);
    tell(story_headline);
    page_is("destroy-in-use: T2 (one) destroys condition l, which T3 (two) waits on");
    tell(story_finding);
    page_is("  T2 (one, tid 4002) destroyed condition l (0x8000) at:\n"
            "      #0 f3 at x.c:300\n"
            "\n"
            "  T3 (two, tid 4003) waited on condition l at:\n"
            "      #0 f2 at x.c:200\n"
            "\n"
            "  Why it is a mistake: a condition that is in use must not be destroyed (POSIX). libc waits inside\n"
            "      of this call until those that wait there have left, perhaps for good.\n"
            "\n"
            "  What to change: destroy it after its last use: join the threads that use it, or wait for them,\n"
            "      first.\n");
    end();
    begin(FINDING_DESTROY_IN_USE, KIND_MUTEX, 0);
    forged_hold(&it.f, it.one, it.lock, 0x100, 0);
    done(0x300, false);
    tell(story_headline);
    page_is("destroy-in-use: T2 (one) destroys mutex l, which it holds itself");
    tell(story_finding);
    page_has("    while it held mutex l (0x8000), taken at:\n      #0 f1 at x.c:100\n");
    page_has("EBUSY, so it lives on");
    end();
}

static void initialised(void **state)
{
    (void)state;
    begin(FINDING_INIT_IN_USE, KIND_MUTEX, 0);
    forged_hold(&it.f, it.two, it.lock, 0x200, 0);
    done(0x300, true);
    tell(story_headline);
    page_is("init-in-use: T2 (one) initialises mutex l, which T3 (two) holds");
    tell(story_finding);
    page_is("  T2 (one, tid 4002) initialised mutex l (0x8000) at:\n"
            "      #0 f3 at x.c:300\n"
            "\n"
            "  T3 (two, tid 4003) held mutex l, taken at:\n"
            "      #0 f2 at x.c:200\n"
            "\n"
            "  Why it is a mistake: what is in use must not be initialised again (POSIX). It is free from now on,\n"
            "      although T3 counts on it: a second thread gets in beside it.\n"
            "\n"
            "  What to change: initialise it once, before any thread can use it: statically, or with\n"
            "      pthread_once.\n");
    record_thread(&it.f.record, it.two)->path = 0;
    uint32_t c = forged_lock(&it.f, KIND_CONDITION, 0x9000, "c", 0);
    forged_want(&it.f, it.two, c, 0x400, 0);
    record_thread(&it.f.record, it.two)->want.cond_mutex = it.lock;
    done(0x300, true);
    tell(story_headline);
    page_is("init-in-use: T2 (one) initialises mutex l, which T3 (two) wants back");
    it.finding.sides = 1;
    tell(story_headline);
    page_is("init-in-use: T2 (one) initialises mutex l, which is in use");
    end();
}

static void ended_with_it(void **state)
{
    (void)state;
    begin(FINDING_EXIT_HOLDING, KIND_MUTEX, 0);
    forged_hold(&it.f, it.one, it.lock, 0x100, 0);
    record_thread(&it.f.record, it.one)->state = THREAD_ENDED;
    done(0x100, false);
    tell(story_headline);
    page_is("exit-holding: T2 (one) ends with mutex l in hand");
    tell(story_finding);
    page_is("  T2 (one, tid 4002) ended without releasing mutex l (0x8000), taken at:\n"
            "      #0 f1 at x.c:100\n"
            "\n"
            "  Why it is a mistake: nobody else can give it back: whoever wants it next waits for good.\n"
            "\n"
            "  What to change: give it back on every way out of the thread, also when it is cancelled\n"
            "      (pthread_cleanup_push), or make the mutex robust and handle EOWNERDEAD.\n");
    record_lock(&it.f.record, it.lock)->traits = TRAIT_ROBUST;
    tell(story_finding);
    page_has("told so with EOWNERDEAD");
    record_lock(&it.f.record, it.lock)->traits = 0;
    it.side[0].want.how = WANT_SHARED;
    it.finding.count = 2;
    tell(story_finding);
    page_has(" ended without releasing mutex l (0x8000) to read, the first of 2 times,\n      taken at:\n");
    page_has("whoever wants to write next waits for good.");
    it.side[0].want.kind = KIND_SEMAPHORE;
    tell(story_finding);
    page_has("its unit is lost");
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
    tell(story_headline);
    page_is("cond-mutex-not-held: T2 (one) waits on condition l without holding mutex m");
    tell(story_finding);
    page_is("  T2 (one, tid 4002) waited on condition l (0x8000) without holding mutex m (0x9000) at:\n"
            "      #0 f3 at x.c:300\n"
            "\n"
            "  T3 (two, tid 4003) held mutex m, taken at:\n"
            "      #0 f2 at x.c:200\n"
            "\n"
            "  Why it is a mistake: a wait gives the mutex back, so it has to be locked by the thread that waits\n"
            "      (POSIX). Without it, the signal may come between the look at what it stands for and the wait,\n"
            "      and is lost; and the mutex was taken from T3.\n"
            "\n"
            "  What to change: lock the mutex, look at what the condition stands for, and wait in a loop, all\n"
            "      before giving it back.\n");
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
    tell(story_headline);
    page_is("cond-two-mutexes: T2 (one) waits on condition l with mutex m, T3 (two) with mutex n");
    tell(story_finding);
    page_is("  T2 (one, tid 4002) waited on condition l (0x8000) with mutex m (0x9000) at:\n"
            "      #0 f3 at x.c:300\n"
            "    it held mutex m (0x9000), taken at:\n"
            "      #0 f1 at x.c:100\n"
            "\n"
            "  T3 (two, tid 4003) waited on condition l with mutex n at:\n"
            "      #0 f2 at x.c:200\n"
            "\n"
            "  Why it is a mistake: while a thread waits on a condition, others may wait on it with the same\n"
            "      mutex only (POSIX). Who holds one of them keeps nobody out who holds the other: a signal in\n"
            "      between is lost.\n"
            "\n"
            "  What to change: wait on this condition with one mutex everywhere, that of what it stands for; or\n"
            "      use a condition for each mutex.\n");
    end();
}

static void locked_again(void **state)
{
    (void)state;
    begin(FINDING_RELOCK, KIND_MUTEX, TRAIT_ERRORCHECK);
    forged_hold(&it.f, it.one, it.lock, 0x100, 0);
    done(0x300, false);
    tell(story_headline);
    page_is("relock: T2 (one) locks mutex l, which it holds already");
    tell(story_finding);
    page_is("  T2 (one, tid 4002) locked mutex l (0x8000), which was refused, at:\n"
            "      #0 f3 at x.c:300\n"
            "    while it held mutex l (0x8000), taken at:\n"
            "      #0 f1 at x.c:100\n"
            "\n"
            "  Why it is a mistake: the call failed with EDEADLK, so the lock is held as often as before, and\n"
            "      free after as many unlocks. Code that does not look at the result goes on without it.\n"
            "\n"
            "  What to change: give it back in between, call a variant that expects it locked, or make the mutex\n"
            "      recursive.\n");
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
    tell(story_headline);
    page_is("starvation: T2 (one) waited for rwlock l for 3.00 s, passed over 120 times");
    tell(story_finding);
    page_is("  T2 (one, tid 4002) waited for rwlock l (0x8000) for 3.00 s, while others came before it 120 times,\n"
            "      at:\n"
            "      #0 f3 at x.c:300\n"
            "\n"
            "  Why it matters: this rwlock lets readers in while others read: as long as they overlap, a writer\n"
            "      waits.\n"
            "\n"
            "  What to change: let the rwlock prefer writers (pthread_rwlockattr_setkind_np,\n"
            "      PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP), or let readers through a turnstile, a mutex\n"
            "      that a writer holds while it waits.\n");
    it.finding.kind = FINDING_LONG_HOLD;
    forged_want(&it.f, it.two, it.lock, 0x200, 0);
    done(0x300, true);
    tell(story_headline);
    page_is("long-hold: T2 (one) held rwlock l for 3.00 s while T3 (two) waited");
    tell(story_finding);
    page_is("  T2 (one, tid 4002) took rwlock l (0x8000) and held it for 3.00 s, at:\n"
            "      #0 f3 at x.c:300\n"
            "\n"
            "  T3 (two, tid 4003) waited for rwlock l at:\n"
            "      #0 f2 at x.c:200\n"
            "\n"
            "  Why it matters: T3 could do nothing meanwhile.\n"
            "\n"
            "  What to change: do what takes long before taking it or after giving it back.\n");
    end();
    begin(FINDING_SPIN_BLOCKED, KIND_SEMAPHORE, 0);
    uint32_t spin = forged_lock(&it.f, KIND_SPINLOCK, 0x9000, "spin", 0);
    forged_hold(&it.f, it.one, spin, 0x100, 0);
    done(0x300, false);
    it.side[0].held = spin;
    it.finding.severity = SEVERITY_NOTE;
    tell(story_headline);
    page_is("spin-blocked: T2 (one) may block on semaphore l with spinlock spin in hand");
    tell(story_finding);
    page_is("  T2 (one, tid 4002) called what may block on semaphore l (0x8000) at:\n"
            "      #0 f3 at x.c:300\n"
            "    while it held spinlock spin (0x9000), taken at:\n"
            "      #0 f1 at x.c:100\n"
            "\n"
            "  Why it matters: while T2 sleeps, all who want the spinlock keep a processor busy with waiting; one\n"
            "      of higher priority may keep it from ever going on.\n"
            "\n"
            "  What to change: make the spinlock a mutex, or give it back before the call.\n");
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

/*
 * The words of what could have happened: cycles of lock orders, waits with a lock held, and why some are no more than a
 * note.
 */
#include "report/brief.h"
#include "report/full/finding_text.h"
#include "tests/unit/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 1 << 22, MOST = 6 };

/* A record, its finding, and the room for its sides. */
struct foreseen {
    struct forged f;
    struct side side[MOST];
    struct finding finding;
};

static struct foreseen it;

static void begin(enum finding_kind kind)
{
    memset(&it, 0, sizeof it);
    forged_begin(&it.f, ROOM);
    forged_thread(&it.f, "");
    it.finding = (struct finding){.kind = kind, .severity = SEVERITY_WARNING, .side = it.side, .count = 1};
}

static void end(void)
{
    forged_end(&it.f);
}

/* Another side of the cycle: the thread had taken `held` at `taken`, and took `want` at `site`. */
static void add(uint32_t thread, uint32_t held, uint64_t taken, uint32_t want, uint64_t site, uint32_t times)
{
    forged_hold(&it.f, thread, held, taken, 0);
    it.side[it.finding.sides++] = forged_side(&it.f, thread, held, want, site, times);
    it.finding.cycle = it.finding.sides;
}

static void tell(void (*piece)(struct story *, const struct finding *))
{
    page_tell(&it.f, &it.finding, piece);
}

/* Two threads that took two locks in both orders. */
static void two_sides(void)
{
    begin(FINDING_LOCK_ORDER);
    uint32_t worker = forged_thread(&it.f, "worker"), cleaner = forged_thread(&it.f, "cleaner");
    uint32_t memory = forged_lock(&it.f, KIND_MUTEX, 0x8000, "memory", 0);
    uint32_t index = forged_lock(&it.f, KIND_MUTEX, 0x9000, "index", 0);
    uint32_t log = forged_lock(&it.f, KIND_MUTEX, 0xa000, "log", 0);
    forged_hold(&it.f, worker, log, 0x500, 0);
    add(worker, memory, 0x100, index, 0x300, 412);
    add(cleaner, index, 0x200, memory, 0x400, 1);
}

static void order_of_two(void **state)
{
    (void)state;
    two_sides();
    tell(page_whole);
    page_is("lock-order: 2 threads can deadlock over memory and index\n"
            "  T2 (worker) -> mutex index -> T3 (cleaner) -> mutex memory -> T2 (worker)\n"
            "\n"
            "  T2 (worker, tid 4002) acquired mutex index at:\n"
            "    #0 f3 at x.c:300\n"
            "  while holding mutex memory, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "  also holding mutex log (x.c:500)\n"
            "\n"
            "  T3 (cleaner, tid 4003) acquired mutex memory at:\n"
            "    #0 f4 at x.c:400\n"
            "  while holding mutex index, acquired at:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  memory -> index: 412 times; index -> memory: once.\n"
            "  It did not deadlock in this run because T2 and T3 were never between their two\n"
            "    acquisitions (x.c:100-300 and x.c:200-400) at the same time.\n"
            "\n"
            "  What to change: T3 acquires memory (x.c:400) while holding index (x.c:200):\n"
            "    acquire memory first, as T2 does (412 of 413 times).\n"
            "  Coffman conditions: all four would hold.\n");
    end();
}

static void order_of_three(void **state)
{
    (void)state;
    begin(FINDING_LOCK_ORDER);
    uint32_t thread[3], lock[3];
    static const char *const names[] = {"a", "b", "c"};
    for (unsigned i = 0; i < 3; i++) {
        thread[i] = forged_thread(&it.f, "");
        lock[i] = forged_lock(&it.f, i == 1 ? KIND_RWLOCK : KIND_MUTEX, 0x8000 + 0x100 * i, names[i], 0);
    }
    for (unsigned i = 0; i < 3; i++)
        add(thread[i], lock[i], 0x100 + 0x10 * i, lock[(i + 1) % 3], 0x200 + 0x10 * i, 5 - i);
    it.finding.count = 4;
    tell(page_whole);
    page_is("lock-order: 3 threads can deadlock over a, b and c\n"
            "  T2 -> rwlock b for writing -> T3 -> mutex c -> T4 -> mutex a -> T2\n"
            "\n"
            "  T2 (tid 4002) acquired rwlock b for writing at:\n"
            "    #0 f2 at x.c:200\n"
            "  while holding mutex a, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  T3 (tid 4003) acquired mutex c at:\n"
            "    #0 f2 at x.c:210\n"
            "  while holding rwlock b for writing, acquired at:\n"
            "    #0 f1 at x.c:110\n"
            "\n"
            "  T4 (tid 4004) acquired mutex a at:\n"
            "    #0 f2 at x.c:220\n"
            "  while holding mutex c, acquired at:\n"
            "    #0 f1 at x.c:120\n"
            "\n"
            "  a -> b: 5 times; b -> c: 4 times; c -> a: 3 times.\n"
            "  It did not deadlock in this run because T2, T3 and T4 were never between their\n"
            "    two acquisitions (x.c:100-200, x.c:110-210 and x.c:120-220) at the same\n"
            "    time.\n"
            "  3 more like it: other locks of these names, acquired in the same places.\n"
            "\n"
            "  What to change: T4 acquires a (x.c:220) while holding c (x.c:120): acquire a\n"
            "    first. One order for all: a, b and c.\n"
            "  Coffman conditions: all four would hold.\n");
    end();
}

/* One function that takes two of many locks, as it is given them. */
static void order_of_one_place(void **state)
{
    (void)state;
    begin(FINDING_LOCK_ORDER);
    uint32_t one = forged_thread(&it.f, "one"), two = forged_thread(&it.f, "two");
    uint32_t a = forged_lock(&it.f, KIND_MUTEX, 0x8000, "account[0]", 0);
    uint32_t b = forged_lock(&it.f, KIND_MUTEX, 0x8040, "account[1]", 0);
    add(one, a, 0x100, b, 0x200, 7);
    add(two, b, 0x100, a, 0x200, 7);
    tell(story_advice);
    page_is("acquire these locks in one order everywhere. The same code acquires them all at x.c:200: compare "
            "the two and acquire the one with the lower address or index first.");
    forged_module(&it.f, "/usr/lib/libstdc++.so.6", 0x10000, 0x20000);
    tell(story_advice);
    page_is("acquire these locks in one order everywhere. The same code acquires them all at x.c:200: compare "
            "the two and acquire the one with the lower address or index first, or both at once with "
            "std::scoped_lock or std::lock.");
    it.side[1].want.stack = it.side[0].want.stack; /* as threads of one function have it */
    tell(story_advice);
    page_is("acquire these locks in one order everywhere. The same code acquires them all at x.c:200: compare "
            "the two and acquire the one with the lower address or index first, or both at once with "
            "std::scoped_lock or std::lock.");
    tell(page_whole);
    page_is("lock-order: 2 threads can deadlock over account[0] and account[1]\n"
            "  T2 (one) -> mutex account[1] -> T3 (two) -> mutex account[0] -> T2 (one)\n"
            "\n"
            "  T2 (one, tid 4002) acquired mutex account[1] at:\n"
            "    #0 f2 at x.c:200\n"
            "  while holding mutex account[0], acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  T3 (two, tid 4003) acquired mutex account[0] at:\n"
            "    #0 f2 at x.c:200\n"
            "  while holding mutex account[1], acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  account[0] -> account[1]: 7 times; account[1] -> account[0]: 7 times.\n"
            "  It did not deadlock in this run because T2 and T3 were never between their two\n"
            "    acquisitions (x.c:100-200 and x.c:100-200) at the same time.\n"
            "\n"
            "  What to change: acquire these locks in one order everywhere. The same code\n"
            "    acquires them all at x.c:200: compare the two and acquire the one with the\n"
            "    lower address or index first, or both at once with std::scoped_lock or\n"
            "    std::lock.\n"
            "  Coffman conditions: all four would hold.\n");
    end();
}

/* A line that takes both of its locks. */
static void order_of_one_line(void **state)
{
    (void)state;
    begin(FINDING_LOCK_ORDER);
    uint32_t one = forged_thread(&it.f, "one"), two = forged_thread(&it.f, "two");
    uint32_t a = forged_lock(&it.f, KIND_MUTEX, 0x8000, NULL, 0), b = forged_lock(&it.f, KIND_MUTEX, 0x8040, "b", 0);
    add(one, a, 0x100, b, 0x100, 0);
    add(two, b, 0x200, a, 0x300, 0);
    tell(story_headline);
    page_is("lock-order: 2 threads can deadlock over M1 and b");
    tell(page_whole);
    page_is("lock-order: 2 threads can deadlock over M1 and b\n"
            "  T2 (one) -> mutex b -> T3 (two) -> mutex M1 -> T2 (one)\n"
            "  M1 is the mutex created in make at x.c:1 (0x8000)\n"
            "\n"
            "  T2 (one, tid 4002) acquired mutex b at:\n"
            "    #0 f1 at x.c:100\n"
            "  while holding mutex M1, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  T3 (two, tid 4003) acquired mutex M1 at:\n"
            "    #0 f3 at x.c:300\n"
            "  while holding mutex b, acquired at:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  It did not deadlock in this run because T2 and T3 were never between their two\n"
            "    acquisitions (x.c:100 and x.c:200-300) at the same time.\n"
            "\n"
            "  What to change: T3 acquires M1 (x.c:300) while holding b (x.c:200): acquire M1\n"
            "    first, as T2 does.\n"
            "  Coffman conditions: all four would hold.\n");
    assert_null(strstr(page_text, " times"));
    end();
}

/* --- notes -------------------------------------------------------------------------------------------- */

static void note(enum finding_reason reason)
{
    it.finding.severity = SEVERITY_NOTE;
    it.finding.reason = reason;
}

static void only(enum coffman failing)
{
    for (enum coffman c = 0; c < COFFMAN_COUNT; c++)
        assert_int_equal(page_met(&it.f, &it.finding, c), c != failing);
}

static void guarded(void **state)
{
    (void)state;
    begin(FINDING_LOCK_ORDER);
    uint32_t worker = forged_thread(&it.f, "worker"), cleaner = forged_thread(&it.f, "cleaner");
    uint32_t memory = forged_lock(&it.f, KIND_MUTEX, 0x8000, "memory", 0);
    uint32_t index = forged_lock(&it.f, KIND_MUTEX, 0x9000, "index", 0);
    uint32_t gate = forged_lock(&it.f, KIND_MUTEX, 0xa000, "gate", 0);
    forged_hold(&it.f, worker, gate, 0x500, 0);
    forged_hold(&it.f, cleaner, gate, 0x600, 0);
    add(worker, memory, 0x100, index, 0x300, 412);
    add(cleaner, index, 0x200, memory, 0x400, 1);
    note(REASON_GUARDED);
    it.finding.gate_lock = gate;
    tell(page_whole);
    page_is("lock-order: memory and index acquired in both orders, always under a common\n"
            "    lock, gate\n"
            "  T2 (worker) -> mutex index -> T3 (cleaner) -> mutex memory -> T2 (worker)\n"
            "  T2 (worker) acquired mutex index at x.c:300 while holding mutex memory\n"
            "    (x.c:100), 412 times\n"
            "  T3 (cleaner) acquired mutex memory at x.c:400 while holding mutex index\n"
            "    (x.c:200), once\n"
            "  Not a deadlock: T2 and T3 both hold gate, which lets only one of them in at a\n"
            "    time, so \"circular wait\" does not hold.\n");
    only(CIRCULAR_WAIT);
    tell(story_advice);
    page_is("safe as long as all of them hold gate. To be rid of it: T3 acquires memory (x.c:400) while holding "
            "index (x.c:200): acquire memory first, as T2 does (412 of 413 times).");
    it.finding.gate_lock = 0;
    tell(story_headline);
    page_is("lock-order: memory and index acquired in both orders, always under a common lock");
    page_evidence(&it.f, &it.finding, CIRCULAR_WAIT);
    page_is("another lock, held by two of them, lets only one in at a time");
    end();
}

static void single_thread(void **state)
{
    (void)state;
    begin(FINDING_LOCK_ORDER);
    uint32_t one = forged_thread(&it.f, "one");
    uint32_t a = forged_lock(&it.f, KIND_MUTEX, 0x8000, "a", 0), b = forged_lock(&it.f, KIND_MUTEX, 0x9000, "b", 0);
    add(one, a, 0x100, b, 0x200, 3);
    record_thread(&it.f.record, one)->path = 0;
    add(one, b, 0x300, a, 0x400, 3);
    note(REASON_SINGLE_THREAD);
    tell(page_whole);
    page_is("lock-order: a and b acquired in both orders, by one thread only\n"
            "  T2 (one) -> mutex b -> T2 (one) -> mutex a -> T2 (one)\n"
            "  T2 (one) acquired mutex b at x.c:200 while holding mutex a (x.c:100), 3 times\n"
            "  T2 (one) acquired mutex a at x.c:400 while holding mutex b (x.c:300), 3 times\n"
            "  Not a deadlock: only T2 does all of it, and a thread does not wait for itself,\n"
            "    so \"circular wait\" does not hold.\n");
    only(CIRCULAR_WAIT);
    page_evidence(&it.f, &it.finding, MUTUAL_EXCLUSION);
    page_is("b lets one thread in at a time; a lets one thread in at a time");
    tell(story_advice);
    page_is("safe as long as only one thread does this. To be rid of it: T2 acquires a (x.c:400) while holding "
            "b (x.c:300): acquire a first.");
    end();
}

static void ordered(void **state)
{
    (void)state;
    two_sides();
    note(REASON_ORDERED);
    it.finding.count = 3;
    tell(page_whole);
    page_is("lock-order: memory and index acquired in both orders, never at the same time\n"
            "  T2 (worker) -> mutex index -> T3 (cleaner) -> mutex memory -> T2 (worker)\n"
            "  T2 (worker) acquired mutex index at x.c:300 while holding mutex memory\n"
            "    (x.c:100), 412 times\n"
            "  T3 (cleaner) acquired mutex memory at x.c:400 while holding mutex index\n"
            "    (x.c:200), once\n"
            "  Not a deadlock: the order in which threads start, end and wait for each other\n"
            "    keeps T2 and T3 apart, so \"circular wait\" does not hold.\n"
            "  2 more like it.\n");
    only(CIRCULAR_WAIT);
    end();
}

static void timed(void **state)
{
    (void)state;
    two_sides();
    note(REASON_TIMED);
    it.side[1].want.how |= WANT_TIMED;
    tell(page_whole);
    page_is("lock-order: memory and index acquired in both orders, with a time-out\n"
            "  T2 (worker) -> mutex index -> T3 (cleaner) -> mutex memory -> T2 (worker)\n"
            "  T2 (worker) acquired mutex index at x.c:300 while holding mutex memory\n"
            "    (x.c:100), 412 times\n"
            "  T3 (cleaner) acquired mutex memory at x.c:400 while holding mutex index\n"
            "    (x.c:200), once\n"
            "  Not a deadlock: T3's wait for memory (x.c:400) times out, so \"no preemption\"\n"
            "    does not hold.\n");
    only(NO_PREEMPTION);
    end();
}

/* --- wait-holding --------------------------------------------------------------------------------------- */

/* Side 0 has waited; each further one has woken it. */
static void waker(uint32_t thread, uint64_t site, uint32_t times)
{
    it.side[it.finding.sides++] = forged_side(&it.f, thread, 0, it.side[0].held, site, times);
    it.finding.cycle = 2;
}

static void wait_on_semaphore(void **state)
{
    (void)state;
    begin(FINDING_WAIT_HOLDING);
    uint32_t consumer = forged_thread(&it.f, "consumer"), producer = forged_thread(&it.f, "producer");
    uint32_t other = forged_thread(&it.f, "other");
    uint32_t mutex = forged_lock(&it.f, KIND_MUTEX, 0x8000, "mutex", 0);
    uint32_t full = forged_lock(&it.f, KIND_SEMAPHORE, 0x9000, "full", TRAIT_EVENT);
    forged_post(&it.f, producer, full);
    add(consumer, mutex, 0x100, full, 0x200, 12);
    waker(producer, 0x300, 40);
    forged_hold(&it.f, other, mutex, 0x400, 0);
    waker(other, 0x500, 1);
    tell(page_whole);
    page_is("wait-holding: T2 (consumer) waits for semaphore full while holding mutex, which\n"
            "    T3 (producer) and 1 more acquire first\n"
            "  T2 (consumer) -> semaphore full -> T3 (producer) -> mutex mutex\n"
            "    -> T2 (consumer)\n"
            "\n"
            "  T2 (consumer, tid 4002) waited for semaphore full, 12 times, at:\n"
            "    #0 f2 at x.c:200\n"
            "  while holding mutex mutex, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  T3 (producer, tid 4003) posted it after acquiring mutex, 40 times, at:\n"
            "    #0 f3 at x.c:300\n"
            "\n"
            "  T4 (other, tid 4004) posted it after acquiring mutex at:\n"
            "    #0 f5 at x.c:500\n"
            "  while holding mutex mutex, acquired at:\n"
            "    #0 f4 at x.c:400\n"
            "\n"
            "  T3 and T4 always released mutex before T2 acquired it, or the semaphore was\n"
            "    already positive. If T2 acquires mutex first, all of them block forever.\n"
            "    Based on the wakers seen in this run; a thread that posts without mutex\n"
            "    would make it harmless.\n"
            "\n"
            "  What to change: release mutex before the wait at x.c:200, or acquire it after\n"
            "    that instead of before (x.c:100), or let T3 post full without it. A\n"
            "    condition variable would do both: waiting on it releases mutex.\n"
            "  Coffman conditions: all four would hold.\n");
    end();
}

static void wait_for_the_end(void **state)
{
    (void)state;
    begin(FINDING_WAIT_HOLDING);
    uint32_t worker = forged_thread(&it.f, "worker");
    uint32_t list = forged_lock(&it.f, KIND_MUTEX, 0x8000, "list", 0);
    add(1, list, 0x100, list, 0x200, 1);
    it.side[0].want = (struct want){.kind = KIND_THREAD, .thread = worker, .thread_serial = 2, .site = 0x200};
    waker(worker, 0x300, 9);
    tell(page_whole);
    page_is("wait-holding: T1 (main) waits for the end of T2 (worker) while holding list,\n"
            "    which T2 (worker) acquires first\n"
            "  T1 (main) -> T2 (worker) -> mutex list -> T1 (main)\n"
            "\n"
            "  T1 (main, tid 4001) waited for the end of T2 (worker) at:\n"
            "    #0 f2 at x.c:200\n"
            "  while holding mutex list, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  T2 (worker, tid 4002) acquired list before it exited, 9 times, at:\n"
            "    #0 f3 at x.c:300\n"
            "\n"
            "  T2 released list for the last time before T1 acquired it. If T1 acquires list\n"
            "    first, both block forever.\n"
            "\n"
            "  What to change: release list before the join at x.c:200.\n"
            "  Coffman conditions: all four would hold.\n");
    end();
}

static void wait_for_oneself(void **state)
{
    (void)state;
    begin(FINDING_WAIT_HOLDING);
    uint32_t m = forged_lock(&it.f, KIND_MUTEX, 0x8000, "m", 0);
    uint32_t units = forged_lock(&it.f, KIND_SEMAPHORE, 0x9000, "units", TRAIT_EVENT);
    add(1, m, 0x100, units, 0x200, 1);
    waker(1, 0x300, 1);
    note(REASON_SINGLE_THREAD);
    tell(page_whole);
    page_is("wait-holding: T1 (main) waits for semaphore units while holding m, by one thread\n"
            "    only\n"
            "  T1 (main) -> semaphore units -> T1 (main) -> mutex m -> T1 (main)\n"
            "  T1 (main) waited for semaphore units at x.c:200 while holding mutex m\n"
            "    (x.c:100), once\n"
            "  T1 (main) posted it after acquiring m at x.c:300, once\n"
            "  Not a deadlock: T1 itself ends the wait before it begins, and no other thread\n"
            "    needs m to do so, so \"circular wait\" does not hold.\n");
    only(CIRCULAR_WAIT);
    end();
}

/* Where it took the lock is not known. */
static void wait_for_an_end_that_came(void **state)
{
    (void)state;
    begin(FINDING_WAIT_HOLDING);
    uint32_t worker = forged_thread(&it.f, "worker");
    uint32_t list = forged_lock(&it.f, KIND_MUTEX, 0x8000, "list", 0);
    add(1, list, 0x100, list, 0x200, 1);
    it.side[0].want = (struct want){.kind = KIND_THREAD, .thread = worker, .thread_serial = 2, .site = 0x200};
    waker(worker, 0, 1);
    it.side[1].want.stack = 0;
    tell(page_whole);
    page_is("wait-holding: T1 (main) waits for the end of T2 (worker) while holding list,\n"
            "    which T2 (worker) acquires first\n"
            "  T1 (main) -> T2 (worker) -> mutex list -> T1 (main)\n"
            "\n"
            "  T1 (main, tid 4001) waited for the end of T2 (worker) at:\n"
            "    #0 f2 at x.c:200\n"
            "  while holding mutex list, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  T2 (worker, tid 4002) acquired list before it exited\n"
            "\n"
            "  T2 released list for the last time before T1 acquired it. If T1 acquires list\n"
            "    first, both block forever.\n"
            "\n"
            "  What to change: release list before the join at x.c:200.\n"
            "  Coffman conditions: all four would hold.\n");
    note(REASON_ORDERED);
    tell(page_whole);
    page_is("wait-holding: T1 (main) waits for the end of T2 (worker) while holding list,\n"
            "    never at the same time\n"
            "  T1 (main) -> T2 (worker) -> mutex list -> T1 (main)\n"
            "  T1 (main) waited for the end of T2 (worker) at x.c:200 while holding\n"
            "    mutex list (x.c:100), once\n"
            "  T2 (worker) acquired list before it exited, once\n"
            "  Not a deadlock: the order in which threads start, end and wait for each other\n"
            "    keeps T1 and T2 apart, so \"circular wait\" does not hold.\n");
    end();
}

static void wait_with_a_time_out(void **state)
{
    (void)state;
    begin(FINDING_WAIT_HOLDING);
    uint32_t one = forged_thread(&it.f, "one"), two = forged_thread(&it.f, "two");
    uint32_t outer = forged_lock(&it.f, KIND_MUTEX, 0x8000, "outer", 0);
    uint32_t inner = forged_lock(&it.f, KIND_MUTEX, 0x8100, "inner", 0);
    uint32_t ready = forged_lock(&it.f, KIND_CONDITION, 0x9000, "ready", 0);
    add(one, outer, 0x100, ready, 0x200, 2);
    it.side[0].want.cond_mutex = inner;
    it.side[0].want.how = WANT_TIMED;
    waker(two, 0x300, 2);
    note(REASON_TIMED);
    tell(page_whole);
    page_is("wait-holding: T2 (one) waits on condition ready while holding outer, with a\n"
            "    time-out\n"
            "  T2 (one) -> condition ready with mutex inner -> T3 (two) -> mutex outer\n"
            "    -> T2 (one)\n"
            "  T2 (one) waited on condition ready with mutex inner at x.c:200 while holding\n"
            "    mutex outer (x.c:100), 2 times\n"
            "  T3 (two) signalled it after acquiring outer at x.c:300, 2 times\n"
            "  Not a deadlock: T2's wait for ready (x.c:200) times out, so \"no preemption\"\n"
            "    does not hold.\n");
    only(NO_PREEMPTION);
    it.finding.severity = SEVERITY_WARNING;
    it.finding.reason = REASON_NONE;
    tell(story_advice);
    page_is("release outer before the wait at x.c:200, or let T3 signal ready without it.");
    end();
}

/* Another thread has its place in the table by now, and what was kept is its number and what it ran. */
static bool function(struct story *s, uint64_t address)
{
    story_format(s, "run_%llx", (unsigned long long)address);
    return true;
}

static void threads_that_are_gone(void **state)
{
    (void)state;
    two_sides();
    struct thread *slot = record_thread(&it.f.record, it.side[1].thread);
    slot->serial = 77;
    memset(it.side[1].name, 0, sizeof it.side[1].name);
    tell(page_whole);
    page_is("lock-order: 2 threads can deadlock over memory and index\n"
            "  T2 (worker) -> mutex index -> T3 -> mutex memory -> T2 (worker)\n"
            "\n"
            "  T2 (worker, tid 4002) acquired mutex index at:\n"
            "    #0 f3 at x.c:300\n"
            "  while holding mutex memory, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "  also holding mutex log (x.c:500)\n"
            "\n"
            "  T3 acquired mutex memory at:\n"
            "    #0 f4 at x.c:400\n"
            "  while holding mutex index, acquired at:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  memory -> index: 412 times; index -> memory: once.\n"
            "  It did not deadlock in this run because T2 and T3 were never between their two\n"
            "    acquisitions (x.c:100-300 and x.c:200-400) at the same time.\n"
            "\n"
            "  What to change: T3 acquires memory (x.c:400) while holding index (x.c:200):\n"
            "    acquire memory first, as T2 does (412 of 413 times).\n"
            "  Coffman conditions: all four would hold.\n");
    uint32_t id = record_reserve(&it.f.record, TABLE_EPOCHS, 2);
    record_commit(&it.f.record, TABLE_EPOCHS, id, 2);
    struct epoch *epoch = record_item(&it.f.record, TABLE_EPOCHS, id);
    epoch[0] = (struct epoch){.serial = 4, .tid = 4710, .routine = 0x1233};
    epoch[1] = (struct epoch){.serial = 3, .tid = 4711, .routine = 0x1234};
    struct story s = page_story(&it.f);
    s.function = function;
    story_finding(&s, &it.finding);
    page_is("  T2 (worker) -> mutex index -> T3 (run_1234) -> mutex memory -> T2 (worker)\n"
            "\n"
            "  T2 (worker, tid 4002) acquired mutex index at:\n"
            "    #0 f3 at x.c:300\n"
            "  while holding mutex memory, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "  also holding mutex log (x.c:500)\n"
            "\n"
            "  T3 (run_1234, tid 4711) acquired mutex memory at:\n"
            "    #0 f4 at x.c:400\n"
            "  while holding mutex index, acquired at:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  memory -> index: 412 times; index -> memory: once.\n"
            "  It did not deadlock in this run because T2 and T3 were never between their two\n"
            "    acquisitions (x.c:100-300 and x.c:200-400) at the same time.\n"
            "\n"
            "  What to change: T3 acquires memory (x.c:400) while holding index (x.c:200):\n"
            "    acquire memory first, as T2 does (412 of 413 times).\n"
            "  Coffman conditions: all four would hold.\n");
    end();
}

/* --- limits --------------------------------------------------------------------------------------------- */

/* What a damaged record may say. */
static void without_sense(void **state)
{
    (void)state;
    two_sides();
    for (enum finding_kind kind = FINDING_DEADLOCK; kind < FINDING_KINDS; kind++)
        for (unsigned n = 0; n < 32; n++) {
            struct side side[2] = {it.side[0], it.side[1]};
            struct finding finding = it.finding;
            finding.kind = kind;
            finding.severity = n & 1 ? SEVERITY_NOTE : SEVERITY_WARNING;
            finding.reason = n & 2 ? REASON_GUARDED : REASON_NONE;
            finding.side = side;
            finding.sides = n & 4 ? 1 : 2;
            finding.cycle = n & 8 ? 0 : finding.sides;
            finding.gate_lock = 77777;
            if (n & 16) {
                memset(side, 0, sizeof side);
                side[0].held = side[1].path = side[0].want.lock = side[1].want.cond_mutex = 77777;
                side[0].want.kind = 999;
            }
            tell(story_headline);
            page_tell(&it.f, &finding, story_headline);
            page_tell(&it.f, &finding, story_finding);
            page_tell(&it.f, &finding, story_cycle);
            page_tell(&it.f, &finding, story_advice);
            for (enum coffman c = 0; c < COFFMAN_COUNT; c++)
                page_evidence(&it.f, &finding, c);
        }
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_of_two),
        cmocka_unit_test(order_of_three),
        cmocka_unit_test(order_of_one_place),
        cmocka_unit_test(order_of_one_line),
        cmocka_unit_test(guarded),
        cmocka_unit_test(single_thread),
        cmocka_unit_test(ordered),
        cmocka_unit_test(timed),
        cmocka_unit_test(wait_on_semaphore),
        cmocka_unit_test(wait_for_oneself),
        cmocka_unit_test(wait_for_the_end),
        cmocka_unit_test(wait_for_an_end_that_came),
        cmocka_unit_test(wait_with_a_time_out),
        cmocka_unit_test(threads_that_are_gone),
        cmocka_unit_test(without_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

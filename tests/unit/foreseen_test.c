/*
 * The words of what could have happened: cycles of lock orders, waits with a lock held, and why some are no more than a
 * note.
 */
#include "report/finding_text.h"
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
    tell(story_headline);
    page_is("lock-order: 2 threads can deadlock over memory and index");
    tell(story_finding);
    page_is("  T2 (worker) -> mutex index -> T3 (cleaner) -> mutex memory -> T2 (worker)\n"
            "\n"
            "  T2 (worker, tid 4002) took mutex index (0x9000) at:\n"
            "      #0 f3 at x.c:300\n"
            "    while it held mutex memory (0x8000), which T3 (cleaner) would wait for, taken at:\n"
            "      #0 f1 at x.c:100\n"
            "    it also held mutex log (0xa000), taken at:\n"
            "      #0 f5 at x.c:500\n"
            "\n"
            "  T3 (cleaner, tid 4003) took mutex memory (0x8000) at:\n"
            "      #0 f4 at x.c:400\n"
            "    while it held mutex index (0x9000), which T2 (worker) would wait for, taken at:\n"
            "      #0 f2 at x.c:200\n"
            "\n"
            "  412 of 413 times memory before index, once index before memory.\n"
            "\n"
            "  Why it did not hang: that takes T2 between x.c:100 and x.c:300 and T3 between x.c:200 and x.c:400\n"
            "      at one moment, and that did not come about.\n"
            "\n"
            "  The four conditions of a deadlock, as they would all be met:\n"
            "    mutual exclusion    met      index would be T3's alone, which would keep T2 out; memory would be\n"
            "                                 T2's alone, which would keep T3 out\n"
            "    hold and wait       met      T2 would hold memory while waiting for index; T3 would hold index\n"
            "                                 while waiting for memory\n"
            "    no preemption       met      none of the waits would have a time-out, and a mutex cannot be\n"
            "                                 taken away from who has it\n"
            "    circular wait       met      T2 would wait for T3 and T3 for T2\n"
            "\n"
            "  What to change: take memory before index everywhere, as 412 of 413 times. T3 takes memory at\n"
            "      x.c:400 while it holds index, taken at x.c:200: take memory first there.\n");
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
    tell(story_headline);
    page_is("lock-order: 3 threads can deadlock over a, b and c");
    tell(story_finding);
    page_is("  T2 -> rwlock b -> T3 -> mutex c -> T4 -> mutex a -> T2\n"
            "\n"
            "  T2 (tid 4002) took rwlock b (0x8100) to write at:\n"
            "      #0 f2 at x.c:200\n"
            "    while it held mutex a (0x8000), which T4 would wait for, taken at:\n"
            "      #0 f1 at x.c:100\n"
            "\n"
            "  T3 (tid 4003) took mutex c (0x8200) at:\n"
            "      #0 f2 at x.c:210\n"
            "    while it held rwlock b (0x8100), which T2 would wait for, taken at:\n"
            "      #0 f1 at x.c:110\n"
            "\n"
            "  T4 (tid 4004) took mutex a (0x8000) at:\n"
            "      #0 f2 at x.c:220\n"
            "    while it held mutex c (0x8200), which T3 would wait for, taken at:\n"
            "      #0 f1 at x.c:120\n"
            "\n"
            "  Seen: a before b 5 times, b before c 4 times, c before a 3 times.\n"
            "\n"
            "  Why it did not hang: that takes T2 between x.c:100 and x.c:200, T3 between x.c:110 and x.c:210 and\n"
            "      T4 between x.c:120 and x.c:220 at one moment, and that did not come about.\n"
            "\n"
            "  And 3 more like it: other locks of these names, taken in the same places.\n"
            "\n"
            "  The four conditions of a deadlock, as they would all be met:\n"
            "    mutual exclusion    met      b would be T3's alone, which would keep T2 out; c would be T4's\n"
            "                                 alone, which would keep T3 out; a would be T2's alone, which would\n"
            "                                 keep T4 out\n"
            "    hold and wait       met      T2 would hold a while waiting for b; T3 would hold b while waiting\n"
            "                                 for c; T4 would hold c while waiting for a\n"
            "    no preemption       met      none of the waits would have a time-out, and neither a mutex nor an\n"
            "                                 rwlock can be taken away from who has it\n"
            "    circular wait       met      T2 would wait for T3, T3 for T4 and T4 for T2\n"
            "\n"
            "  What to change: take a before b before c everywhere; one change does it. T4 takes a at x.c:220\n"
            "      while it holds c, taken at x.c:120: take a first there.\n");
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
    page_is("take these locks in one order everywhere. All of them are taken by the same code at x.c:200: "
            "let it compare the two and take the one of lower address or index first.");
    forged_module(&it.f, "/usr/lib/libstdc++.so.6", 0x10000, 0x20000);
    tell(story_advice);
    page_has("or take both at once with std::scoped_lock or std::lock.");
    it.side[1].want.stack = it.side[0].want.stack; /* as threads of one function have it */
    tell(story_advice);
    page_has("All of them are taken by the same code at x.c:200");
    tell(story_finding);
    page_has("\n  Either order 7 times.\n");
    page_has("that takes T2 between x.c:100 and x.c:200 and T3 between x.c:100 and x.c:200\n");
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
    page_is("lock-order: 2 threads can deadlock over mutex created in make at x.c:1 and b");
    tell(story_finding);
    page_has("that takes T2 at x.c:100 between the two and T3 between x.c:200 and x.c:300\n");
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
        assert_int_equal(coffman_met(&it.f.record, &it.finding, c), c != failing);
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
    tell(story_headline);
    page_is("lock-order: memory and index in both orders, guarded by gate");
    tell(story_finding);
    page_is("  T2 (worker) -> mutex index -> T3 (cleaner) -> mutex memory -> T2 (worker)\n"
            "  T2 (worker) took index at x.c:300 with memory in hand, taken at x.c:100; 412 times\n"
            "  T3 (cleaner) took memory at x.c:400 with index in hand, taken at x.c:200; once\n"
            "  No deadlock, as circular wait is not met: T2 and T3 both hold gate, which lets only one of them in\n"
            "    at a time.\n");
    only(CIRCULAR_WAIT);
    tell(story_advice);
    page_is("safe as long as all of them hold gate. To be rid of it: take memory before index everywhere, as "
            "412 of 413 times. T3 takes memory at x.c:400 while it holds index, taken at x.c:200: take "
            "memory first there.");
    it.finding.gate_lock = 0;
    tell(story_headline);
    page_is("lock-order: memory and index in both orders, guarded");
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
    tell(story_headline);
    page_is("lock-order: a and b in both orders, by one thread alone");
    tell(story_finding);
    page_is("  T2 (one) -> mutex b -> T2 (one) -> mutex a -> T2 (one)\n"
            "  T2 (one) took b at x.c:200 with a in hand, taken at x.c:100; 3 times\n"
            "  T2 (one) took a at x.c:400 with b in hand, taken at x.c:300; 3 times\n"
            "  No deadlock, as circular wait is not met: T2 alone does all of it, and a thread does not wait for\n"
            "    itself.\n");
    only(CIRCULAR_WAIT);
    page_evidence(&it.f, &it.finding, MUTUAL_EXCLUSION);
    page_is("b would let one thread in at a time; a would let one thread in at a time");
    tell(story_advice);
    page_is("safe as long as one thread alone does this. To be rid of it: take a before b everywhere. T2 "
            "takes a at x.c:400 while it holds b, taken at x.c:300: take a first there.");
    end();
}

static void ordered(void **state)
{
    (void)state;
    two_sides();
    note(REASON_ORDERED);
    it.finding.count = 3;
    tell(story_headline);
    page_is("lock-order: memory and index in both orders, never at one time");
    tell(story_finding);
    page_is("  T2 (worker) -> mutex index -> T3 (cleaner) -> mutex memory -> T2 (worker)\n"
            "  T2 (worker) took index at x.c:300 with memory in hand, taken at x.c:100; 412 times\n"
            "  T3 (cleaner) took memory at x.c:400 with index in hand, taken at x.c:200; once\n"
            "  No deadlock, as circular wait is not met: threads are made and joined so that T2 and T3 are never\n"
            "    there at one time.\n"
            "  And 2 more like it.\n");
    only(CIRCULAR_WAIT);
    end();
}

static void timed(void **state)
{
    (void)state;
    two_sides();
    note(REASON_TIMED);
    it.side[1].want.how |= WANT_TIMED;
    tell(story_headline);
    page_is("lock-order: memory and index in both orders, with a time-out");
    tell(story_finding);
    page_is("  T2 (worker) -> mutex index -> T3 (cleaner) -> mutex memory -> T2 (worker)\n"
            "  T2 (worker) took index at x.c:300 with memory in hand, taken at x.c:100; 412 times\n"
            "  T3 (cleaner) took memory at x.c:400 with index in hand, taken at x.c:200; once\n"
            "  No deadlock, as no preemption is not met: T3 waits for memory at x.c:400 with a time-out, and\n"
            "    would give up.\n");
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
    tell(story_headline);
    page_is("wait-holding: T2 (consumer) waits for semaphore full with mutex in hand, which T3 (producer) and 1 more "
            "take first");
    tell(story_finding);
    page_is("  T2 (consumer) -> semaphore full -> T3 (producer) -> mutex mutex -> T2 (consumer)\n"
            "\n"
            "  T2 (consumer, tid 4002) waited for semaphore full (0x9000), 12 times, at:\n"
            "      #0 f2 at x.c:200\n"
            "    while it held mutex mutex (0x8000), which T3 (producer) would wait for, taken at:\n"
            "      #0 f1 at x.c:100\n"
            "\n"
            "  T3 (producer, tid 4003) posted it 40 times, each time after it had taken mutex mutex, at:\n"
            "      #0 f3 at x.c:300\n"
            "\n"
            "  T4 (other, tid 4004) posted it once, after it had taken mutex mutex, at:\n"
            "      #0 f5 at x.c:500\n"
            "    it held mutex mutex (0x8000), taken at:\n"
            "      #0 f4 at x.c:400\n"
            "\n"
            "  Why it did not hang: who ended the wait had always been through mutex before T2 took it, or a unit\n"
            "      was left. Once T2 comes first, it waits for good. This rests on who was seen to wake it so\n"
            "      far: somebody who does not need mutex may yet come.\n"
            "\n"
            "  The four conditions of a deadlock, as they would all be met:\n"
            "    mutual exclusion    met      full would have no unit left for T2, and each unit serves one\n"
            "                                 thread; mutex would be T2's alone, which would keep T3 out\n"
            "    hold and wait       met      T2 would hold mutex while waiting for full\n"
            "    no preemption       met      none of the waits would have a time-out, and neither a mutex nor a\n"
            "                                 unit of a semaphore can be taken away from who has it\n"
            "    circular wait       met      T2 would wait for T3 and T3 for T2\n"
            "\n"
            "  What to change: do not hold mutex while waiting for full: give it back before the wait at x.c:200,\n"
            "      or take it after that instead of at x.c:100, or let T3 post without it. A condition would do\n"
            "      both: waiting on it with mutex gives that back meanwhile.\n");
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
    tell(story_headline);
    page_is("wait-holding: T1 (main) waits for the end of T2 (worker) with list in hand, which T2 (worker) takes "
            "first");
    tell(story_finding);
    page_is("  T1 (main) -> T2 (worker) -> mutex list -> T1 (main)\n"
            "\n"
            "  T1 (main, tid 4001) waited for the end of T2 (worker) at:\n"
            "      #0 f2 at x.c:200\n"
            "    while it held mutex list (0x8000), which T2 (worker) would wait for, taken at:\n"
            "      #0 f1 at x.c:100\n"
            "\n"
            "  T2 (worker, tid 4002) took mutex list (0x8000) before it ended, 9 times, at:\n"
            "      #0 f3 at x.c:300\n"
            "\n"
            "  Why it did not hang: T2 had been through list for the last time before T1 took it. Once T1 comes\n"
            "      first, it waits for good.\n"
            "\n"
            "  The four conditions of a deadlock, as they would all be met:\n"
            "    mutual exclusion    met      list would be T1's alone, which would keep T2 out\n"
            "    hold and wait       met      T1 would hold list while waiting for the end of T2\n"
            "    no preemption       met      none of the waits would have a time-out, and a mutex cannot be\n"
            "                                 taken away from who has it; a join lasts until the thread ends\n"
            "    circular wait       met      T1 would wait for T2 and T2 for T1\n"
            "\n"
            "  What to change: do not hold list while waiting for the end of T2: give it back before the join at\n"
            "      x.c:200.\n");
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
    tell(story_headline);
    page_is("wait-holding: T1 (main) waits for semaphore units with m in hand, by one thread alone");
    tell(story_finding);
    page_is("  T1 (main) -> semaphore units -> T1 (main) -> mutex m -> T1 (main)\n"
            "  T1 (main) waited for units at x.c:200 with m in hand, taken at x.c:100; once\n"
            "  T1 (main) posted it at x.c:300; once\n"
            "  No deadlock, as circular wait is not met: T1 itself is who ends the wait, before it begins; no\n"
            "    other thread needs m for that.\n");
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
    tell(story_finding);
    page_has("\n  T2 (worker, tid 4002) took mutex list (0x8000) before it ended\n\n  Why it did not hang");
    note(REASON_ORDERED);
    tell(story_finding);
    page_has("\n  T2 (worker) took list before it ended\n  No deadlock, as circular wait is not met: threads are made");
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
    tell(story_headline);
    page_is("wait-holding: T2 (one) waits on condition ready with outer in hand, with a time-out");
    tell(story_finding);
    page_is("  T2 (one) -> condition ready with mutex inner -> T3 (two) -> mutex outer -> T2 (one)\n"
            "  T2 (one) waited on ready at x.c:200 with outer in hand, taken at x.c:100; 2 times\n"
            "  T3 (two) signalled it at x.c:300; 2 times\n"
            "  No deadlock, as no preemption is not met: T2 waits for ready at x.c:200 with a time-out, and would\n"
            "    give up.\n");
    only(NO_PREEMPTION);
    it.finding.severity = SEVERITY_WARNING;
    it.finding.reason = REASON_NONE;
    tell(story_advice);
    page_is("do not hold outer while waiting for a signal of ready: give it back before the wait at x.c:200, "
            "or let T3 signal without it.");
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
    tell(story_finding);
    page_has("\n  T3 took mutex memory");
    uint32_t id = record_reserve(&it.f.record, TABLE_EPOCHS, 2);
    record_commit(&it.f.record, TABLE_EPOCHS, id, 2);
    struct epoch *epoch = record_item(&it.f.record, TABLE_EPOCHS, id);
    epoch[0] = (struct epoch){.serial = 4, .tid = 4710, .routine = 0x1233};
    epoch[1] = (struct epoch){.serial = 3, .tid = 4711, .routine = 0x1234};
    struct story s = page_story(&it.f);
    s.function = function;
    story_finding(&s, &it.finding);
    page_has("\n  T3 (run_1234, tid 4711) took mutex memory");
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

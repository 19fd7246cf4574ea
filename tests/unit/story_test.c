/*
 * The words of a finding, over records made by hand: what is said of cycles, semaphores, joins, owners that ended, and
 * that neither long names nor damage get out of hand.
 */
#include "report/brief.h"
#include "report/full/finding_text.h"
#include "report/phrases.h"
#include "tests/unit/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 1 << 22 };

static struct finding stored(const struct forged *f, uint32_t id)
{
    struct finding finding;
    assert_true(finding_stored(&f->record, id, &finding));
    return finding;
}

/* --- shapes ------------------------------------------------------------------------------------------ */

static void philosophers(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    struct finding finding = stored(&f, forged_philosophers(&f, 3));
    finding.behind = 1;
    page_tell(&f, &finding, page_whole);
    page_is("deadlock: 3 threads are blocked forever\n"
            "  T2 (phil-0) -> mutex forks[1] -> T3 (phil-1) -> mutex forks[2] -> T4 (phil-2)\n"
            "    -> mutex forks[0] -> T2 (phil-0)\n"
            "\n"
            "  T2 (phil-0, tid 4002) waits for mutex forks[1], held by T3 (phil-1):\n"
            "    #0 f12 at x.c:1200\n"
            "  while holding mutex forks[0], acquired at:\n"
            "    #0 f11 at x.c:1100\n"
            "\n"
            "  T3 (phil-1, tid 4003) waits for mutex forks[2], held by T4 (phil-2):\n"
            "    #0 f12 at x.c:1200\n"
            "  while holding mutex forks[1], acquired at:\n"
            "    #0 f11 at x.c:1100\n"
            "\n"
            "  T4 (phil-2, tid 4004) waits for mutex forks[0], held by T2 (phil-0):\n"
            "    #0 f12 at x.c:1200\n"
            "  while holding mutex forks[2], acquired at:\n"
            "    #0 f11 at x.c:1100\n"
            "\n"
            "  1 more thread waits behind them.\n"
            "\n"
            "  What to change: acquire these locks in one order everywhere. The same code\n"
            "    acquires them all at x.c:1200: compare the two and acquire the one with the\n"
            "    lower address or index first.\n"
            "  Coffman conditions: all four hold.\n");
    page_evidence(&f, &finding, MUTUAL_EXCLUSION);
    page_is("T3 holds forks[1] exclusively and blocks T2; T4 holds forks[2] exclusively and blocks T3; T2 holds "
            "forks[0] exclusively and blocks T4");
    page_evidence(&f, &finding, HOLD_AND_WAIT);
    page_is("T2 holds forks[0] while it waits for forks[1]; T3 holds forks[1] while it waits for forks[2]; T4 "
            "holds forks[2] while it waits for forks[0]");
    page_evidence(&f, &finding, NO_PREEMPTION);
    page_is("none of the waits has a time-out, and a mutex cannot be taken from its owner");
    page_evidence(&f, &finding, CIRCULAR_WAIT);
    page_is("T2 waits for T3, T3 for T4, T4 for T2");
    page_tell(&f, &finding, story_advice);
    page_is("acquire these locks in one order everywhere. The same code acquires them all at x.c:1200: compare "
            "the two and acquire the one with the lower address or index first.");
    forged_end(&f);
}

/* All but the first one do what it does, where it does it: a line each. In full where the report is to explain. */
static void same_calls(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    struct finding finding = stored(&f, forged_philosophers(&f, 3));
    struct side *side = (struct side *)finding.side;
    for (unsigned i = 1; i < 3; i++) {
        side[i].want.stack = side[0].want.stack;
        record_hold(&f.record, side[i].path)->stack = record_hold(&f.record, side[0].path)->stack;
    }
    page_tell(&f, &finding, page_whole);
    page_is("deadlock: 3 threads are blocked forever\n"
            "  T2 (phil-0) -> mutex forks[1] -> T3 (phil-1) -> mutex forks[2] -> T4 (phil-2)\n"
            "    -> mutex forks[0] -> T2 (phil-0)\n"
            "\n"
            "  T2 (phil-0, tid 4002) waits for mutex forks[1], held by T3 (phil-1):\n"
            "    #0 f12 at x.c:1200\n"
            "  while holding mutex forks[0], acquired at:\n"
            "    #0 f11 at x.c:1100\n"
            "\n"
            "  T3 (phil-1, tid 4003) waits for mutex forks[2], held by T4 (phil-2), while\n"
            "    holding mutex forks[1], in the same calls as T2\n"
            "  T4 (phil-2, tid 4004) waits for mutex forks[0], held by T2 (phil-0), while\n"
            "    holding mutex forks[2], in the same calls as T2\n"
            "\n"
            "  What to change: acquire these locks in one order everywhere. The same code\n"
            "    acquires them all at x.c:1200: compare the two and acquire the one with the\n"
            "    lower address or index first.\n"
            "  Coffman conditions: all four hold.\n");
    page_tell(&f, &finding, page_explained);
    page_has("  T3 (phil-1, tid 4003) waits for mutex forks[2] (0x7050), held by T4 (phil-2):\n"
             "    #0 f12 at x.c:1200\n"
             "  while holding mutex forks[1] (0x7028), acquired at:\n"
             "    #0 f11 at x.c:1100\n");
    page_has("  Coffman conditions: all four hold.\n"
             "    mutual exclusion holds: T3 holds forks[1] exclusively and blocks T2; T4\n"
             "      holds forks[2] exclusively and blocks T3; T2 holds forks[0] exclusively\n"
             "      and blocks T4.\n"
             "    hold and wait holds: T2 holds forks[0] while it waits for forks[1]; T3 holds\n"
             "      forks[1] while it waits for forks[2]; T4 holds forks[2] while it waits for\n"
             "      forks[0].\n"
             "    no preemption holds: none of the waits has a time-out, and a mutex cannot be\n"
             "      taken from its owner.\n"
             "    circular wait holds: T2 waits for T3, T3 for T4, T4 for T2.\n");
    forged_end(&f);
}

/* What only the library prints, when the analyzer cannot be run. */
static void in_brief(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    struct finding finding = stored(&f, forged_philosophers(&f, 2));
    page_tell(&f, &finding, story_brief);
    page_is("  T2 (phil-0) -> mutex forks[1] -> T3 (phil-1) -> mutex forks[0] -> T2 (phil-0)\n"
            "  T2 (phil-0) waits for mutex forks[1], held by T3 (phil-1) at x.c:1200 while\n"
            "    holding mutex forks[0] (x.c:1100)\n"
            "  T3 (phil-1) waits for mutex forks[0], held by T2 (phil-0) at x.c:1200 while\n"
            "    holding mutex forks[1] (x.c:1100)\n");
    forged_end(&f);
}

/* As wide as a terminal is, and 80 columns where there is none. */
static void as_wide_as_the_terminal(void **state)
{
    static const unsigned widths[] = {40, 0, 200};
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    struct finding finding = stored(&f, forged_philosophers(&f, 20));
    for (unsigned i = 0; i < 3; i++) {
        struct story s = page_story(&f);
        size_t widest = 0, most = widths[i] == 0 ? STORY_WIDTH : widths[i];
        s.width = widths[i];
        page_whole(&s, &finding);
        for (const char *line = page_text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
            widest = (size_t)(end - line) > widest ? (size_t)(end - line) : widest;
        assert_true(widest >= most - 20 && widest <= most);
    }
    forged_end(&f);
}

/* A semaphore of several: its units are what the threads wait for, not themselves. */
static void units_of_a_semaphore(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t one = forged_thread(&f, "one"), two = forged_thread(&f, "two");
    uint32_t s = forged_lock(&f, KIND_SEMAPHORE, 0x8000, "permits", TRAIT_POSTED | TRAIT_VALUE_KNOWN);
    record_lock(&f.record, s)->value = 4;
    for (unsigned i = 0; i < 2; i++) {
        forged_hold(&f, one, s, 0x100, 0);
        forged_hold(&f, two, s, 0x200, 0);
    }
    forged_want(&f, one, s, 0x300, 0);
    forged_want(&f, two, s, 0x400, 0);
    struct finding finding =
        stored(&f, forged_finding(&f, CONFIDENCE_CERTAIN, 1, 2, (uint32_t[]){one, two}, (uint32_t[]){s, s}));
    for (unsigned i = 0; i < 2; i++) { /* one call, twice */
        struct hold *h = record_hold(&f.record, finding.side[i].path);
        h->stack = record_hold(&f.record, h->parent)->stack;
    }
    page_tell(&f, &finding, page_whole);
    page_is("deadlock: 2 threads are blocked forever\n"
            "  T1 (one) -> semaphore permits -> T1 (one)\n"
            "\n"
            "  T1 (one, tid 4001) waits for semaphore permits, of whose 4 units T1 (one)\n"
            "    holds 2 and T2 (two) holds 2:\n"
            "    #0 f3 at x.c:300\n"
            "  while holding 2 units of semaphore permits, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  T2 (two, tid 4002) waits for semaphore permits, of whose 4 units T1 (one)\n"
            "    holds 2 and T2 (two) holds 2:\n"
            "    #0 f4 at x.c:400\n"
            "  while holding 2 units of semaphore permits, acquired at:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  What to change: each thread holds units of permits while it waits for one\n"
            "    more: let one thread at a time acquire its units, under a mutex, or make\n"
            "    more of them.\n"
            "  Coffman conditions: all four hold.\n");
    forged_end(&f);
}

/* Two threads, two places: the advice says which of them to change. */
static void two_orders(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t one = forged_thread(&f, "one"), two = forged_thread(&f, "two");
    uint32_t a = forged_lock(&f, KIND_MUTEX, 0x8000, "a", 0), b = forged_lock(&f, KIND_RWLOCK, 0x9000, "b", 0);
    forged_hold(&f, one, a, 0x100, 0);
    forged_hold(&f, two, b, 0x200, HOW_SHARED);
    forged_want(&f, one, b, 0x300, 0);
    forged_want(&f, two, a, 0x400, 0);
    struct finding finding =
        stored(&f, forged_finding(&f, CONFIDENCE_CERTAIN, 2, 2, (uint32_t[]){one, two}, (uint32_t[]){a, b}));
    page_tell(&f, &finding, story_advice);
    page_is("T2 acquires a (x.c:400) while holding b (x.c:200): acquire a first, as T1 does.");
    page_tell(&f, &finding, page_whole);
    page_is("deadlock: 2 threads are blocked forever\n"
            "  T1 (one) -> rwlock b for writing -> T2 (two) -> mutex a -> T1 (one)\n"
            "\n"
            "  T1 (one, tid 4001) waits to lock rwlock b for writing, held by T2 (two):\n"
            "    #0 f3 at x.c:300\n"
            "  while holding mutex a, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  T2 (two, tid 4002) waits for mutex a, held by T1 (one):\n"
            "    #0 f4 at x.c:400\n"
            "  while holding rwlock b for reading, acquired at:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  What to change: T2 acquires a (x.c:400) while holding b (x.c:200): acquire a\n"
            "    first, as T1 does.\n"
            "  Coffman conditions: all four hold.\n");
    page_evidence(&f, &finding, NO_PREEMPTION);
    page_is("none of the waits has a time-out, a mutex cannot be taken from its owner, and an rwlock cannot be "
            "taken from its holders");
    forged_end(&f);
}

static void consumer_holds_the_mutex(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    struct finding finding = stored(&f, forged_consumer(&f));
    page_tell(&f, &finding, page_whole);
    page_is("probable deadlock: 2 threads are blocked\n"
            "  T2 (consumer) -> semaphore full -> T3 (producer) -> mutex mutex\n"
            "    -> T2 (consumer)\n"
            "\n"
            "  T2 (consumer, tid 4002) waits for semaphore full, which T3 (producer) would\n"
            "    post:\n"
            "    #0 f22 at x.c:2200\n"
            "  while holding mutex mutex, acquired at:\n"
            "    #0 f21 at x.c:2100\n"
            "\n"
            "  T3 (producer, tid 4003) waits for mutex mutex, held by T2 (consumer):\n"
            "    #0 f23 at x.c:2300\n"
            "\n"
            "  Probable, not certain, as it rests on what was seen so far:\n"
            "    semaphore full was posted so far only by T3 (producer), which waits for\n"
            "      mutex mutex, held by T2 (consumer)\n"
            "\n"
            "  What to change: T3 needs mutex before it can post full. Wait for full\n"
            "    (x.c:2200) before acquiring mutex (x.c:2100).\n"
            "  Coffman conditions: all four hold.\n");
    page_tell(&f, &finding, story_advice);
    page_is("T3 needs mutex before it can post full. Wait for full (x.c:2200) before acquiring mutex "
            "(x.c:2100).");
    forged_end(&f);
}

static void never_posted(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    struct finding finding = stored(&f, forged_consumer(&f));
    ((struct lock *)record_lock(&f.record, finding.side[0].want.lock))->first_post = 0;
    page_tell(&f, &finding, page_whole);
    page_is("probable deadlock: 2 threads are blocked\n"
            "  T2 (consumer) -> semaphore full -> T3 (producer) -> mutex mutex\n"
            "    -> T2 (consumer)\n"
            "\n"
            "  T2 (consumer, tid 4002) waits for semaphore full, never posted so far:\n"
            "    #0 f22 at x.c:2200\n"
            "  while holding mutex mutex, acquired at:\n"
            "    #0 f21 at x.c:2100\n"
            "\n"
            "  T3 (producer, tid 4003) waits for mutex mutex, held by T2 (consumer):\n"
            "    #0 f23 at x.c:2300\n"
            "\n"
            "  Probable, not certain, as it rests on what was seen so far:\n"
            "    semaphore full was never posted so far, and every other thread waits but\n"
            "      T1 (main), which never had anything to do with these\n"
            "\n"
            "  What to change: no thread has posted full so far; T3, which could, waits for\n"
            "    mutex (x.c:2300). Wait for full (x.c:2200) before acquiring mutex\n"
            "    (x.c:2100).\n"
            "  Coffman conditions: all four hold.\n");
    forged_end(&f);
}

/* The only poster has exited, and the thread that created it is in its place: it has not posted itself. */
static void poster_exited(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    struct finding finding = stored(&f, forged_consumer(&f));
    const uint32_t full = finding.side[0].want.lock, writer = forged_thread(&f, "writer");
    record_lock(&f.record, full)->first_post = 0;
    forged_post(&f, writer, full);
    struct post *post = record_item(&f.record, TABLE_POSTS, record_lock(&f.record, full)->first_post);
    post->creator = finding.side[1].serial;
    record_thread(&f.record, writer)->state = THREAD_ENDED;
    page_tell(&f, &finding, page_whole);
    page_is("probable deadlock: 2 threads are blocked\n"
            "  T2 (consumer) -> semaphore full -> T3 (producer) -> mutex mutex\n"
            "    -> T2 (consumer)\n"
            "\n"
            "  T2 (consumer, tid 4002) waits for semaphore full, posted so far only by\n"
            "    T4 (writer), which has exited:\n"
            "    #0 f22 at x.c:2200\n"
            "  while holding mutex mutex, acquired at:\n"
            "    #0 f21 at x.c:2100\n"
            "\n"
            "  T3 (producer, tid 4003) waits for mutex mutex, held by T2 (consumer):\n"
            "    #0 f23 at x.c:2300\n"
            "\n"
            "  Probable, not certain, as it rests on what was seen so far:\n"
            "    semaphore full was posted so far only by T4 (writer), which has exited\n"
            "\n"
            "  What to change: T4, the only thread that has posted full so far, has exited;\n"
            "    T3, which created it, waits for mutex (x.c:2300). Let another thread post\n"
            "    full. Wait for full (x.c:2200) before acquiring mutex (x.c:2100).\n"
            "  Coffman conditions: all four hold.\n");
    post->creator = 1;
    post->routine = record_thread(&f.record, finding.side[1].thread)->routine = 0x5000;
    page_tell(&f, &finding, story_advice);
    page_is("T4, the only thread that has posted full so far, has exited; T3, which has the same start routine, waits "
            "for mutex (x.c:2300). Let another thread post full. Wait for full (x.c:2200) before acquiring mutex "
            "(x.c:2100).");
    uint32_t second = forged_thread(&f, "second");
    forged_post(&f, second, full);
    post->routine = 0;
    page_tell(&f, &finding, story_advice);
    page_is("T4, which has posted full, has exited; T3 waits for mutex (x.c:2300). Let another thread post full. Wait "
            "for full (x.c:2200) before acquiring mutex (x.c:2100).");
    forged_end(&f);
}

/* The thread that would post needs the lock only by way of another one. */
static void poster_waits_behind_another(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t one = forged_thread(&f, "one"), two = forged_thread(&f, "two"), three = forged_thread(&f, "three");
    uint32_t m = forged_lock(&f, KIND_MUTEX, 0x8000, "m", 0), n = forged_lock(&f, KIND_MUTEX, 0x9000, "n", 0);
    uint32_t full = forged_lock(&f, KIND_SEMAPHORE, 0xa000, "full", TRAIT_EVENT);
    forged_hold(&f, one, m, 0x100, 0);
    forged_hold(&f, three, n, 0x200, 0);
    forged_want(&f, one, full, 0x300, 0);
    forged_want(&f, two, n, 0x400, 0);
    forged_want(&f, three, m, 0x500, 0);
    forged_post(&f, two, full);
    struct finding finding =
        stored(&f, forged_finding(&f, CONFIDENCE_LIKELY, 3, 3, (uint32_t[]){one, two, three}, (uint32_t[]){m, 0, n}));
    page_tell(&f, &finding, story_advice);
    page_is("T3 needs m before T2 can post full. Wait for full (x.c:300) before acquiring m (x.c:100).");
    forged_end(&f);
}

/* Two threads, each with one semaphore, that want the other's; a third one runs, a fourth waits behind them. */
static void semaphores_as_locks(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t one = forged_thread(&f, "one"), two = forged_thread(&f, "two"), worker = forged_thread(&f, "worker");
    uint32_t behind = forged_thread(&f, "behind");
    uint32_t a = forged_lock(&f, KIND_SEMAPHORE, 0x8000, "a", TRAIT_POSTED);
    uint32_t b = forged_lock(&f, KIND_SEMAPHORE, 0x9000, "b", TRAIT_VALUE_KNOWN);
    forged_hold(&f, one, a, 0x100, 0);
    forged_hold(&f, two, b, 0x200, 0);
    forged_want(&f, one, b, 0x300, 0);
    forged_want(&f, two, a, 0x400, 0);
    forged_want(&f, behind, a, 0x500, 0);
    struct finding finding =
        stored(&f, forged_finding(&f, CONFIDENCE_LIKELY, 2, 2, (uint32_t[]){one, two}, (uint32_t[]){a, b}));
    page_tell(&f, &finding, page_whole);
    page_is("probable deadlock: 2 threads are blocked\n"
            "  T1 (one) -> semaphore b -> T2 (two) -> semaphore a -> T1 (one)\n"
            "\n"
            "  T1 (one, tid 4001) waits for semaphore b, held by T2 (two):\n"
            "    #0 f3 at x.c:300\n"
            "  while holding semaphore a, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  T2 (two, tid 4002) waits for semaphore a, held by T1 (one):\n"
            "    #0 f4 at x.c:400\n"
            "  while holding semaphore b, acquired at:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  Probable, not certain, as it rests on what was seen so far:\n"
            "    semaphore b counts as a lock, as it is binary and was never posted so far;\n"
            "      T3 (worker) could still post it\n"
            "    semaphore a counts as a lock, as only threads that had acquired it have\n"
            "      posted it so far; T3 (worker) could still post it\n"
            "\n"
            "  What to change: T2 acquires a (x.c:400) while holding b (x.c:200): acquire a\n"
            "    first, as T1 does.\n"
            "  Coffman conditions: all four hold.\n");
    record_thread(&f.record, worker)->state = THREAD_ENDED;
    page_tell(&f, &finding, page_whole);
    page_is("probable deadlock: 2 threads are blocked\n"
            "  T1 (one) -> semaphore b -> T2 (two) -> semaphore a -> T1 (one)\n"
            "\n"
            "  T1 (one, tid 4001) waits for semaphore b, held by T2 (two):\n"
            "    #0 f3 at x.c:300\n"
            "  while holding semaphore a, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  T2 (two, tid 4002) waits for semaphore a, held by T1 (one):\n"
            "    #0 f4 at x.c:400\n"
            "  while holding semaphore b, acquired at:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  Probable, not certain, as it rests on what was seen so far:\n"
            "    semaphore b counts as a lock, as it is binary and was never posted so far\n"
            "    semaphore a counts as a lock, as only threads that had acquired it have\n"
            "      posted it so far\n"
            "\n"
            "  What to change: T2 acquires a (x.c:400) while holding b (x.c:200): acquire a\n"
            "    first, as T1 does.\n"
            "  Coffman conditions: all four hold.\n");
    f.record.header->other_wakers = OTHER_WAKER_HANDLER;
    page_tell(&f, &finding, page_whole);
    page_is("probable deadlock: 2 threads are blocked\n"
            "  T1 (one) -> semaphore b -> T2 (two) -> semaphore a -> T1 (one)\n"
            "\n"
            "  T1 (one, tid 4001) waits for semaphore b, held by T2 (two):\n"
            "    #0 f3 at x.c:300\n"
            "  while holding semaphore a, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  T2 (two, tid 4002) waits for semaphore a, held by T1 (one):\n"
            "    #0 f4 at x.c:400\n"
            "  while holding semaphore b, acquired at:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  Probable, not certain, as it rests on what was seen so far:\n"
            "    semaphore b counts as a lock, as it is binary and was never posted so far; a\n"
            "      signal handler could still post it\n"
            "    semaphore a counts as a lock, as only threads that had acquired it have\n"
            "      posted it so far; a signal handler could still post it\n"
            "\n"
            "  What to change: T2 acquires a (x.c:400) while holding b (x.c:200): acquire a\n"
            "    first, as T1 does.\n"
            "  Coffman conditions: all four hold.\n");
    finding.confidence = CONFIDENCE_CERTAIN;
    page_tell(&f, &finding, story_finding);
    assert_null(strstr(page_text, "taken for a lock"));
    forged_end(&f);
}

/* A thread of it went on: it was none, and the four conditions do not apply. */
static void went_on(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t id = forged_consumer(&f);
    struct record_finding *to = record_item(&f.record, TABLE_FINDINGS, id);
    to->lasted = 1300000000;
    to->reason = REASON_WENT_ON;
    struct finding finding = stored(&f, id);
    assert_int_equal(finding.severity, SEVERITY_NOTE);
    page_tell(&f, &finding, page_whole);
    page_is("not a deadlock: T2 (consumer) and 1 more continued after 1.30 s\n"
            "  T2 (consumer) -> semaphore full -> T3 (producer) -> mutex mutex\n"
            "    -> T2 (consumer)\n"
            "\n"
            "  A thread of it continued, so it was not a deadlock. Until then:\n"
            "\n"
            "  T2 (consumer, tid 4002) waits for semaphore full, which T3 (producer) would\n"
            "    post:\n"
            "    #0 f22 at x.c:2200\n"
            "  while holding mutex mutex, acquired at:\n"
            "    #0 f21 at x.c:2100\n"
            "\n"
            "  T3 (producer, tid 4003) waits for mutex mutex, held by T2 (consumer):\n"
            "    #0 f23 at x.c:2300\n");
    assert_null(strstr(page_text, "four conditions"));
    assert_false(page_met(&f, &finding, NO_PREEMPTION));
    page_evidence(&f, &finding, NO_PREEMPTION);
    page_is("one of the waits ended after 1.30 s");
    forged_end(&f);
}

static void nobody_is_left(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t main_thread = forged_thread(&f, ""), poster = forged_thread(&f, "poster");
    uint32_t done = forged_lock(&f, KIND_SEMAPHORE, 0x8000, "done", TRAIT_EVENT);
    forged_want(&f, main_thread, done, 0x100, 0);
    forged_post(&f, poster, done);
    record_thread(&f.record, poster)->state = THREAD_ENDED;
    struct finding finding =
        stored(&f, forged_finding(&f, CONFIDENCE_CERTAIN, 0, 1, (uint32_t[]){main_thread}, (uint32_t[]){0}));
    page_tell(&f, &finding, page_whole);
    page_is("deadlock: 1 thread is blocked forever\n"
            "  T1 (main) -> semaphore done -> no thread\n"
            "\n"
            "  T1 (main, tid 4001) waits for semaphore done, posted so far only by\n"
            "    T2 (poster), which has exited:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  What to change: let a thread that does not wait itself post done, or wait for\n"
            "    it with a time-out at x.c:100.\n"
            "  Coffman conditions: 2 of 4 hold; not hold and wait, not circular wait.\n");
    assert_false(page_met(&f, &finding, CIRCULAR_WAIT));
    assert_false(page_met(&f, &finding, HOLD_AND_WAIT));
    forged_end(&f);
}

static void relock(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t thread = forged_thread(&f, ""), m = forged_lock(&f, KIND_MUTEX, 0x8000, "m", 0);
    forged_hold(&f, thread, m, 0x100, 0);
    forged_want(&f, thread, m, 0x200, 0);
    struct finding finding =
        stored(&f, forged_finding(&f, CONFIDENCE_CERTAIN, 1, 1, (uint32_t[]){thread}, (uint32_t[]){m}));
    page_tell(&f, &finding, page_whole);
    page_is("deadlock: 1 thread is blocked forever\n"
            "  T1 (main) -> mutex m -> T1 (main)\n"
            "\n"
            "  T1 (main, tid 4001) waits for mutex m, which it holds itself:\n"
            "    #0 f2 at x.c:200\n"
            "  while holding mutex m, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  What to change: T1 acquires m (x.c:100) and again at x.c:200: release it in\n"
            "    between, call a variant that expects it locked, or make the mutex recursive.\n"
            "  Coffman conditions: all four hold.\n");
    for (enum coffman c = 0; c < COFFMAN_COUNT; c++)
        assert_true(page_met(&f, &finding, c));
    page_evidence(&f, &finding, CIRCULAR_WAIT);
    page_is("T1 waits for itself");
    page_tell(&f, &finding, story_advice);
    page_is("T1 acquires m (x.c:100) and again at x.c:200: release it in between, call a variant that expects "
            "it locked, or make the mutex recursive.");
    forged_end(&f);
}

static void owner_ended(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t main_thread = forged_thread(&f, ""), owner = forged_thread(&f, "owner");
    uint32_t m = forged_lock(&f, KIND_MUTEX, 0x8000, "m", 0);
    forged_hold(&f, owner, m, 0x100, 0);
    forged_want(&f, main_thread, m, 0x200, 0);
    record_thread(&f.record, owner)->state = THREAD_ENDED;
    record_thread(&f.record, owner)->traits = THREAD_CANCELLED;
    struct finding finding =
        stored(&f, forged_finding(&f, CONFIDENCE_CERTAIN, 0, 1, (uint32_t[]){main_thread}, (uint32_t[]){0}));
    page_tell(&f, &finding, story_cycle);
    page_is("T1 (main) -> mutex m -> T2 (owner), which was cancelled");
    page_evidence(&f, &finding, CIRCULAR_WAIT);
    page_is("no cycle: T1 waits for T2, which has exited and can never release it");
    page_tell(&f, &finding, story_advice);
    page_is("T2 acquired m (x.c:100) and was cancelled while holding it: release it in a cleanup handler "
            "(pthread_cleanup_push), or make the mutex robust and handle EOWNERDEAD.");
    page_tell(&f, &finding, page_whole);
    page_is("deadlock: 1 thread is blocked forever\n"
            "  T1 (main) -> mutex m -> T2 (owner), which was cancelled\n"
            "\n"
            "  T1 (main, tid 4001) waits for mutex m, held by T2 (owner), which was\n"
            "    cancelled:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  T2 (owner) acquired mutex m at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  What to change: T2 acquired m (x.c:100) and was cancelled while holding it:\n"
            "    release it in a cleanup handler (pthread_cleanup_push), or make the mutex\n"
            "    robust and handle EOWNERDEAD.\n"
            "  Coffman conditions: 2 of 4 hold; not hold and wait, not circular wait.\n");
    forged_end(&f);
}

static void join_under_a_lock(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t main_thread = forged_thread(&f, ""), worker = forged_thread(&f, "worker");
    uint32_t m = forged_lock(&f, KIND_MUTEX, 0x8000, NULL, 0);
    forged_hold(&f, main_thread, m, 0x100, 0);
    forged_join(&f, main_thread, worker, 0x200);
    forged_want(&f, worker, m, 0x300, 0);
    struct finding finding =
        stored(&f, forged_finding(&f, CONFIDENCE_CERTAIN, 2, 2, (uint32_t[]){main_thread, worker}, (uint32_t[]){m, 0}));
    page_tell(&f, &finding, story_cycle);
    page_is("T1 (main) -> T2 (worker) -> mutex M1 -> T1 (main)");
    page_tell(&f, &finding, page_whole);
    page_is("deadlock: 2 threads are blocked forever\n"
            "  T1 (main) -> T2 (worker) -> mutex M1 -> T1 (main)\n"
            "  M1 is the mutex created in make at x.c:1 (0x8000)\n"
            "\n"
            "  T1 (main, tid 4001) waits for the end of T2 (worker), itself deadlocked:\n"
            "    #0 f2 at x.c:200\n"
            "  while holding mutex M1, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  T2 (worker, tid 4002) waits for mutex M1, held by T1 (main):\n"
            "    #0 f3 at x.c:300\n"
            "\n"
            "  What to change: T2 needs M1 before it can exit. Release M1 (acquired at\n"
            "    x.c:100) before the join at x.c:200.\n"
            "  Coffman conditions: all four hold.\n");
    page_tell(&f, &finding, story_advice);
    page_is("T2 needs M1 before it can exit. Release M1 (acquired at x.c:100) before the join at x.c:200.");
    forged_end(&f);
}

/* --- limits ------------------------------------------------------------------------------------------ */

static void queues_are_listed_together(void **state)
{
    struct forged f;
    uint32_t thread[5] = {0}, held[5] = {0};
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t m = forged_lock(&f, KIND_MUTEX, 0x8000, "m", 0);
    uint32_t stack = 0;
    for (int i = 0; i < 5; i++) {
        thread[i] = forged_thread(&f, "");
        if (i == 0)
            forged_hold(&f, thread[0], m, 0x100, 0);
        forged_want(&f, thread[i], m, 0x200, 0);
        struct want *want = &record_thread(&f.record, thread[i])->want;
        stack = want->stack = stack == 0 ? want->stack : stack;
    }
    held[0] = m;
    struct finding finding = stored(&f, forged_finding(&f, CONFIDENCE_CERTAIN, 1, 5, thread, held));
    page_tell(&f, &finding, page_whole);
    page_is("deadlock: 5 threads are blocked forever\n"
            "  T1 (main) -> mutex m -> T1 (main)\n"
            "\n"
            "  T1 (main, tid 4001) waits for mutex m, which it holds itself:\n"
            "    #0 f2 at x.c:200\n"
            "  while holding mutex m, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  T2 (tid 4002) waits for mutex m, held by T1 (main):\n"
            "    #0 f2 at x.c:200\n"
            "  likewise T3 (tid 4003), T4 (tid 4004), T5 (tid 4005)\n"
            "\n"
            "  What to change: T1 acquires m (x.c:100) and again at x.c:200: release it in\n"
            "    between, call a variant that expects it locked, or make the mutex recursive.\n"
            "  Coffman conditions: all four hold.\n");
    forged_end(&f);
}

static void lines_are_not_too_long(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    struct finding finding = stored(&f, forged_philosophers(&f, 20));
    page_tell(&f, &finding, story_finding);
    for (const char *line = page_text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
        if (end - line > STORY_WIDTH)
            fail_msg("%.*s", (int)(end - line), line);
    forged_end(&f);
}

static void control_characters_stay_out(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    struct finding finding = stored(&f, forged_philosophers(&f, 2));
    struct side *side = (struct side *)finding.side;
    memcpy(side->name, "a\033[31mb\x7f\tcdefghijk", 16); /* and no NUL */
    page_tell(&f, &finding, story_cycle);
    page_has("T2 (a\\x1b[31mb\\x7f\\x09cdefghi) -> ");
    // NOLINTNEXTLINE(misc-misleading-bidirectional): that is what must be escaped
    memcpy(side->name, "\n\1zzz\xc2\x9b\xe2\x80\xae\x9b\xe2\x80\xa8x\xc3\xa9", 16); /* cut within the last one */
    page_tell(&f, &finding, story_cycle);
    page_has("T2 (\\x0a\\x01zzz\\x9b\\u202e\\x9b\\u2028x\\xc3) -> ");
    forged_end(&f);
}

static void calls_that_were_not_seen(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    struct finding finding = stored(&f, forged_philosophers(&f, 2));
    struct thread *one = record_thread(&f.record, forged_thread(&f, "one"));
    struct thread *two = record_thread(&f.record, forged_thread(&f, "two"));
    page_tell(&f, &finding, story_finding);
    assert_null(strstr(page_text, "futex"));
    one->traits |= THREAD_ASLEEP;
    page_tell(&f, &finding, page_whole);
    page_is("deadlock: 2 threads are blocked forever\n"
            "  T2 (phil-0) -> mutex forks[1] -> T3 (phil-1) -> mutex forks[0] -> T2 (phil-0)\n"
            "\n"
            "  T2 (phil-0, tid 4002) waits for mutex forks[1], held by T3 (phil-1):\n"
            "    #0 f12 at x.c:1200\n"
            "  while holding mutex forks[0], acquired at:\n"
            "    #0 f11 at x.c:1100\n"
            "\n"
            "  T3 (phil-1, tid 4003) waits for mutex forks[0], held by T2 (phil-0):\n"
            "    #0 f12 at x.c:1200\n"
            "  while holding mutex forks[1], acquired at:\n"
            "    #0 f11 at x.c:1100\n"
            "\n"
            "  T4 (one) is blocked in a futex call that lockwatch did not see; it may be part\n"
            "    of this.\n"
            "\n"
            "  What to change: acquire these locks in one order everywhere. The same code\n"
            "    acquires them all at x.c:1200: compare the two and acquire the one with the\n"
            "    lower address or index first.\n"
            "  Coffman conditions: all four hold.\n");
    two->traits |= THREAD_ASLEEP;
    page_tell(&f, &finding, page_whole);
    page_is("deadlock: 2 threads are blocked forever\n"
            "  T2 (phil-0) -> mutex forks[1] -> T3 (phil-1) -> mutex forks[0] -> T2 (phil-0)\n"
            "\n"
            "  T2 (phil-0, tid 4002) waits for mutex forks[1], held by T3 (phil-1):\n"
            "    #0 f12 at x.c:1200\n"
            "  while holding mutex forks[0], acquired at:\n"
            "    #0 f11 at x.c:1100\n"
            "\n"
            "  T3 (phil-1, tid 4003) waits for mutex forks[0], held by T2 (phil-0):\n"
            "    #0 f12 at x.c:1200\n"
            "  while holding mutex forks[1], acquired at:\n"
            "    #0 f11 at x.c:1100\n"
            "\n"
            "  T4 (one) and T5 (two) are blocked in futex calls that lockwatch did not see;\n"
            "    they may be part of this.\n"
            "\n"
            "  What to change: acquire these locks in one order everywhere. The same code\n"
            "    acquires them all at x.c:1200: compare the two and acquire the one with the\n"
            "    lower address or index first.\n"
            "  Coffman conditions: all four hold.\n");
    one->state = THREAD_ENDED;
    two->sequence = 1;
    page_tell(&f, &finding, story_finding);
    assert_null(strstr(page_text, "futex"));
    forged_end(&f);
}

static void durations(void **state)
{
    static const struct {
        double seconds;
        const char *words;
    } cases[] = {{0, "0.00 s"},       {0.0012, "1.2 ms"},  {0.5, "0.50 s"},       {59.99, "59.99 s"},
                 {200, "3 min 20 s"}, {7260, "2 h 1 min"}, {200000, "2 days 7 h"}};
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct story s = page_story(&f);
        phrase_duration(&s, (uint64_t)(cases[i].seconds * 1e9));
        page_is(cases[i].words);
    }
    struct finding finding = stored(&f, forged_philosophers(&f, 2));
    struct story s = page_story(&f);
    s.now = finding.side[0].want.since + 1500000000;
    story_finding(&s, &finding);
    page_is("  T2 (phil-0) -> mutex forks[1] -> T3 (phil-1) -> mutex forks[0] -> T2 (phil-0)\n"
            "\n"
            "  T2 (phil-0, tid 4002) waits for mutex forks[1], held by T3 (phil-1), for\n"
            "    1.50 s:\n"
            "    #0 f12 at x.c:1200\n"
            "  while holding mutex forks[0], acquired at:\n"
            "    #0 f11 at x.c:1100\n"
            "\n"
            "  T3 (phil-1, tid 4003) waits for mutex forks[0], held by T2 (phil-0), for\n"
            "    1.50 s:\n"
            "    #0 f12 at x.c:1200\n"
            "  while holding mutex forks[1], acquired at:\n"
            "    #0 f11 at x.c:1100\n"
            "\n"
            "  What to change: acquire these locks in one order everywhere. The same code\n"
            "    acquires them all at x.c:1200: compare the two and acquire the one with the\n"
            "    lower address or index first.\n"
            "  Coffman conditions: all four hold.\n");
    forged_end(&f);
}

static void words_for_numbers_that_are_none(void **state)
{
    (void)state;
    assert_null(finding_kind_word(77));
    assert_null(finding_severity_word(77));
    assert_null(finding_confidence_word(77));
    assert_string_equal(finding_lock_word(60000), "lock");
    assert_null(coffman_key(77));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philosophers),
        cmocka_unit_test(same_calls),
        cmocka_unit_test(in_brief),
        cmocka_unit_test(as_wide_as_the_terminal),
        cmocka_unit_test(units_of_a_semaphore),
        cmocka_unit_test(two_orders),
        cmocka_unit_test(consumer_holds_the_mutex),
        cmocka_unit_test(never_posted),
        cmocka_unit_test(poster_exited),
        cmocka_unit_test(poster_waits_behind_another),
        cmocka_unit_test(semaphores_as_locks),
        cmocka_unit_test(went_on),
        cmocka_unit_test(nobody_is_left),
        cmocka_unit_test(relock),
        cmocka_unit_test(owner_ended),
        cmocka_unit_test(join_under_a_lock),
        cmocka_unit_test(queues_are_listed_together),
        cmocka_unit_test(lines_are_not_too_long),
        cmocka_unit_test(control_characters_stay_out),
        cmocka_unit_test(calls_that_were_not_seen),
        cmocka_unit_test(durations),
        cmocka_unit_test(words_for_numbers_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

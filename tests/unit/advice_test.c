/*
 * Whole reports whose words depend on how the threads stand: a lock left locked, a once routine, a barrier, an owner
 * that has exited, a process that hangs, a writer between readers, and many locks held besides.
 */
#include "report/full/finding_text.h"
#include "tests/unit/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 1 << 22 };

static struct finding stored(const struct forged *f, uint32_t id)
{
    struct finding finding;
    assert_true(finding_stored(&f->record, id, &finding));
    return finding;
}

/* --- a deadlock --- */

/* The function that an address is in: 0x1200 is in f12, as on the page. */
static bool function(struct story *s, uint64_t address)
{
    story_format(s, "f%llx", (unsigned long long)address >> 8);
    return true;
}

static void whole_with_functions(struct story *s, const struct finding *f)
{
    s->function = function;
    page_whole(s, f);
}

/* A thread locks m again: the calls by which it holds it, and those by which it waits, innermost first. */
static void lock_again(const uint64_t *hold, uint32_t held_depth, const uint64_t *wait, uint32_t depth,
                       const char *text)
{
    struct forged f;
    forged_begin(&f, ROOM);
    uint32_t thread = forged_thread(&f, ""), m = forged_lock(&f, KIND_MUTEX, 0x8000, "m", 0);
    forged_hold(&f, thread, m, hold[0], 0);
    forged_want(&f, thread, m, wait[0], 0);
    struct thread *t = record_thread(&f.record, thread);
    record_hold(&f.record, t->path)->stack = forged_stack(&f, hold, held_depth);
    t->want.stack = forged_stack(&f, wait, depth);
    struct finding finding =
        stored(&f, forged_finding(&f, CONFIDENCE_CERTAIN, 1, 1, (uint32_t[]){thread}, (uint32_t[]){m}));
    page_tell(&f, &finding, whole_with_functions);
    page_is(text);
    forged_end(&f);
}

/* A recursive mutex is advised only while the function that acquired it is still running. */
static void locked_again_inside(void **state)
{
    (void)state;
    lock_again((uint64_t[]){0x110, 0x910}, 2, (uint64_t[]){0x210, 0x120, 0x910}, 3,
               "deadlock: 1 thread is blocked forever\n"
               "  T1 (main) -> mutex m -> T1 (main)\n"
               "\n"
               "  T1 (main, tid 4001) waits for mutex m, which it holds itself:\n"
               "    #0 f2 at x.c:210\n"
               "    #1 f1 at x.c:120\n"
               "    #2 f9 at x.c:910\n"
               "  while holding mutex m, acquired at:\n"
               "    #0 f1 at x.c:110\n"
               "    #1 f9 at x.c:910\n"
               "\n"
               "  What to change: T1 acquires m (x.c:110) and again at x.c:210: release it in\n"
               "    between, call a variant that expects it locked, or make the mutex recursive.\n"
               "  Coffman conditions: all four hold.\n");
}

static void left_locked(void **state)
{
    (void)state;
    lock_again((uint64_t[]){0x110, 0x910}, 2, (uint64_t[]){0x120, 0x920}, 2,
               "deadlock: 1 thread is blocked forever\n"
               "  T1 (main) -> mutex m -> T1 (main)\n"
               "\n"
               "  T1 (main, tid 4001) waits for mutex m, which it holds itself:\n"
               "    #0 f1 at x.c:120\n"
               "    #1 f9 at x.c:920\n"
               "  while holding mutex m, acquired at:\n"
               "    #0 f1 at x.c:110\n"
               "    #1 f9 at x.c:910\n"
               "\n"
               "  What to change: T1 acquires m (x.c:110) and again at x.c:120: release it on\n"
               "    every way out of the code that acquired it, also on errors and exceptions.\n"
               "  Coffman conditions: all four hold.\n");
    lock_again((uint64_t[]){0x110, 0x910}, 2, (uint64_t[]){0x310, 0x210, 0x910}, 3,
               "deadlock: 1 thread is blocked forever\n"
               "  T1 (main) -> mutex m -> T1 (main)\n"
               "\n"
               "  T1 (main, tid 4001) waits for mutex m, which it holds itself:\n"
               "    #0 f3 at x.c:310\n"
               "    #1 f2 at x.c:210\n"
               "    #2 f9 at x.c:910\n"
               "  while holding mutex m, acquired at:\n"
               "    #0 f1 at x.c:110\n"
               "    #1 f9 at x.c:910\n"
               "\n"
               "  What to change: T1 acquires m (x.c:110) and again at x.c:310: release it on\n"
               "    every way out of the code that acquired it, also on errors and exceptions.\n"
               "  Coffman conditions: all four hold.\n");
    lock_again((uint64_t[]){0x110, 0x910, 0xa10}, 3, (uint64_t[]){0x210, 0xa10}, 2,
               "deadlock: 1 thread is blocked forever\n"
               "  T1 (main) -> mutex m -> T1 (main)\n"
               "\n"
               "  T1 (main, tid 4001) waits for mutex m, which it holds itself:\n"
               "    #0 f2 at x.c:210\n"
               "    #1 fa at x.c:a10\n"
               "  while holding mutex m, acquired at:\n"
               "    #0 f1 at x.c:110\n"
               "    #1 f9 at x.c:910\n"
               "    #2 fa at x.c:a10\n"
               "\n"
               "  What to change: T1 acquires m (x.c:110) and again at x.c:210: release it on\n"
               "    every way out of the code that acquired it, also on errors and exceptions.\n"
               "  Coffman conditions: all four hold.\n");
}

static void join_in_a_once_routine(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t main_thread = forged_thread(&f, ""), worker = forged_thread(&f, "worker");
    uint32_t flag = forged_lock(&f, KIND_ONCE, 0x8000, "flag", 0);
    forged_hold(&f, main_thread, flag, 0x100, 0);
    forged_join(&f, main_thread, worker, 0x200);
    forged_want(&f, worker, flag, 0x300, 0);
    struct finding finding = stored(
        &f, forged_finding(&f, CONFIDENCE_CERTAIN, 2, 2, (uint32_t[]){main_thread, worker}, (uint32_t[]){flag, 0}));
    page_tell(&f, &finding, page_whole);
    page_is("deadlock: 2 threads are blocked forever\n"
            "  T1 (main) -> T2 (worker) -> pthread_once of flag -> T1 (main)\n"
            "\n"
            "  T1 (main, tid 4001) waits for the end of T2 (worker), itself deadlocked:\n"
            "    #0 f2 at x.c:200\n"
            "  while running pthread_once of flag, called at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  T2 (worker, tid 4002) waits for pthread_once of flag, run by T1 (main):\n"
            "    #0 f3 at x.c:300\n"
            "\n"
            "  What to change: T2 needs the pthread_once of flag before it can exit. Do not\n"
            "    wait for the end of T2 (x.c:200) in the pthread_once routine of flag\n"
            "    (x.c:100).\n"
            "  Coffman conditions: all four hold.\n");
    forged_end(&f);
}

/* One waits at a barrier that the other one has not reached, and that one waits for a post by the first. */
static void barrier_not_reached(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t one = forged_thread(&f, "one"), two = forged_thread(&f, "two");
    uint32_t gate = forged_lock(&f, KIND_BARRIER, 0x8000, "gate", TRAIT_VALUE_KNOWN);
    uint32_t ready = forged_lock(&f, KIND_SEMAPHORE, 0x9000, "ready", TRAIT_EVENT);
    record_lock(&f.record, gate)->value = 2;
    forged_want(&f, one, gate, 0x100, 0);
    forged_want(&f, two, ready, 0x200, 0);
    forged_post(&f, one, ready);
    forged_post(&f, two, gate);
    struct finding finding =
        stored(&f, forged_finding(&f, CONFIDENCE_LIKELY, 2, 2, (uint32_t[]){one, two}, (uint32_t[]){0, 0}));
    page_tell(&f, &finding, page_whole);
    page_is("probable deadlock: 2 threads are blocked\n"
            "  T1 (one) -> barrier gate -> T2 (two) -> semaphore ready -> T1 (one)\n"
            "\n"
            "  T1 (one, tid 4001) waits at barrier gate, where T2 (two) has not arrived:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  T2 (two, tid 4002) waits for semaphore ready, which T1 (one) would post:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  Probable, not certain, as it rests on what was seen so far:\n"
            "    barrier gate was reached so far only by T2 (two), which waits for\n"
            "      semaphore ready\n"
            "    semaphore ready was posted so far only by T1 (one), which waits for\n"
            "      barrier gate\n"
            "\n"
            "  What to change: T2 has not arrived at gate (x.c:100): let it call\n"
            "    pthread_barrier_wait before it waits for ready (x.c:200), or initialise the\n"
            "    barrier for fewer threads.\n"
            "  Coffman conditions: 3 of 4 hold; not hold and wait.\n");
    forged_end(&f);
}

/* --- a mistake --- */

/* T1 destroys a mutex that T2 has exited with. */
static void owner_exited(uint32_t traits, const char *text)
{
    struct forged f;
    struct side side[2];
    forged_begin(&f, ROOM);
    uint32_t main_thread = forged_thread(&f, ""), worker = forged_thread(&f, "worker");
    uint32_t m = forged_lock(&f, KIND_MUTEX, 0x8000, "m", 0);
    forged_hold(&f, worker, m, 0x100, 0);
    record_thread(&f.record, worker)->state = THREAD_ENDED;
    record_thread(&f.record, worker)->traits = traits;
    side[0] = forged_side(&f, main_thread, 0, m, 0x200, 0);
    side[1] = forged_side(&f, worker, m, m, 0, 0);
    side[1].want = (struct want){0};
    const struct finding finding = {
        .kind = FINDING_DESTROY_IN_USE, .severity = SEVERITY_WARNING, .side = side, .sides = 2, .count = 1};
    page_tell(&f, &finding, page_whole);
    page_is(text);
    forged_end(&f);
}

static void destroyed_after_its_owner_exited(void **state)
{
    (void)state;
    owner_exited(0, "destroy-in-use: T1 (main) destroyed mutex m while T2 (worker) held it\n"
                    "  T1 (main, tid 4001) destroyed mutex m while T2 (worker) held it, at:\n"
                    "    #0 f2 at x.c:200\n"
                    "\n"
                    "  T2 (worker, tid 4002) held mutex m, acquired at:\n"
                    "    #0 f1 at x.c:100\n"
                    "\n"
                    "  Why it is a mistake: a mutex must not be destroyed while it is in use (POSIX).\n"
                    "    libc refused it with EBUSY, so the mutex still exists; another system may\n"
                    "    not.\n"
                    "  What to change: T2 exited while holding it: release it on every way out of the\n"
                    "    thread.\n");
    owner_exited(THREAD_CANCELLED, "destroy-in-use: T1 (main) destroyed mutex m while T2 (worker) held it\n"
                                   "  T1 (main, tid 4001) destroyed mutex m while T2 (worker) held it, at:\n"
                                   "    #0 f2 at x.c:200\n"
                                   "\n"
                                   "  T2 (worker, tid 4002) held mutex m, acquired at:\n"
                                   "    #0 f1 at x.c:100\n"
                                   "\n"
                                   "  Why it is a mistake: a mutex must not be destroyed while it is in use (POSIX).\n"
                                   "    libc refused it with EBUSY, so the mutex still exists; another system may\n"
                                   "    not.\n"
                                   "  What to change: T2 was cancelled while holding it: release it in a cleanup\n"
                                   "    handler (pthread_cleanup_push).\n");
}

/* Six of the other locks are named and the rest counted; where the rest is one, it is named as well. */
static void holds_many(unsigned others, const char *text)
{
    struct forged f;
    struct side side;
    char name[24];
    forged_begin(&f, ROOM);
    uint32_t thread = forged_thread(&f, ""), m = forged_lock(&f, KIND_MUTEX, 0x8000, "m", 0);
    for (unsigned i = 0; i < others; i++) {
        snprintf(name, sizeof name, "other%u", i);
        uint32_t other = forged_lock(&f, i == 1 ? KIND_RWLOCK : KIND_MUTEX, 0x9000 + 0x100 * i, name, 0);
        forged_hold(&f, thread, other, 0x100 + i, i == 1 ? HOW_SHARED : 0);
    }
    side = forged_side(&f, thread, 0, m, 0x200, 0);
    const struct finding finding = {
        .kind = FINDING_UNLOCK_NOT_HELD, .severity = SEVERITY_WARNING, .side = &side, .sides = 1, .count = 1};
    page_tell(&f, &finding, page_whole);
    page_is(text);
    forged_end(&f);
}

static void many_locks_besides(void **state)
{
    (void)state;
    holds_many(7, "unlock-not-held: T1 (main) unlocked mutex m, which no thread held\n"
                  "  T1 (main, tid 4001) unlocked mutex m, which no thread held, at:\n"
                  "    #0 f2 at x.c:200\n"
                  "  also holding mutex other6 (x.c:106), mutex other5 (x.c:105), mutex other4\n"
                  "    (x.c:104), mutex other3 (x.c:103), mutex other2 (x.c:102), rwlock other1 for\n"
                  "    reading (x.c:101) and mutex other0 (x.c:100)\n"
                  "\n"
                  "  Why it is a mistake: POSIX leaves it undefined. libc reports nothing, but\n"
                  "    counts one user too few from now on, and pthread_mutex_destroy fails with\n"
                  "    EBUSY; had another thread just locked it, it would be free.\n"
                  "  What to change: unlock it once for each time that it was locked. Look for a\n"
                  "    path through the code that reaches x.c:200 without having locked it, or a\n"
                  "    second time.\n");
    holds_many(9, "unlock-not-held: T1 (main) unlocked mutex m, which no thread held\n"
                  "  T1 (main, tid 4001) unlocked mutex m, which no thread held, at:\n"
                  "    #0 f2 at x.c:200\n"
                  "  also holding mutex other8 (x.c:108), mutex other7 (x.c:107), mutex other6\n"
                  "    (x.c:106), mutex other5 (x.c:105), mutex other4 (x.c:104), mutex other3\n"
                  "    (x.c:103) and 3 more\n"
                  "\n"
                  "  Why it is a mistake: POSIX leaves it undefined. libc reports nothing, but\n"
                  "    counts one user too few from now on, and pthread_mutex_destroy fails with\n"
                  "    EBUSY; had another thread just locked it, it would be free.\n"
                  "  What to change: unlock it once for each time that it was locked. Look for a\n"
                  "    path through the code that reaches x.c:200 without having locked it, or a\n"
                  "    second time.\n");
}

/* --- what was foreseen --- */

/* Where the process hangs, nobody asks why it did not. */
static void foreseen_where_it_hangs(void **state)
{
    struct forged f;
    struct side side[2];
    (void)state;
    forged_begin(&f, ROOM);
    forged_philosophers(&f, 2);
    uint32_t one = forged_thread(&f, "one"), two = forged_thread(&f, "two");
    uint32_t a = forged_lock(&f, KIND_MUTEX, 0x8000, "a", 0), b = forged_lock(&f, KIND_MUTEX, 0x9000, "b", 0);
    uint32_t done = forged_lock(&f, KIND_SEMAPHORE, 0xa000, "done", TRAIT_EVENT);
    forged_hold(&f, one, a, 0x100, 0);
    forged_hold(&f, two, b, 0x200, 0);
    side[0] = forged_side(&f, one, a, b, 0x300, 5);
    side[1] = forged_side(&f, two, b, a, 0x400, 1);
    struct finding finding = {
        .kind = FINDING_LOCK_ORDER, .severity = SEVERITY_WARNING, .side = side, .sides = 2, .cycle = 2, .count = 1};
    page_tell(&f, &finding, page_whole);
    page_is("lock-order: 2 threads can deadlock over a and b\n"
            "  T4 (one) -> mutex b -> T5 (two) -> mutex a -> T4 (one)\n"
            "\n"
            "  T4 (one, tid 4004) acquired mutex b at:\n"
            "    #0 f3 at x.c:300\n"
            "  while holding mutex a, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  T5 (two, tid 4005) acquired mutex a at:\n"
            "    #0 f4 at x.c:400\n"
            "  while holding mutex b, acquired at:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  a -> b: 5 times; b -> a: once.\n"
            "\n"
            "  What to change: T5 acquires a (x.c:400) while holding b (x.c:200): acquire a\n"
            "    first, as T4 does (5 of 6 times).\n"
            "  Coffman conditions: all four would hold.\n");
    side[0] = forged_side(&f, one, a, done, 0x300, 5);
    side[1] = forged_side(&f, two, 0, a, 0x500, 2);
    forged_post(&f, two, done);
    finding.kind = FINDING_WAIT_HOLDING;
    page_tell(&f, &finding, page_whole);
    page_is("wait-holding: T4 (one) waits for semaphore done while holding a, which T5 (two)\n"
            "    acquires first\n"
            "  T4 (one) -> semaphore done -> T5 (two) -> mutex a -> T4 (one)\n"
            "\n"
            "  T4 (one, tid 4004) waited for semaphore done, 5 times, at:\n"
            "    #0 f3 at x.c:300\n"
            "  while holding mutex a, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  T5 (two, tid 4005) posted it after acquiring a, 2 times, at:\n"
            "    #0 f5 at x.c:500\n"
            "  also holding mutex b (x.c:200)\n"
            "\n"
            "  If T4 acquires a first, both block forever. Based on the wakers seen in this\n"
            "    run; a thread that posts without a would make it harmless.\n"
            "\n"
            "  What to change: release a before the wait at x.c:300, or acquire it after that\n"
            "    instead of before (x.c:100), or let T5 post done without it. A condition\n"
            "    variable would do both: waiting on it releases a.\n"
            "  Coffman conditions: all four would hold.\n");
    forged_end(&f);
}

/* A reader waits for another one because a writer waits between them: the writer is part of the cycle. */
static void writer_between_readers(void **state)
{
    struct forged f;
    struct side side[3];
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t one = forged_thread(&f, "one"), two = forged_thread(&f, "two"), writer = forged_thread(&f, "writer");
    uint32_t m = forged_lock(&f, KIND_MUTEX, 0x8000, "m", 0);
    uint32_t r = forged_lock(&f, KIND_RWLOCK, 0x9000, "r", TRAIT_PREFER_WRITER);
    forged_hold(&f, one, r, 0x100, HOW_SHARED);
    forged_hold(&f, two, m, 0x200, 0);
    side[0] = forged_side(&f, one, r, m, 0x300, 5);
    side[1] = forged_side(&f, two, m, r, 0x400, 1);
    side[1].want.how = WANT_SHARED;
    side[2] = forged_side(&f, writer, 0, r, 0x500, 3);
    const struct finding finding = {
        .kind = FINDING_LOCK_ORDER, .severity = SEVERITY_WARNING, .side = side, .sides = 3, .cycle = 2, .count = 1};
    page_tell(&f, &finding, page_whole);
    page_is("lock-order: 3 threads can deadlock over r and m\n"
            "  T1 (one) -> mutex m -> T2 (two) -> rwlock r for reading -> T3 (writer), a\n"
            "    waiting writer -> T1 (one)\n"
            "\n"
            "  T1 (one, tid 4001) acquired mutex m at:\n"
            "    #0 f3 at x.c:300\n"
            "  while holding rwlock r for reading, acquired at:\n"
            "    #0 f1 at x.c:100\n"
            "\n"
            "  T2 (two, tid 4002) acquired rwlock r for reading at:\n"
            "    #0 f4 at x.c:400\n"
            "  while holding mutex m, acquired at:\n"
            "    #0 f2 at x.c:200\n"
            "\n"
            "  T3 (writer, tid 4003) acquired rwlock r for writing (a waiting writer blocks\n"
            "    new readers) at:\n"
            "    #0 f5 at x.c:500\n"
            "\n"
            "  r -> m: 5 times; m -> r: once.\n"
            "  It did not deadlock in this run because T1 and T2 were never between their two\n"
            "    acquisitions (x.c:100-300 and x.c:200-400) at the same time while T3 waited\n"
            "    to write.\n"
            "\n"
            "  What to change: T2 acquires r (x.c:400) while holding m (x.c:200): acquire r\n"
            "    first, as T1 does (5 of 6 times).\n"
            "  Coffman conditions: all four would hold.\n");
    forged_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(locked_again_inside),
        cmocka_unit_test(left_locked),
        cmocka_unit_test(join_in_a_once_routine),
        cmocka_unit_test(barrier_not_reached),
        cmocka_unit_test(destroyed_after_its_owner_exited),
        cmocka_unit_test(many_locks_besides),
        cmocka_unit_test(foreseen_where_it_hangs),
        cmocka_unit_test(writer_between_readers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Threads that stand still: what is a stall and what is not, when it is a warning, and how it reads. Each in a record
 * of its own, with the same once more where one thing is different.
 */
#include "detect/deadlock/stall.h"
#include "record/kernel_word.h"
#include "tests/unit/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

static const uint64_t SECOND = 1000000000;

static struct forged f;
static uint32_t a, b, c, m, cond;
static uint64_t since; /* when all that is forged began to wait */

static int begin(void **state)
{
    (void)state;
    forged_begin(&f, 1 << 20);
    a = forged_thread(&f, "a");
    b = forged_thread(&f, "b");
    c = forged_thread(&f, "c");
    m = forged_lock(&f, KIND_MUTEX, 0x5000, "m", 0);
    cond = forged_lock(&f, KIND_CONDITION, 0x5100, "cond", 0);
    since = f.record.header->started + SECOND;
    return 0;
}

static int end(void **state)
{
    (void)state;
    forged_end(&f);
    return 0;
}

/* --- judging --- */

static struct finding found;
static struct side sides[16];
static unsigned count;
static uint32_t reported; /* a thread of a deadlock that was reported; 0: none */

static bool keep(void *context, const struct finding *finding)
{
    (void)context;
    found = *finding;
    memcpy(sides, finding->side, finding->sides * sizeof *sides);
    found.side = sides;
    count++;
    return true;
}

static bool is_reported(void *context, uint32_t thread)
{
    (void)context;
    return thread == reported;
}

/* What is found after so many seconds in a process that was ended from outside: 0, or a severity. */
static enum finding_severity after(double seconds)
{
    const struct stall_world w = {.record = &f.record,
                                  .until = since + (uint64_t)(seconds * 1e9),
                                  .age = STALL_AGE,
                                  .ended = true,
                                  .reported = is_reported};
    count = 0;
    stall_judge(&w, keep, NULL);
    assert_true(count <= 1);
    return count == 0 ? 0 : found.severity;
}

static enum finding_severity judged(void)
{
    return after(6);
}

/* --- forging --- */

static void in_call(uint32_t thread, uint32_t number, uint32_t how)
{
    struct thread *t = record_thread(&f.record, thread);
    const struct kernel_call call = {.call = number + CALL_FIRST, .how = how};
    kernel_word_set(&t->kernel, &call, t->sequence, since + SECOND, false);
    f.record.header->seen = since + SECOND;
}

static void sleeps(uint32_t thread)
{
    in_call(thread, SYS_clock_nanosleep, 0);
}

static void serves(uint32_t thread)
{
    in_call(thread, SYS_epoll_pwait, CALL_OUTSIDE);
}

static void holds(uint32_t thread, uint32_t lock)
{
    forged_hold(&f, thread, lock, 0x1100, 0);
}

static void wants(uint32_t thread, uint32_t lock)
{
    forged_want(&f, thread, lock, 0x1200, 0);
    record_thread(&f.record, thread)->want.path = record_thread(&f.record, thread)->path;
}

static void wants_in(uint32_t thread, uint32_t lock, const uint64_t *frames, uint32_t depth)
{
    wants(thread, lock);
    record_thread(&f.record, thread)->want.stack = forged_stack(&f, frames, depth);
}

/* a holds m, b wants it, and c is in accept. */
static void kept(void)
{
    holds(a, m);
    wants(b, m);
    in_call(c, SYS_accept, CALL_OUTSIDE);
}

/* --- a lock that keeps others waiting --- */

static void test_kept(void **state)
{
    (void)state;
    kept();
    sleeps(a);
    assert_int_equal(judged(), SEVERITY_WARNING);
    assert_int_equal(found.cycle, 2);
    assert_int_equal(found.sides, 2);
    assert_int_equal(sides[0].thread, b);
    assert_int_equal(sides[1].thread, a);
    assert_int_equal(sides[1].held, m);
    assert_int_equal(sides[1].want.kind, KIND_NONE);
    assert_int_equal(found.lasted, 6 * SECOND);
    assert_int_equal(after(4.9), 0);
    assert_int_equal(after(5), SEVERITY_WARNING);
}

static void test_kept_while_it_lives(void **state)
{
    (void)state;
    kept();
    sleeps(a);
    struct stall_world w = {
        .record = &f.record, .until = since + 6 * SECOND, .age = STALL_AGE, .reported = is_reported};
    count = 0;
    stall_judge(&w, keep, NULL);
    assert_int_equal(count, 1);
    assert_int_equal(found.severity, SEVERITY_NOTE);
}

static void test_reported(void **state)
{
    (void)state;
    kept();
    sleeps(a);
    reported = b;
    assert_int_equal(judged(), 0);
    reported = a;
    assert_int_equal(judged(), 0);
    reported = c;
    assert_int_equal(judged(), SEVERITY_WARNING);
    reported = 0;
}

static void test_not_held(void **state)
{
    (void)state;
    wants(b, m);
    sleeps(a);
    assert_int_equal(judged(), 0);
    holds(a, m);
    record_thread(&f.record, a)->state = THREAD_ENDED;
    assert_int_equal(judged(), 0); /* that is a deadlock */
}

static void test_waits_with_a_time_out(void **state)
{
    (void)state;
    kept();
    sleeps(a);
    record_thread(&f.record, b)->want.how = WANT_TIMED;
    assert_int_equal(judged(), 0);
}

/* The holder waits for input, as an event loop that keeps its workers from running; or nobody knows what it does. */
static void test_may_be_idle(void **state)
{
    (void)state;
    kept();
    assert_int_equal(judged(), SEVERITY_NOTE);
    assert_true(found.idle);
    serves(a);
    assert_int_equal(judged(), SEVERITY_NOTE);
    in_call(a, SYS_futex, 0);
    assert_int_equal(judged(), SEVERITY_WARNING);
    assert_false(found.idle);
}

/* Seen to wait for input in one sample of a look, and to run in the next one: it serves. Later it does not any more. */
static void test_samples(void **state)
{
    (void)state;
    struct thread *t = record_thread(&f.record, a);
    const struct kernel_call runs = {.call = CALL_NONE};
    kept();
    serves(a);
    kernel_word_set(&t->kernel, &runs, t->sequence, since + SECOND, true);
    assert_int_equal(judged(), SEVERITY_NOTE);
    kernel_word_set(&t->kernel, &runs, t->sequence, since + SECOND, false);
    assert_int_equal(judged(), SEVERITY_WARNING);
}

static void test_chain(void **state)
{
    (void)state;
    uint32_t inner = forged_lock(&f, KIND_RWLOCK, 0x5200, "inner", 0), d = forged_thread(&f, "d");
    holds(a, m);
    sleeps(a);
    holds(b, inner);
    wants(b, m);
    wants(c, inner);
    forged_join(&f, d, c, 0x1300);
    record_thread(&f.record, c)->want.since--;
    assert_int_equal(judged(), SEVERITY_WARNING);
    assert_int_equal(found.cycle, 3);
    assert_int_equal(found.sides, 4);
    assert_int_equal(sides[0].thread, c);
    assert_int_equal(sides[1].thread, b);
    assert_int_equal(sides[1].held, inner);
    assert_int_equal(sides[2].thread, a);
    assert_int_equal(sides[2].held, m);
    assert_int_equal(sides[3].thread, d);
}

/* Of a pool whose members take turns at waiting for work, the others queue up behind the leader. */
static void test_followers(void **state)
{
    (void)state;
    const uint64_t lock[] = {0x1100, 0x2000, 0x3000}, wait[] = {0x1500, 0x2000, 0x3000}, gone[] = {0x1500, 0x4000};
    struct hold *h;
    kept();
    h = record_hold(&f.record, record_thread(&f.record, a)->path);
    h->stack = forged_stack(&f, lock, 3);
    wants_in(a, cond, wait, 3);
    assert_int_equal(judged(), SEVERITY_WARNING); /* b is no member */
    wants_in(b, m, lock, 3);
    assert_int_equal(judged(), SEVERITY_NOTE);
    wants_in(a, cond, gone, 2);
    assert_int_equal(judged(), SEVERITY_WARNING); /* the leader has left the call, and the lock locked */
}

static void test_idle_pool(void **state)
{
    (void)state;
    wants(a, cond);
    wants(b, cond);
    serves(c);
    assert_int_equal(judged(), 0);
    forged_join(&f, c, a, 0x1300);
    record_thread(&f.record, c)->want.since = since;
    assert_int_equal(judged(), SEVERITY_WARNING); /* all of them wait */
}

/* --- semaphores --- */

static void units(uint32_t semaphore, uint32_t value, uint32_t traits)
{
    struct lock *l = record_lock(&f.record, semaphore);
    l->traits = TRAIT_VALUE_KNOWN | traits;
    l->value = value;
}

static void test_semaphore(void **state)
{
    (void)state;
    uint32_t s = forged_lock(&f, KIND_SEMAPHORE, 0x5300, "s", 0);
    holds(a, s);
    wants(b, s);
    sleeps(a);
    sleeps(c);
    units(s, 1, 0);
    assert_int_equal(judged(), 0); /* it may be for a third thread to post */
    units(s, 1, TRAIT_POSTED);
    assert_int_equal(judged(), SEVERITY_WARNING);
    units(s, 1, TRAIT_EVENT);
    assert_int_equal(judged(), 0);
    units(s, 2, TRAIT_POSTED);
    assert_int_equal(judged(), 0); /* a unit is on its way */
}

static void test_permits(void **state)
{
    (void)state;
    uint32_t s = forged_lock(&f, KIND_SEMAPHORE, 0x5300, "s", 0);
    serves(c);
    holds(a, s);
    holds(b, s);
    units(s, 2, 0);
    wants(a, s);
    assert_int_equal(judged(), 0);
    wants(b, s);
    assert_int_equal(judged(), SEVERITY_WARNING);
    units(s, 3, 0);
    assert_int_equal(judged(), 0);
}

/* --- all threads wait --- */

static void all_wait(void)
{
    wants(a, cond);
    wants(b, cond);
    wants(c, cond);
}

static void test_all(void **state)
{
    (void)state;
    all_wait();
    assert_int_equal(judged(), SEVERITY_WARNING);
    assert_int_equal(found.cycle, 0);
    assert_int_equal(found.sides, 3);
    assert_int_equal(after(4.9), 0);
    record_thread(&f.record, c)->want.how = WANT_TIMED;
    assert_int_equal(judged(), 0);
    record_thread(&f.record, c)->sequence++;
    assert_int_equal(judged(), 0);
    serves(c);
    assert_int_equal(judged(), 0);
    in_call(c, SYS_futex, CALL_TIMED);
    assert_int_equal(judged(), 0);
    in_call(c, SYS_futex, 0);
    assert_int_equal(judged(), SEVERITY_WARNING);
    record_thread(&f.record, c)->state = THREAD_STARTING;
    assert_int_equal(judged(), 0);
}

/* One naps, and has had to do with nothing: it may be what the others wait for, but if they woke each other before. */
static void test_all_but_one(void **state)
{
    (void)state;
    struct thread *naps = record_thread(&f.record, c);
    const struct kernel_call runs = {.call = CALL_NONE};
    wants(a, cond);
    wants(b, cond);
    sleeps(c);
    assert_int_equal(judged(), SEVERITY_NOTE);
    assert_true(found.idle && found.beside);
    assert_int_equal(found.sides, 2);
    page_tell(&f, &found, page_whole);
    page_has("stall: all 2 threads that ever synchronised wait without a time-out, for at\n    least 6.00 s\n");
    page_has("  Not called a deadlock: T3 (c) could still wake one of them for the first time,\n");
    forged_post(&f, a, cond);
    assert_int_equal(judged(), SEVERITY_WARNING);
    kernel_word_set(&naps->kernel, &runs, naps->sequence, since + SECOND, true); /* between two naps */
    assert_int_equal(judged(), SEVERITY_WARNING);
    kernel_word_set(&naps->kernel, &runs, naps->sequence, since + SECOND, false);
    assert_int_equal(judged(), 0);
    serves(c);
    assert_int_equal(judged(), 0);
    in_call(c, SYS_write, 0);
    assert_int_equal(judged(), 0);
    sleeps(c);
    forged_join(&f, b, c, 0x1300);
    assert_int_equal(judged(), 0);
    wants(b, cond);
    naps->held[1].address = 0x5900; /* it had a lock */
    assert_int_equal(judged(), 0);
    naps->held[1].address = 0;
    record_thread(&f.record, b)->creator = naps->serial;
    record_thread(&f.record, b)->creator_id = c;
    assert_int_equal(judged(), 0);
    record_thread(&f.record, b)->creator = record_thread(&f.record, b)->creator_id = 0;
    assert_int_equal(judged(), SEVERITY_WARNING);
    forged_post(&f, c, m);
    assert_int_equal(judged(), 0);
}

static void test_woken_from_outside(void **state)
{
    (void)state;
    all_wait();
    record_lock(&f.record, cond)->traits |= TRAIT_SHARED;
    assert_int_equal(judged(), SEVERITY_NOTE);
    record_lock(&f.record, cond)->traits = 0;
    f.record.header->other_wakers = OTHER_WAKER_FOREIGN_THREAD;
    assert_int_equal(judged(), 0);
    f.record.header->other_wakers = OTHER_WAKER_HANDLER;
    assert_int_equal(judged(), SEVERITY_WARNING);
    uint32_t stop = forged_lock(&f, KIND_SEMAPHORE, 0x5300, "stop", TRAIT_EVENT | TRAIT_VALUE_KNOWN);
    wants(c, stop);
    assert_int_equal(judged(), SEVERITY_NOTE); /* it is for the handler to post */
    forged_post(&f, a, stop);
    assert_int_equal(judged(), SEVERITY_WARNING);
}

/* --- words --- */

static void test_words(void **state)
{
    (void)state;
    kept();
    sleeps(a);
    forged_join(&f, c, b, 0x1300);
    assert_int_equal(judged(), SEVERITY_WARNING);
    page_tell(&f, &found, page_whole);
    page_is("stall: T2 (b) and 1 more are kept waiting over mutex m, held by T1 (a), for at\n"
            "    least 6.00 s\n"
            "  T2 (b, tid 4002) waits for mutex m, held by T1 (a), for at least 6.00 s:\n"
            "    #0 f12 at x.c:1200\n"
            "\n"
            "  T1 (a, tid 4001) was in clock_nanosleep\n"
            "  while holding mutex m, acquired at:\n"
            "    #0 f11 at x.c:1100\n"
            "\n"
            "  Behind them: T3 (c) waits for the end of T2\n"
            "  Not called a deadlock: T1 goes on, so it may still release m.\n"
            "  What to change: release m on every way out of the code that acquired it\n"
            "    (x.c:1100), also where that fails; and do what takes long without it.\n");
}

static void test_words_of_waits(void **state)
{
    (void)state;
    kept();
    wants(a, cond);
    assert_int_equal(judged(), SEVERITY_WARNING);
    page_tell(&f, &found, page_whole);
    page_has("  T1 (a, tid 4001) waits on condition cond, never signalled so far, for at least\n    6.00 s:\n");
    page_has(
        "  Not called a deadlock: condition cond was never signalled so far; T3 (c) could\n    still signal it.\n");
    page_has("  What to change: release m before T1 waits at x.c:1200, or let it wait with a\n    time-out.\n");
    forged_post(&f, c, cond);
    assert_int_equal(judged(), SEVERITY_WARNING);
    page_tell(&f, &found, page_whole);
    page_has("  Not called a deadlock: condition cond was signalled so far by T3 (c), and may\n    be again.\n");
    record_thread(&f.record, a)->want.how |= WANT_TIMED;
    assert_int_equal(judged(), SEVERITY_WARNING);
    page_tell(&f, &found, page_whole);
    page_has("  What to change: release m before T1 waits at x.c:1200, or when its wait has\n"
             "    timed out, before it waits again.\n");
}

static void test_words_of_input(void **state)
{
    (void)state;
    kept();
    serves(a);
    assert_int_equal(judged(), SEVERITY_NOTE);
    page_tell(&f, &found, page_whole);
    page_has("  T1 (a, tid 4001) was in epoll_pwait\n");
    page_has(
        "  Not called a deadlock: T1 waits for input, and may still release m. They may\n    be no more than idle.\n");
}

static void test_words_of_all(void **state)
{
    (void)state;
    all_wait();
    assert_int_equal(judged(), SEVERITY_WARNING);
    page_tell(&f, &found, page_whole);
    page_has("stall: all 3 threads wait without a time-out, for at least 6.00 s\n");
    page_has("  T3 (c, tid 4003) waits on condition cond, never signalled so far, for at least\n    6.00 s:\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_kept),
        TEST(test_kept_while_it_lives),
        TEST(test_reported),
        TEST(test_not_held),
        TEST(test_waits_with_a_time_out),
        TEST(test_may_be_idle),
        TEST(test_samples),
        TEST(test_chain),
        TEST(test_followers),
        TEST(test_idle_pool),
        TEST(test_semaphore),
        TEST(test_permits),
        TEST(test_all),
        TEST(test_all_but_one),
        TEST(test_woken_from_outside),
        TEST(test_words),
        TEST(test_words_of_waits),
        TEST(test_words_of_input),
        TEST(test_words_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

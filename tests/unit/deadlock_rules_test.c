/*
 * Rules of who can go on that the random worlds of deadlock_model_test.c have no part in: conditions whose waiter keeps
 * its mutex, what is being destroyed, posters that have ended, locks of several processes. Each in a record of its own,
 * with the same once more where one thing is different.
 */
#include "detect/deadlock/deadlock.h"
#include "tests/unit/forged.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct forged f;
static uint32_t a, b;

static int begin(void **state)
{
    (void)state;
    forged_begin(&f, 1 << 20);
    a = forged_thread(&f, "a");
    b = forged_thread(&f, "b");
    return 0;
}

static int end(void **state)
{
    (void)state;
    forged_end(&f);
    return 0;
}

static struct finding found;
static uint32_t like_it; /* of a side */

static bool keep(void *context, const struct finding *finding)
{
    (void)context;
    found = *finding;
    like_it = 0;
    for (uint32_t i = 0; i < finding->sides; i++)
        like_it |= finding->side[i].want.like_it;
    return true;
}

static bool own(const struct lock *lock)
{
    (void)lock;
    return true;
}

static bool units(const struct lock *lock, uint32_t *value, uint32_t *waiting)
{
    (void)lock;
    *value = 0;
    *waiting = 1;
    return true;
}

/* Judges anew: so many threads are in a deadlock, or none, and how sure that is. */
static void expect_in(struct deadlock_world w, unsigned sides, enum finding_confidence confidence)
{
    w.record = &f.record;
    assert_int_equal(deadlock_judge(&w, keep, NULL), sides > 0);
    if (sides > 0) {
        assert_int_equal(found.sides, sides);
        assert_int_equal(found.confidence, confidence);
    }
}

static void expect(unsigned sides, enum finding_confidence confidence)
{
    expect_in((struct deadlock_world){.semaphore = units}, sides, confidence);
}

static void expect_none(void)
{
    expect(0, CONFIDENCE_CERTAIN);
}

static void wait_at(uint32_t thread, uint32_t condition, uint32_t mutex, uint16_t how)
{
    forged_want(&f, thread, condition, 0x1000, how);
    record_thread(&f.record, thread)->want.cond_mutex = mutex;
    record_thread(&f.record, thread)->want.path = record_thread(&f.record, thread)->path;
}

static void want(uint32_t thread, uint32_t lock)
{
    wait_at(thread, lock, 0, 0);
}

/* `a` waits at a condition that `b` has signalled, and still holds the mutex: `b`, which wants it, never comes. */
static void test_keeps_mutex(void **state)
{
    (void)state;
    uint32_t m = forged_lock(&f, KIND_MUTEX, 0x5000, "m", TRAIT_RECURSIVE);
    uint32_t c = forged_lock(&f, KIND_CONDITION, 0x6000, "c", 0);
    forged_post(&f, b, c);
    forged_hold(&f, a, m, 0x1100, 0);
    wait_at(a, c, m, 0);
    expect_none(); /* b runs */
    want(b, m);
    expect(2, CONFIDENCE_CERTAIN);
    forged_thread(&f, "beside"); /* which has never signalled */
    expect(2, CONFIDENCE_LIKELY);
}

/* It had the mutex once, and released it for the wait: then b has it, and whoever is signalled gets it. */
static void test_gives_mutex(void **state)
{
    (void)state;
    uint32_t m = forged_lock(&f, KIND_MUTEX, 0x5000, "m", TRAIT_RECURSIVE);
    uint32_t c = forged_lock(&f, KIND_CONDITION, 0x6000, "c", 0);
    forged_post(&f, b, c);
    wait_at(a, c, m, 0);
    forged_hold(&f, b, m, 0x1100, 0);
    expect_none();
}

/* With a time-out it goes on by itself, as it has the mutex; one that released it must have it again. */
static void test_keeps_mutex_timed(void **state)
{
    (void)state;
    uint32_t m = forged_lock(&f, KIND_MUTEX, 0x5000, "m", TRAIT_RECURSIVE);
    uint32_t n = forged_lock(&f, KIND_MUTEX, 0x5100, "n", 0);
    uint32_t c = forged_lock(&f, KIND_CONDITION, 0x6000, "c", 0);
    forged_hold(&f, a, n, 0x1100, 0);
    forged_hold(&f, b, m, 0x1200, 0);
    wait_at(a, c, m, WANT_TIMED);
    want(b, n);
    expect(2, CONFIDENCE_CERTAIN);
    end(NULL);
    begin(NULL);
    m = forged_lock(&f, KIND_MUTEX, 0x5000, "m", TRAIT_RECURSIVE);
    c = forged_lock(&f, KIND_CONDITION, 0x6000, "c", 0);
    forged_hold(&f, a, m, 0x1100, 0);
    wait_at(a, c, m, WANT_TIMED);
    want(b, m);
    expect_none();
}

/* Who destroys a condition or a barrier waits for all who wait there. */
static void destroy(uint16_t kind)
{
    uint32_t m = forged_lock(&f, KIND_MUTEX, 0x5000, "m", 0);
    uint32_t o = forged_lock(&f, kind, 0x6000, "o", TRAIT_VALUE_KNOWN);
    record_lock(&f.record, o)->value = 3;
    wait_at(a, o, kind == KIND_CONDITION ? m : 0, 0);
    wait_at(b, o, 0, WANT_END);
    expect(2, CONFIDENCE_CERTAIN);
    uint32_t beside = forged_thread(&f, "beside");
    expect_none(); /* it may still wake a */
    forged_hold(&f, b, m, 0x1100, 0);
    wait_at(b, o, 0, WANT_END);
    want(beside, m);
    expect(3, CONFIDENCE_CERTAIN);
    record_thread(&f.record, a)->want.how = WANT_TIMED;
    if (kind == KIND_BARRIER)
        expect_none();
}

static void test_destroys_condition(void **state)
{
    (void)state;
    destroy(KIND_CONDITION);
}

static void test_destroys_barrier(void **state)
{
    (void)state;
    destroy(KIND_BARRIER);
}

/* Nobody waits there: what it has is whatever libc is at, and over in a moment. */
static void test_destroys_unused(void **state)
{
    (void)state;
    uint32_t o = forged_lock(&f, KIND_CONDITION, 0x6000, "o", 0);
    wait_at(b, o, 0, WANT_END);
    expect_none();
}

/* `a` and `b` wait for each other's posts; all that ever posted what `a` wants has ended, and was made by `b`. */
static uint32_t ended_poster(uint16_t kind)
{
    uint32_t s = forged_lock(&f, kind, 0x6000, "s", kind == KIND_SEMAPHORE ? TRAIT_EVENT : 0);
    uint32_t reply = forged_lock(&f, KIND_SEMAPHORE, 0x6100, "reply", TRAIT_EVENT);
    uint32_t poster = forged_thread(&f, "poster");
    struct thread *t = record_thread(&f.record, poster);
    t->routine = 0x7000;
    t->creator_id = b, t->creator = record_thread(&f.record, b)->serial;
    forged_post(&f, poster, s);
    ((struct post *)record_item(&f.record, TABLE_POSTS, 1))->routine = 0x7000;
    t->state = THREAD_ENDED;
    forged_post(&f, a, reply);
    want(a, s);
    want(b, reply);
    return s;
}

static void sisters(uint16_t kind)
{
    uint32_t s = ended_poster(kind);
    expect(2, CONFIDENCE_CERTAIN);
    uint32_t beside = forged_thread(&f, "beside");
    expect(2, CONFIDENCE_LIKELY);
    record_thread(&f.record, b)->routine = 0x7000; /* made before the poster, it does not take its place */
    expect(2, CONFIDENCE_LIKELY);
    record_thread(&f.record, beside)->routine = 0x7000; /* it does what the poster did */
    expect_none();
    want(beside, s);
    expect(2, CONFIDENCE_CERTAIN); /* it waits there itself */
    uint32_t m = forged_lock(&f, KIND_MUTEX, 0x5000, "m", 0), other = forged_thread(&f, "other");
    forged_hold(&f, other, m, 0x1100, 0);
    want(beside, m);
    expect_none();
}

static void test_sisters_of_poster(void **state)
{
    (void)state;
    sisters(KIND_SEMAPHORE);
}

static void test_sisters_of_signaller(void **state)
{
    (void)state;
    sisters(KIND_CONDITION);
}

/* The poster's place in the table is that of its sister by now. */
static void test_sister_in_place(void **state)
{
    (void)state;
    ended_poster(KIND_SEMAPHORE);
    struct post *p = record_item(&f.record, TABLE_POSTS, 1);
    struct thread *t = record_thread(&f.record, p->thread);
    p->creator_id = b, p->creator = record_thread(&f.record, b)->serial;
    t->serial = 100;
    t->state = THREAD_RUNNING;
    expect_none();
    t->routine = 0x8000;
    expect(2, CONFIDENCE_LIKELY);
}

/* A holds what it wants itself; whether another process may release it. */
static enum finding_confidence of_shared(uint16_t kind, uint32_t traits, uint32_t how, struct deadlock_world w)
{
    end(NULL);
    begin(NULL);
    uint32_t lock = forged_lock(&f, kind, 0x5000, "lock", traits);
    forged_hold(&f, a, lock, 0x1100, how);
    want(a, lock);
    w.record = &f.record;
    assert_int_equal(deadlock_judge(&w, keep, NULL), 1);
    return found.confidence;
}

static void test_shared(void **state)
{
    (void)state;
    const struct deadlock_world file = {.record = NULL}, here = {.own_memory = own};
    const uint32_t owned[] = {TRAIT_ERRORCHECK, TRAIT_RECURSIVE, TRAIT_ROBUST, TRAIT_INHERIT};
    assert_int_equal(of_shared(KIND_MUTEX, 0, 0, file), CONFIDENCE_CERTAIN);
    assert_int_equal(of_shared(KIND_MUTEX, TRAIT_SHARED, 0, file), CONFIDENCE_LIKELY);
    assert_int_equal(of_shared(KIND_MUTEX, TRAIT_SHARED, 0, here), CONFIDENCE_CERTAIN);
    for (unsigned i = 0; i < sizeof owned / sizeof *owned; i++)
        assert_int_equal(of_shared(KIND_MUTEX, TRAIT_SHARED | owned[i], 0, file), CONFIDENCE_CERTAIN);
    assert_int_equal(of_shared(KIND_SPINLOCK, TRAIT_SHARED, 0, file), CONFIDENCE_LIKELY);
    assert_int_equal(of_shared(KIND_RWLOCK, TRAIT_SHARED, HOW_SHARED, file), CONFIDENCE_LIKELY);
    assert_int_equal(of_shared(KIND_RWLOCK, TRAIT_SHARED, 0, file), CONFIDENCE_CERTAIN);
}

/* --- what lives for one call: nobody has posted it, but others of its place --- */

static struct post before; /* who did */
static uint32_t beside;    /* this thread never had anything to do with the others */

static bool history(const struct lock *lock, struct site_history *h)
{
    *h = (struct site_history){.post = &before, .posts = 1, .objects = 9};
    return lock->kind == KIND_SEMAPHORE;
}

static bool apart(uint32_t runner, uint32_t waiter, uint32_t settled)
{
    (void)settled;
    return runner == beside || waiter == beside;
}

static const struct deadlock_world calls = {.semaphore = units, .history = history, .apart = apart};

/* `a` waits for what `b` posts in calls, and `b` for a mutex of `a`; beside them runs a beside, or is it none? */
static void begin_call(void)
{
    uint32_t m = forged_lock(&f, KIND_MUTEX, 0x5000, "m", 0);
    uint32_t s = forged_lock(&f, KIND_SEMAPHORE, 0x6000, "s", TRAIT_EVENT);
    forged_hold(&f, a, m, 0x1100, 0);
    want(a, s);
    want(b, m);
    beside = forged_thread(&f, "beside");
    before = (struct post){.thread = b, .serial = record_thread(&f.record, b)->serial};
}

static void test_call(void **state)
{
    (void)state;
    begin_call();
    expect_in(calls, 2, CONFIDENCE_LIKELY);
    assert_int_equal(found.beside, false);
    assert_int_equal(like_it, 9);
    beside = 0;
    expect_in(calls, 0, CONFIDENCE_LIKELY);
}

/* One who posts in calls may go on. */
static void test_call_poster_runs(void **state)
{
    (void)state;
    begin_call();
    before.thread = beside;
    before.serial = record_thread(&f.record, beside)->serial;
    expect_in(calls, 0, CONFIDENCE_LIKELY);
}

/* A thread that has to do with these waits, too; it matters whether that can end. */
static void test_call_beside_waiter(void **state)
{
    (void)state;
    begin_call();
    uint32_t other = forged_thread(&f, "other"), n = forged_lock(&f, KIND_MUTEX, 0x5100, "n", 0);
    forged_hold(&f, beside, n, 0x1200, 0);
    want(other, n);
    expect_in(calls, 0, CONFIDENCE_LIKELY);
    forged_hold(&f, a, n, 0x1300, 0);
    expect_in(calls, 3, CONFIDENCE_LIKELY);
}

/* Somebody has posted this very one. */
static void test_call_posted(void **state)
{
    (void)state;
    begin_call();
    forged_post(&f, beside, record_thread(&f.record, a)->want.lock);
    expect_in(calls, 0, CONFIDENCE_LIKELY);
}

/* --- waits that no thread records --- */

static uint32_t renews; /* this thread waits, though it runs by its record, for … */
static struct want renewed_want;

static bool derived(uint32_t thread, struct want *want)
{
    *want = renewed_want;
    return thread == renews;
}

/* `a` waits for a mutex of `b`, which tries for one of `a` again and again. */
static void test_renewed(void **state)
{
    (void)state;
    uint32_t m = forged_lock(&f, KIND_MUTEX, 0x5000, "m", 0), n = forged_lock(&f, KIND_MUTEX, 0x5100, "n", 0);
    struct deadlock_world w = {.semaphore = units, .derived = derived};
    forged_hold(&f, a, m, 0x1100, 0);
    forged_hold(&f, b, n, 0x1200, 0);
    want(a, n);
    wait_at(b, m, 0, WANT_TIMED);
    renews = 0;
    expect_in(w, 0, CONFIDENCE_LIKELY);
    renews = b;
    renewed_want = (struct want){.address = 0x5000, .lock = m, .kind = KIND_MUTEX, .how = WANT_RENEWED};
    expect_in(w, 2, CONFIDENCE_LIKELY);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_keeps_mutex),
        TEST(test_gives_mutex),
        TEST(test_keeps_mutex_timed),
        TEST(test_destroys_condition),
        TEST(test_destroys_barrier),
        TEST(test_destroys_unused),
        TEST(test_sisters_of_poster),
        TEST(test_sisters_of_signaller),
        TEST(test_sister_in_place),
        TEST(test_shared),
        TEST(test_call),
        TEST(test_call_poster_runs),
        TEST(test_call_beside_waiter),
        TEST(test_call_posted),
        TEST(test_renewed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

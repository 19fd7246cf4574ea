/*
 * Mistakes that are judged from the record: threads that ended with something held, and blocking calls with a spinlock
 * held; each rule with its negative test.
 */
#include "detect/mistakes.h"
#include "tests/unit/forged.h"
#include "tests/unit/rounds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 1 << 20, MOST = 8 };

struct reports {
    struct finding finding[MOST];
    struct side side[MOST];
    unsigned count, most;
};

static bool keep(void *context, const struct finding *f)
{
    struct reports *reported = context;
    assert_true(reported->count < MOST && f->sides == 1 && f->cycle == 0 && f->when == 0);
    reported->side[reported->count] = f->side[0];
    reported->finding[reported->count++] = *f;
    return reported->count < reported->most;
}

static struct reports judge(const struct forged *f)
{
    struct reports reported = {.most = MOST};
    unsigned count = mistakes_judge(&f->record, keep, &reported);
    assert_int_equal(count, reported.count);
    return reported;
}

static void begin(struct forged *f)
{
    forged_begin(f, ROOM);
    forged_thread(f, "main");
}

static void finish(struct forged *f, uint32_t thread, uint32_t traits)
{
    record_thread(&f->record, thread)->state = THREAD_ENDED;
    record_thread(&f->record, thread)->traits = traits;
}

static uint32_t lock_of(struct forged *f, uint16_t kind, uint32_t traits)
{
    return forged_lock(f, kind, 0x7000 + 64 * (uint64_t)record_used(&f->record, TABLE_LOCKS), NULL, traits);
}

/* --- threads that ended --- */

/* A thread takes a lock of this kind and ends; how many findings that makes. */
static struct reports ends_with(uint16_t kind, uint32_t traits, uint32_t value, uint32_t how)
{
    struct forged f;
    begin(&f);
    uint32_t lock = lock_of(&f, kind, traits), thread = forged_thread(&f, "forgetful");
    record_lock(&f.record, lock)->value = value;
    forged_take(&f, thread, lock, 0x1000, how);
    finish(&f, thread, THREAD_JOINED);
    struct reports reported = judge(&f);
    if (reported.count > 0) {
        assert_int_equal(reported.finding[0].kind, FINDING_EXIT_HOLDING);
        assert_int_equal(reported.side[0].thread, thread);
        assert_int_equal(reported.side[0].want.lock, lock);
        assert_int_equal(reported.side[0].want.kind, kind);
        assert_true(reported.side[0].want.site == 0x1000);
        assert_int_equal(reported.side[0].want.how, (how & HOW_SHARED) != 0 ? WANT_SHARED : 0);
    }
    forged_end(&f);
    return reported;
}

static void test_ended_with_a_lock(void **state)
{
    const uint16_t kinds[] = {KIND_MUTEX, KIND_RWLOCK, KIND_SPINLOCK};
    (void)state;
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct reports reported = ends_with(kinds[i], 0, 0, 0);
        assert_int_equal(reported.count, 1);
        assert_int_equal(reported.finding[0].severity, SEVERITY_WARNING);
        assert_int_equal(reported.finding[0].count, 1);
    }
    assert_int_equal(ends_with(KIND_RWLOCK, 0, 0, HOW_SHARED).count, 1);
    assert_int_equal(ends_with(KIND_MUTEX, 0, 0, HOW_TRIED).count, 1);
    assert_int_equal(ends_with(KIND_ONCE, 0, 0, 0).count, 0);
}

static void test_robust_is_a_note(void **state)
{
    (void)state;
    struct reports reported = ends_with(KIND_MUTEX, TRAIT_ROBUST, 0, 0);
    assert_int_equal(reported.count, 1);
    assert_int_equal(reported.finding[0].severity, SEVERITY_NOTE);
}

/* A library's thread, and a lock that the library took for itself: none of it is the program's. */
static enum finding_severity of_library(uint64_t routine, uint64_t site, uint64_t caller)
{
    struct forged f;
    begin(&f);
    const uint64_t frames[] = {site, caller};
    forged_module(&f, "/bin/program", 0x1000, 0x2000);
    forged_module(&f, "/lib/runtime.so", 0x5000, 0x6000);
    f.record.header->executable = forged_text(&f, "/bin/program");
    uint32_t lock = lock_of(&f, KIND_MUTEX, 0), thread = forged_thread(&f, "");
    forged_take(&f, thread, lock, site, 0);
    struct thread *t = record_thread(&f.record, thread);
    t->routine = routine;
    ((struct hold *)record_hold(&f.record, t->path))->stack = forged_stack(&f, frames, 2);
    finish(&f, thread, THREAD_JOINED);
    struct reports reported = judge(&f);
    assert_int_equal(reported.count, 1);
    forged_end(&f);
    return reported.finding[0].severity;
}

static void test_a_library_s_own(void **state)
{
    (void)state;
    assert_int_equal(of_library(0x5100, 0x5200, 0x5300), SEVERITY_NOTE);
    assert_int_equal(of_library(0x1100, 0x5200, 0x5300), SEVERITY_WARNING);
    assert_int_equal(of_library(0x5100, 0x1200, 0x5300), SEVERITY_WARNING);
    assert_int_equal(of_library(0x5100, 0x5200, 0x1300), SEVERITY_WARNING); /* a wrapper of the library's */
    assert_int_equal(of_library(0, 0x5200, 0x5300), SEVERITY_WARNING);
    assert_int_equal(of_library(0x5100, 0x5200, 0x9300), SEVERITY_WARNING); /* nobody knows whose */
}

/* Binary, released by whoever took it, and no signal: else it may be somebody else's to post. */
static void test_semaphore_must_be_a_mutex(void **state)
{
    const uint32_t traits = TRAIT_POSTED | TRAIT_VALUE_KNOWN;
    (void)state;
    assert_int_equal(ends_with(KIND_SEMAPHORE, traits, 1, 0).count, 1);
    assert_int_equal(ends_with(KIND_SEMAPHORE, traits, 2, 0).count, 0);
    assert_int_equal(ends_with(KIND_SEMAPHORE, traits | TRAIT_EVENT, 1, 0).count, 0);
    assert_int_equal(ends_with(KIND_SEMAPHORE, TRAIT_VALUE_KNOWN, 1, 0).count, 0);
    assert_int_equal(ends_with(KIND_SEMAPHORE, TRAIT_POSTED, 1, 0).count, 0);
}

static void test_semaphore_that_went_on(void **state)
{
    (void)state;
    struct forged f;
    begin(&f);
    uint32_t lock = lock_of(&f, KIND_SEMAPHORE, TRAIT_POSTED | TRAIT_VALUE_KNOWN);
    uint32_t ended = forged_thread(&f, "ended"), next = forged_thread(&f, "next");
    record_lock(&f.record, lock)->value = 1;
    forged_take(&f, ended, lock, 0x1000, 0);
    finish(&f, ended, 0);
    forged_take(&f, next, lock, 0x2000, 0);
    assert_int_equal(judge(&f).count, 0);
    forged_give(&f, next, lock);
    assert_int_equal(judge(&f).count, 1);
    forged_end(&f);
}

static void test_others_did_not_end(void **state)
{
    (void)state;
    struct forged f;
    begin(&f);
    uint32_t a = lock_of(&f, KIND_MUTEX, 0), b = lock_of(&f, KIND_MUTEX, 0);
    uint32_t left = forged_thread(&f, "left"), clean = forged_thread(&f, "clean"), runs = forged_thread(&f, "runs");
    forged_take(&f, left, a, 0x1000, 0);
    finish(&f, left, THREAD_NOT_FORKED | THREAD_DETACHED);
    forged_take(&f, clean, b, 0x1000, 0);
    forged_give(&f, clean, b);
    finish(&f, clean, 0);
    forged_take(&f, runs, b, 0x1000, 0);
    assert_int_equal(judge(&f).count, 0);
    forged_end(&f);
}

/* Of one place are those that were taken by one call; and a lock that only was noted counts, too. */
static void test_one_place_is_one_finding(void **state)
{
    (void)state;
    struct forged f;
    begin(&f);
    for (int i = 0; i < 5; i++) {
        uint32_t thread = forged_thread(&f, "");
        forged_take(&f, thread, lock_of(&f, KIND_MUTEX, 0), i < 3 ? 0x1000 : 0x2000, 0);
        finish(&f, thread, 0);
    }
    uint32_t noted = forged_thread(&f, "noted");
    struct thread *t = record_thread(&f.record, noted);
    t->held_end = sizeof t->held[0];
    t->held[1] = (struct held_lock){.address = 0x9000, .call = 0x3000 | (uint64_t)(KIND_SPINLOCK ^ KIND_MUTEX) << 48};
    finish(&f, noted, 0);
    struct reports reported = judge(&f);
    assert_int_equal(reported.count, 3);
    assert_int_equal(reported.finding[0].count, 3);
    assert_int_equal(reported.finding[1].count, 2);
    assert_int_equal(reported.side[2].want.kind, KIND_SPINLOCK);
    assert_int_equal(reported.side[2].want.lock, 0);
    assert_true(reported.side[2].want.address == 0x9000);
    struct reports first = {.most = 1};
    assert_int_equal(mistakes_judge(&f.record, keep, &first), 1);
    forged_end(&f);
}

/* --- blocking with a spinlock held --- */

static struct reports under_spinlock(uint16_t kind, uint32_t how, bool wait, bool given)
{
    struct forged f;
    begin(&f);
    uint32_t spin = lock_of(&f, KIND_SPINLOCK, 0), gate = lock_of(&f, KIND_MUTEX, 0), lock = lock_of(&f, kind, 0);
    uint32_t thread = forged_thread(&f, "spinner");
    forged_take(&f, thread, spin, 0x1000, 0);
    forged_take(&f, thread, gate, 0x1100, HOW_TRIED);
    if (given)
        forged_give(&f, thread, spin);
    if (wait)
        forged_await(&f, thread, lock, 0x2000, 0);
    else
        forged_take(&f, thread, lock, 0x2000, how);
    struct reports reported = judge(&f);
    if (reported.count > 0) {
        assert_int_equal(reported.finding[0].kind, FINDING_SPIN_BLOCKED);
        assert_int_equal(reported.finding[0].severity, SEVERITY_NOTE);
        assert_int_equal(reported.side[0].thread, thread);
        assert_int_equal(reported.side[0].held, spin);
        assert_int_equal(reported.side[0].want.lock, lock);
        assert_true(reported.side[0].want.site == 0x2000);
    }
    forged_end(&f);
    return reported;
}

static void test_blocked_under_spinlock(void **state)
{
    (void)state;
    assert_int_equal(under_spinlock(KIND_MUTEX, 0, false, false).count, 1);
    assert_int_equal(under_spinlock(KIND_RWLOCK, HOW_SHARED, false, false).count, 1);
    assert_int_equal(under_spinlock(KIND_SEMAPHORE, 0, false, false).count, 1);
    assert_int_equal(under_spinlock(KIND_MUTEX, HOW_TIMED, false, false).count, 1);
    assert_int_equal(under_spinlock(KIND_CONDITION, 0, true, false).count, 1);
    assert_int_equal(under_spinlock(KIND_BARRIER, 0, true, false).count, 1);
}

static void test_not_blocked_under_spinlock(void **state)
{
    (void)state;
    assert_int_equal(under_spinlock(KIND_MUTEX, HOW_TRIED, false, false).count, 0);
    assert_int_equal(under_spinlock(KIND_SPINLOCK, 0, false, false).count, 0);
    assert_int_equal(under_spinlock(KIND_MUTEX, 0, false, true).count, 0);
    assert_int_equal(under_spinlock(KIND_CONDITION, 0, true, true).count, 0);
}

/* One for each pair of calls, however many locks: two spinlocks that one call took, then two mutexes by another. */
static void test_pairs_of_calls(void **state)
{
    (void)state;
    struct forged f;
    begin(&f);
    uint32_t thread = forged_thread(&f, "spinner");
    for (int i = 0; i < 2; i++) {
        uint32_t spin = lock_of(&f, KIND_SPINLOCK, 0);
        forged_take(&f, thread, spin, 0x1000, 0);
        for (int k = 0; k < 2; k++) {
            uint32_t m = lock_of(&f, KIND_MUTEX, 0);
            forged_take(&f, thread, m, 0x2000, 0);
            forged_give(&f, thread, m);
        }
        forged_give(&f, thread, spin);
    }
    struct reports reported = judge(&f);
    assert_int_equal(reported.count, 1);
    assert_int_equal(reported.finding[0].count, 4);
    forged_end(&f);
}

/* --- damaged records --- */

/* Paths that lead in a circle, parents and locks and acquisitions that are nowhere. */
static void test_damaged(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= rounds(60); seed++) {
        struct forged f;
        begin(&f);
        srand(seed);
        uint32_t locks[6];
        for (int i = 0; i < 6; i++)
            locks[i] = lock_of(&f, i % 2 == 0 ? KIND_SPINLOCK : KIND_MUTEX, 0);
        uint32_t thread = forged_thread(&f, "");
        for (int i = 0; i < 6; i++)
            forged_take(&f, thread, locks[i], 0x1000 + 16 * (uint64_t)i, 0);
        finish(&f, thread, 0);
        uint32_t holds = record_used(&f.record, TABLE_HOLDS);
        for (int i = 0; i < 4; i++) {
            struct hold *h = record_hold(&f.record, 1 + (uint32_t)rand() % (holds - 1));
            uint32_t *field[] = {&h->parent, &h->lock, &h->stack};
            *field[rand() % 3] = rand() % 2 ? (uint32_t)rand() % holds : UINT32_MAX - (uint32_t)rand();
            h->first_acquisition = (uint32_t)rand() % 8;
        }
        struct reports reported = {.most = 1};
        mistakes_judge(&f.record, keep, &reported);
        forged_end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ended_with_a_lock),
        cmocka_unit_test(test_robust_is_a_note),
        cmocka_unit_test(test_a_library_s_own),
        cmocka_unit_test(test_semaphore_must_be_a_mutex),
        cmocka_unit_test(test_semaphore_that_went_on),
        cmocka_unit_test(test_others_did_not_end),
        cmocka_unit_test(test_one_place_is_one_finding),
        cmocka_unit_test(test_blocked_under_spinlock),
        cmocka_unit_test(test_not_blocked_under_spinlock),
        cmocka_unit_test(test_pairs_of_calls),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

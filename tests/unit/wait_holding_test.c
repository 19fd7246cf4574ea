/*
 * Who waits while holding a lock that those who wake need first: each rule with its negative test, and records that
 * were not written by the library.
 */
#include "detect/wait_holding.h"
#include "tests/unit/forged.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 1 << 20, MOST = 8, SIDES = 17, TAKES = 0x1100, WAITS = 0x1200, WAKES = 0x1300 };

struct reports {
    struct finding finding;
    struct side side[SIDES];
};

struct scene {
    struct forged f;
    uint32_t first, waiter, waker, third; /* threads */
    uint32_t m, signal;                   /* a mutex, and what is waited for */
    struct reports reported[MOST];
    unsigned count;
};

static bool note(void *context, const struct finding *f)
{
    struct scene *s = context;
    assert_true(s->count < MOST);
    assert_true(f->sides <= SIDES);
    struct reports *t = &s->reported[s->count++];
    t->finding = *f;
    memcpy(t->side, f->side, f->sides * sizeof *f->side);
    return true;
}

static void judge(struct scene *s)
{
    s->count = 0;
    unsigned reported = wait_holding_judge(&s->f.record, note, s);
    assert_int_equal(reported, s->count);
}

/* Three threads, made by the first one; the waiter waits while holding the mutex. */
static void begin(struct scene *s, uint16_t kind, uint32_t traits)
{
    memset(s, 0, sizeof *s);
    forged_begin(&s->f, ROOM);
    s->first = forged_thread(&s->f, "main");
    s->waiter = forged_start(&s->f, s->first, "waiter");
    s->waker = forged_start(&s->f, s->first, "waker");
    s->third = forged_start(&s->f, s->first, "third");
    s->m = forged_lock(&s->f, KIND_MUTEX, 0x8000, "m", 0);
    s->signal = forged_lock(&s->f, kind, 0x8100, "signal", traits);
}

static void await(struct scene *s, uint32_t thread, uint32_t lock, uint32_t how, uint32_t wait)
{
    forged_take(&s->f, thread, lock, TAKES, how);
    forged_await(&s->f, thread, s->signal, WAITS, wait);
    forged_give(&s->f, thread, lock);
}

enum { SEMAPHORE = TRAIT_EVENT | TRAIT_VALUE_KNOWN }; /* made with 0 */

static void begin_usual(struct scene *s)
{
    begin(s, KIND_SEMAPHORE, SEMAPHORE);
    await(s, s->waiter, s->m, 0, 0);
    forged_wake(&s->f, s->waker, s->signal, WAKES, s->m, WAKE_PROVEN);
}

static void expect(struct scene *s, enum finding_severity severity, enum finding_reason reason)
{
    judge(s);
    assert_int_equal(s->count, 1);
    assert_int_equal(s->reported[0].finding.kind, FINDING_WAIT_HOLDING);
    assert_int_equal(s->reported[0].finding.severity, severity);
    assert_int_equal(s->reported[0].finding.reason, reason);
    assert_int_equal(s->reported[0].finding.confidence, CONFIDENCE_NONE);
    assert_int_equal(s->reported[0].finding.cycle, 2);
    forged_end(&s->f);
}

static void expect_warning(struct scene *s)
{
    expect(s, SEVERITY_WARNING, REASON_NONE);
}

static void expect_nothing(struct scene *s)
{
    judge(s);
    assert_int_equal(s->count, 0);
    forged_end(&s->f);
}

/* --- the finding --- */

static void test_sides(void **state)
{
    (void)state;
    struct scene s;
    begin_usual(&s);
    await(&s, s.waiter, s.m, 0, 0);
    forged_wake(&s.f, s.waker, s.signal, WAKES, 0, 0);
    forged_start(&s.f, s.waker, "child");
    forged_wake(&s.f, s.waker, s.signal, WAKES, s.m, WAKE_PROVEN);
    forged_wake(&s.f, s.third, s.signal, WAKES + 1, s.m, WAKE_PROVEN);
    judge(&s);
    assert_int_equal(s.count, 1);
    const struct finding *f = &s.reported[0].finding;
    const struct side *side = s.reported[0].side;
    assert_int_equal(f->sides, 3);
    assert_int_equal(f->count, 1);
    assert_int_equal(side[0].serial, record_thread(&s.f.record, s.waiter)->serial);
    assert_string_equal(side[0].name, "waiter");
    assert_int_equal(side[0].held, s.m);
    assert_int_equal(side[0].times, 2);
    assert_int_equal(side[0].want.lock, s.signal);
    assert_int_equal(side[0].want.kind, KIND_SEMAPHORE);
    assert_int_equal(side[0].want.site, WAITS);
    assert_int_equal(record_hold(&s.f.record, side[0].path)->lock, s.m);
    assert_string_equal(side[1].name, "waker");
    assert_int_equal(side[1].want.lock, s.m);
    assert_int_equal(side[1].want.kind, KIND_MUTEX);
    assert_int_equal(side[1].want.site, WAKES);
    assert_int_equal(side[1].times, 3);
    assert_string_equal(side[2].name, "third");
    assert_int_equal(side[2].want.site, WAKES + 1);
    forged_end(&s.f);
}

/* A unit that was taken while the semaphore was thought a lock. */
static void test_unit(void **state)
{
    (void)state;
    struct scene s;
    for (int tried = 0; tried < 2; tried++) {
        begin(&s, KIND_SEMAPHORE, SEMAPHORE);
        record_lock(&s.f.record, s.signal)->value = 4;
        forged_take(&s.f, s.waiter, s.m, TAKES, 0);
        forged_take(&s.f, s.waiter, s.signal, WAITS, tried != 0 ? HOW_TRIED : 0);
        forged_wake(&s.f, s.waker, s.signal, WAKES, s.m, WAKE_PROVEN);
        if (tried != 0)
            expect_nothing(&s);
        else
            expect_warning(&s);
    }
}

static void test_condition(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, KIND_CONDITION, 0);
    await(&s, s.waiter, s.m, 0, 0);
    forged_wake(&s.f, s.waker, s.signal, WAKES, s.m, WAKE_PROVEN);
    expect_warning(&s);
}

/* Somebody signals so often, each time after it had taken the lock and so many others. */
static void signal_after(struct scene *s, uint32_t others, uint32_t times)
{
    begin(s, KIND_CONDITION, 0);
    await(s, s->waiter, s->m, 0, 0);
    uint32_t id = forged_wake(&s->f, s->waker, s->signal, WAKES, s->m, WAKE_PROVEN);
    for (uint32_t i = 1; i <= others; i++) {
        uint32_t other = forged_lock(&s->f, KIND_MUTEX, 0x9000 + 64 * i, NULL, 0);
        struct wake *w = record_item(&s->f.record, TABLE_WAKES, id);
        w->times = times;
        w->held[i].lock = other;
        w->held[i].how = WAKE_PROVEN;
    }
}

/* Once, and among others, may have to do with anything. */
static void test_chance(void **state)
{
    (void)state;
    struct scene s;
    signal_after(&s, 2, 1);
    expect_warning(&s);
    signal_after(&s, 3, 1);
    expect_nothing(&s);
    signal_after(&s, 3, 2);
    expect_warning(&s);
}

/* Two places are two findings; two locks made at one place are one, with a count. */
static void test_places(void **state)
{
    (void)state;
    struct scene s;
    begin_usual(&s);
    forged_take(&s.f, s.waiter, s.m, TAKES, 0);
    forged_await(&s.f, s.waiter, s.signal, WAITS + 1, 0);
    judge(&s);
    assert_int_equal(s.count, 2);
    forged_end(&s.f);

    begin(&s, KIND_SEMAPHORE, SEMAPHORE);
    uint64_t made = 0x1000;
    uint32_t created = forged_stack(&s.f, &made, 1);
    for (int i = 0; i < 3; i++) {
        s.signal = forged_lock(&s.f, KIND_SEMAPHORE, 0x9000 + 64 * (uint64_t)i, NULL, SEMAPHORE);
        record_lock(&s.f.record, s.signal)->created = created;
        await(&s, s.waiter, s.m, 0, 0);
        forged_wake(&s.f, s.waker, s.signal, WAKES, s.m, WAKE_PROVEN);
    }
    judge(&s);
    assert_int_equal(s.count, 1);
    assert_int_equal(s.reported[0].finding.count, 3);
    assert_int_equal(s.reported[0].side[0].times, 3);
    forged_end(&s.f);
}

/* --- who comes --- */

static void test_wakers(void **state)
{
    (void)state;
    struct scene s;
    begin_usual(&s);
    expect_warning(&s);

    begin_usual(&s); /* another one, who needs it not */
    forged_wake(&s.f, s.third, s.signal, WAKES, 0, 0);
    expect_nothing(&s);

    begin_usual(&s); /* that is the waiter, who cannot come while it waits */
    forged_wake(&s.f, s.waiter, s.signal, WAKES, 0, 0);
    expect_warning(&s);

    begin(&s, KIND_SEMAPHORE, SEMAPHORE); /* nobody was seen */
    await(&s, s.waiter, s.m, 0, 0);
    expect_nothing(&s);

    begin(&s, KIND_SEMAPHORE, SEMAPHORE); /* it needs it, but it is not proven */
    await(&s, s.waiter, s.m, 0, 0);
    forged_wake(&s.f, s.waker, s.signal, WAKES, s.m, 0);
    expect_nothing(&s);
}

static void test_unknown_wakers(void **state)
{
    (void)state;
    static const uint32_t trait[] = {TRAIT_WAKER_UNKNOWN, TRAIT_WAKES_MISSING, TRAIT_SHARED, TRAIT_POSTED};
    for (unsigned i = 0; i < sizeof trait / sizeof *trait; i++) {
        struct scene s;
        begin_usual(&s);
        record_lock(&s.f.record, s.signal)->traits |= trait[i];
        expect_nothing(&s);
    }
}

/* Units that go round: only of a semaphore that was made empty can it be said who must come. */
static void test_units_go_round(void **state)
{
    (void)state;
    struct scene s;
    for (int value = 0; value < 2; value++) {
        begin_usual(&s);
        record_lock(&s.f.record, s.signal)->value = (uint32_t)value;
        forged_wake(&s.f, s.waiter, s.signal, WAKES, s.m, WAKE_PROVEN);
        if (value == 0)
            expect_warning(&s);
        else
            expect_nothing(&s);

        begin_usual(&s);
        record_lock(&s.f.record, s.signal)->value = (uint32_t)value;
        uint32_t id = forged_wake(&s.f, s.waker, s.signal, WAKES, 0, 0);
        ((struct wake *)record_item(&s.f.record, TABLE_WAKES, id))->waited = 1;
        if (value == 0)
            expect_warning(&s);
        else
            expect_nothing(&s);
    }
}

static void test_barrier(void **state)
{
    (void)state;
    static const bool found[] = {true, false, true, true}; /* by the barrier's count; 0: not known */
    for (uint32_t count = 0; count < 4; count++) {
        struct scene s;
        begin(&s, KIND_BARRIER, count != 0 ? TRAIT_VALUE_KNOWN : 0);
        record_lock(&s.f.record, s.signal)->value = count;
        await(&s, s.waiter, s.m, 0, 0);
        forged_wake(&s.f, s.waiter, s.signal, WAKES, s.m, WAKE_PROVEN);
        forged_wake(&s.f, s.waker, s.signal, WAKES, s.m, WAKE_PROVEN);
        if (count == 3)
            forged_wake(&s.f, s.third, s.signal, WAKES, 0, 0);
        if (found[count])
            expect_warning(&s);
        else
            expect_nothing(&s);
    }
    struct scene s;
    begin(&s, KIND_BARRIER, TRAIT_VALUE_KNOWN);
    record_lock(&s.f.record, s.signal)->value = 2;
    await(&s, s.waiter, s.m, 0, 0);
    forged_wake(&s.f, s.waker, s.signal, WAKES, s.m, WAKE_PROVEN);
    forged_wake(&s.f, s.third, s.signal, WAKES, 0, 0); /* comes in its place */
    expect_nothing(&s);
}

/* Of threads that were joined one is enough. */
static void test_join(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, KIND_THREAD, 0);
    await(&s, s.waiter, s.m, 0, 0);
    forged_wake(&s.f, s.third, s.signal, 0, 0, 0);
    forged_wake(&s.f, s.waker, s.signal, 0, s.m, WAKE_PROVEN);
    judge(&s);
    assert_int_equal(s.count, 1);
    assert_int_equal(s.reported[0].finding.sides, 2);
    assert_int_equal(s.reported[0].side[0].want.kind, KIND_THREAD);
    assert_int_equal(s.reported[0].side[0].want.thread, s.waker);
    assert_int_equal(s.reported[0].side[0].want.lock, 0);
    assert_int_equal(s.reported[0].side[0].want.thread_serial, s.reported[0].side[1].serial);
    expect_warning(&s);

    begin(&s, KIND_THREAD, 0);
    await(&s, s.waiter, s.m, 0, 0);
    forged_wake(&s.f, s.third, s.signal, 0, 0, 0);
    expect_nothing(&s);
}

/* --- what is held --- */

static void test_modes(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct scene s;
        bool holds_shared = i % 2 != 0, takes_shared = i / 2 != 0;
        begin(&s, KIND_SEMAPHORE, SEMAPHORE);
        uint32_t rw = forged_lock(&s.f, KIND_RWLOCK, 0x8200, "rw", 0);
        await(&s, s.waiter, rw, holds_shared ? HOW_SHARED : 0, 0);
        forged_wake(&s.f, s.waker, s.signal, WAKES, rw, WAKE_PROVEN | (takes_shared ? WAKE_SHARED : 0));
        if (holds_shared && takes_shared)
            expect_nothing(&s);
        else
            expect_warning(&s);
    }
}

static void test_excludes(void **state)
{
    (void)state;
    static const struct {
        uint16_t kind;
        uint32_t traits, value;
        bool found;
    } of[] = {
        {KIND_SPINLOCK, 0, 0, true},
        {KIND_ONCE, 0, 0, false},
        {KIND_SEMAPHORE, TRAIT_POSTED | TRAIT_VALUE_KNOWN, 1, true},
        {KIND_SEMAPHORE, TRAIT_POSTED | TRAIT_VALUE_KNOWN, 2, false},
        {KIND_SEMAPHORE, TRAIT_POSTED, 1, false},
        {KIND_SEMAPHORE, TRAIT_EVENT | TRAIT_VALUE_KNOWN, 1, false},
    };
    for (unsigned i = 0; i < sizeof of / sizeof *of; i++) {
        struct scene s;
        begin(&s, KIND_SEMAPHORE, SEMAPHORE);
        uint32_t held = forged_lock(&s.f, of[i].kind, 0x8200, "held", of[i].traits);
        record_lock(&s.f.record, held)->value = of[i].value;
        await(&s, s.waiter, held, 0, 0);
        forged_wake(&s.f, s.waker, s.signal, WAKES, held, WAKE_PROVEN);
        if (of[i].found)
            expect_warning(&s);
        else
            expect_nothing(&s);
    }
}

/* Of two locks the one that they need; and none that was released, or that has become another. */
static void test_which(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, KIND_SEMAPHORE, SEMAPHORE);
    uint32_t other = forged_lock(&s.f, KIND_MUTEX, 0x8200, "other", 0);
    forged_take(&s.f, s.waiter, s.m, TAKES, 0);
    await(&s, s.waiter, other, 0, 0);
    forged_wake(&s.f, s.waker, s.signal, WAKES, s.m, WAKE_PROVEN);
    judge(&s);
    assert_int_equal(s.reported[0].side[0].held, s.m);
    expect_warning(&s);

    begin(&s, KIND_SEMAPHORE, SEMAPHORE);
    other = forged_lock(&s.f, KIND_MUTEX, 0x8200, "other", 0);
    forged_take(&s.f, s.waiter, s.m, TAKES, 0);
    forged_take(&s.f, s.waiter, other, TAKES, 0);
    forged_give(&s.f, s.waiter, s.m);
    forged_await(&s.f, s.waiter, s.signal, WAITS, 0);
    forged_wake(&s.f, s.waker, s.signal, WAKES, s.m, WAKE_PROVEN);
    expect_nothing(&s);

    begin_usual(&s);
    record_lock(&s.f.record, s.m)->generation++;
    expect_nothing(&s);
}

/* --- reasons --- */

static void test_timed(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, KIND_CONDITION, 0);
    await(&s, s.waiter, s.m, 0, HOW_TIMED);
    forged_wake(&s.f, s.waker, s.signal, WAKES, s.m, WAKE_PROVEN);
    judge(&s);
    assert_int_equal(s.reported[0].side[0].want.how, WANT_TIMED);
    expect(&s, SEVERITY_NOTE, REASON_TIMED);
}

static void test_single_thread(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, KIND_SEMAPHORE, SEMAPHORE);
    await(&s, s.waiter, s.m, 0, 0);
    forged_wake(&s.f, s.waiter, s.signal, WAKES, s.m, WAKE_PROVEN);
    expect(&s, SEVERITY_NOTE, REASON_SINGLE_THREAD);

    begin(&s, KIND_SEMAPHORE, SEMAPHORE);
    await(&s, s.waiter, s.m, 0, 0);
    forged_wake(&s.f, s.waiter, s.signal, WAKES, 0, 0);
    expect_nothing(&s);
}

static void test_ordered(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, KIND_SEMAPHORE, SEMAPHORE);
    forged_wake(&s.f, s.waker, s.signal, WAKES, s.m, WAKE_PROVEN);
    forged_joined(&s.f, s.first, s.waker);
    uint32_t late = forged_start(&s.f, s.first, "late");
    await(&s, late, s.m, 0, 0);
    expect(&s, SEVERITY_NOTE, REASON_ORDERED);

    begin(&s, KIND_SEMAPHORE, SEMAPHORE); /* but another one was there, too */
    forged_wake(&s.f, s.waker, s.signal, WAKES, s.m, WAKE_PROVEN);
    forged_wake(&s.f, s.third, s.signal, WAKES, s.m, WAKE_PROVEN);
    forged_joined(&s.f, s.first, s.waker);
    late = forged_start(&s.f, s.first, "late");
    await(&s, late, s.m, 0, 0);
    expect_warning(&s);
}

/* --- records that nobody wrote --- */

static void test_hostile(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        struct scene s;
        begin_usual(&s);
        struct wake *w = record_item(&s.f.record, TABLE_WAKES, record_lock(&s.f.record, s.signal)->first_wake);
        struct acquisition *t = record_item(&s.f.record, TABLE_ACQUISITIONS, 1);
        struct hold *h = record_hold(&s.f.record, record_used(&s.f.record, TABLE_HOLDS) - 1);
        switch (i) {
        case 0:
            w->next = record_lock(&s.f.record, s.signal)->first_wake;
            break;
        case 1:
            w->epoch = 4000000000;
            break;
        case 2:
            w->lock = 77;
            break;
        case 3:
            w->held[0].lock = w->held[1].lock = 4000000000;
            break;
        case 4:
            t->epoch = 99;
            break;
        case 5:
            t->next = 1;
            break;
        case 6:
            h->parent = record_used(&s.f.record, TABLE_HOLDS) - 1;
            break;
        default:
            h->lock = 4000000000;
            break;
        }
        w->stack = w->path = 4000000000;
        judge(&s);
        assert_int_equal(s.count, i == 5); /* in a circle, but reported once */
        forged_end(&s.f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sides),          cmocka_unit_test(test_unit),
        cmocka_unit_test(test_condition),      cmocka_unit_test(test_chance),
        cmocka_unit_test(test_places),         cmocka_unit_test(test_wakers),
        cmocka_unit_test(test_unknown_wakers), cmocka_unit_test(test_units_go_round),
        cmocka_unit_test(test_barrier),        cmocka_unit_test(test_join),
        cmocka_unit_test(test_modes),          cmocka_unit_test(test_excludes),
        cmocka_unit_test(test_which),          cmocka_unit_test(test_timed),
        cmocka_unit_test(test_single_thread),  cmocka_unit_test(test_ordered),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

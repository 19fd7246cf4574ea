/*
 * What a thread holds, read off its path, held against a plain list: locks taken and released in any order, some of
 * them twice. `SEED=123 held_test` does one of the random ones.
 */
#include "detect/held.h"
#include "tests/unit/rounds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t chance_state;

static uint32_t chance(uint32_t below)
{
    chance_state += 0x9E3779B97F4A7C15u;
    uint64_t z = chance_state;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)((z ^ z >> 31) >> 32) % below;
}

static struct {
    char bytes[4 << 20] __attribute__((aligned(4096)));
    size_t used;
} memory;

static void *more_memory(void *context, size_t size, uint64_t *offset)
{
    (void)context;
    if (memory.used + size > sizeof memory.bytes)
        return NULL;
    char *p = memory.bytes + memory.used;
    memset(p, 0, size);
    *offset = memory.used;
    memory.used += size;
    return p;
}

static void begin_record(struct record *r)
{
    memory.used = 0;
    assert_true(record_begin(r, (struct record_space){.more = more_memory}));
}

static uint64_t address_of(uint32_t lock)
{
    return 0x1000 + 40 * (uint64_t)lock;
}

static uint32_t add_hold(struct record *r, uint32_t parent, uint32_t lock, uint32_t how)
{
    uint32_t id = record_reserve(r, TABLE_HOLDS, 1);
    assert_int_not_equal(id, 0);
    record_commit(r, TABLE_HOLDS, id, 1);
    *record_hold(r, id) = (struct hold){.address = address_of(lock), .parent = parent, .lock = lock, .how = how & 0xff};
    return id;
}

/* --- both sides --- */

enum { MOST = 3000 };

static struct {
    struct record record;
    uint32_t path;
    uint32_t held[MOST], count; /* the plain list, outermost first */
} both;

static void both_begin(void)
{
    begin_record(&both.record);
    both.path = both.count = 0;
}

static void both_take(uint32_t lock)
{
    both.held[both.count++] = lock;
    both.path = add_hold(&both.record, both.path, lock, 0);
}

static void both_rebuild(void)
{
    both.path = 0;
    for (uint32_t i = 0; i < both.count; i++)
        both.path = add_hold(&both.record, both.path, both.held[i], HOW_REBUILT);
}

/* Release the innermost hold of a lock: by going up, or by writing the rest anew. */
static void both_give(uint32_t lock)
{
    uint32_t i = both.count;
    while (both.held[i - 1] != lock)
        i--;
    memmove(&both.held[i - 1], &both.held[i], (both.count - i) * sizeof both.held[0]);
    both.count--;
    const struct hold *top = record_hold(&both.record, both.path);
    if (top->lock == lock)
        both.path = top->parent;
    else
        both_rebuild();
}

static void compare(uint64_t seed)
{
    struct held_walk h;
    const struct held *hold;
    uint32_t left = both.count;
    held_begin(&h, &both.record, both.path);
    while ((hold = held_next(&h)) != NULL) {
        if (left == 0 || hold->lock != both.held[left - 1] || hold->address != address_of(hold->lock))
            fail_msg("SEED=%llu: hold %u of %u is of lock %u", (unsigned long long)seed, left, both.count, hold->lock);
        left--;
    }
    if (left != 0)
        fail_msg("SEED=%llu: %u of %u holds were not found", (unsigned long long)seed, left, both.count);
    assert_null(held_next(&h));
    for (uint32_t lock = 1; lock <= 24; lock++) {
        bool has = false;
        for (uint32_t i = 0; i < both.count; i++)
            has |= both.held[i] == lock;
        uint32_t node = held_find(&both.record, both.path, address_of(lock));
        if ((node != 0) != has || (has && record_hold(&both.record, node)->lock != lock) ||
            held_find_lock(&both.record, both.path, lock) != node)
            fail_msg("SEED=%llu: lock %u is found where it is not held, or not where it is", (unsigned long long)seed,
                     lock);
    }
}

/* --- by chance --- */

static void try_random(uint64_t seed)
{
    chance_state = seed;
    both_begin();
    uint32_t locks = 1 + chance(20), steps = 5 + chance(chance(20) == 0 ? 900 : 80);
    for (uint32_t i = 0; i < steps; i++) {
        if (both.count == 0 || chance(5) < 3)
            both_take(1 + chance(locks));
        else
            both_give(both.held[chance(3) == 0 ? both.count - 1 : chance(both.count)]);
        compare(seed);
    }
    while (both.count > 0) {
        both_give(both.held[chance(both.count)]);
        compare(seed);
    }
}

static void test_random(void **state)
{
    (void)state;
    const char *one = getenv("SEED");
    for (uint64_t seed = one != NULL ? strtoull(one, NULL, 10) : 1, last = one != NULL ? seed : rounds(2000);
         seed <= last; seed++)
        try_random(seed);
}

/* --- by hand --- */

static void test_first_in_first_out(void **state)
{
    enum { LOCKS = 64 };
    (void)state;
    both_begin();
    for (uint32_t i = 0; i < LOCKS; i++)
        both_take(i + 1);
    for (uint32_t i = 0; i < LOCKS; i++) {
        both_give(i + 1);
        compare(0);
    }
    assert_int_equal(both.count, 0);
}

/* Releasing takes off one hold of the lock, the next one inwards of it stays. */
static void test_recursive(void **state)
{
    (void)state;
    both_begin();
    both_take(1);
    both_take(2);
    both_take(1);
    both_take(3);
    both_give(1);
    compare(0);
    both_take(1);
    compare(0);
    both_give(2);
    both_give(1);
    both_give(1);
    compare(0);
    assert_int_equal(both.count, 1);
}

static void test_noted(void **state)
{
    struct held_walk h;
    struct thread t = {.held_end = 3 * sizeof t.held[0]};
    t.held[1].address = 0x4000;
    t.held[2] = (struct held_lock){
        .address = 0x5000, .call = 0x77 | (uint64_t)(KIND_SEMAPHORE ^ KIND_MUTEX) << 48 | (uint64_t)HOW_TRIED << 56};
    t.held[3].address = HELD_RELEASED;
    (void)state;
    both_begin();
    held_begin_thread(&h, &both.record, &t);
    const struct held *hold = held_next(&h);
    assert_non_null(hold);
    assert_int_equal(hold->address, 0x5000);
    assert_int_equal(hold->site, 0x77);
    assert_int_equal(hold->how, HOW_TRIED);
    assert_int_equal(hold->lock, 0);
    assert_int_equal(hold->stack, 0);
    assert_int_equal(hold->kind, KIND_SEMAPHORE);
    hold = held_next(&h);
    assert_int_equal(hold->address, 0x4000);
    assert_int_equal(hold->kind, KIND_MUTEX);
    assert_null(held_next(&h));
    assert_true(held_by_thread(&both.record, &t, 0x5000));
    assert_true(held_by_thread(&both.record, &t, 0x4000));
    assert_false(held_by_thread(&both.record, &t, 0x5008));

    both_take(4);
    t.path = both.path; /* says all */
    held_begin_thread(&h, &both.record, &t);
    assert_int_equal(held_next(&h)->lock, 4);
    assert_null(held_next(&h));
    assert_true(held_by_thread(&both.record, &t, address_of(4)));
    assert_false(held_by_thread(&both.record, &t, 0x5000));

    t.path = 0;
    t.held_end = 0;
    held_begin_thread(&h, &both.record, &t);
    assert_null(held_next(&h));
    assert_false(held_by_thread(&both.record, &t, 0));
}

/* A path that leads nowhere, or in a circle, as only a damaged record has it. */
static void test_damaged(void **state)
{
    struct held_walk h;
    uint32_t steps = 0;
    (void)state;
    both_begin();
    both_take(1);
    both_take(2);
    record_hold(&both.record, both.path)->parent = 12345;
    held_begin(&h, &both.record, both.path);
    assert_int_equal(held_next(&h)->lock, 2);
    assert_null(held_next(&h));
    record_hold(&both.record, both.path)->parent = both.path;
    held_begin(&h, &both.record, both.path);
    while (held_next(&h) != NULL)
        steps++;
    assert_true(steps >= 1 && steps <= HELD_STEPS);
    assert_int_equal(held_find(&both.record, both.path, address_of(1)), 0);
    held_begin(&h, &both.record, 0);
    assert_null(held_next(&h));
    held_begin(&h, &both.record, UINT32_MAX);
    assert_null(held_next(&h));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),    cmocka_unit_test(test_first_in_first_out),
        cmocka_unit_test(test_recursive), cmocka_unit_test(test_noted),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

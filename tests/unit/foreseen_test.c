/*
 * The words of what could have happened: rings of lock orders, waits with a lock held, and why some are no more than a
 * note.
 */
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

/* Another side of the ring: the thread had taken `held` at `taken`, and took `want` at `site`. */
static void add(uint32_t thread, uint32_t held, uint64_t taken, uint32_t want, uint64_t site, uint32_t times)
{
    forged_hold(&it.f, thread, held, taken, 0);
    it.side[it.finding.sides++] = forged_side(&it.f, thread, held, want, site, times);
    it.finding.ring = it.finding.sides;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_of_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

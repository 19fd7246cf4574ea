/*
 * The words of a finding, over records made by hand: what is said of rings, semaphores, joins, owners that ended, and
 * that neither long names nor damage get out of hand.
 */
#include "detect/story.h"
#include "tests/unit/forged.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 1 << 22 };

/* Text that a story has written. */
struct page {
    char text[1 << 16];
    size_t size;
};

static void write_page(void *context, const char *text, size_t size)
{
    struct page *page = context;
    assert_true(page->size + size < sizeof page->text);
    memcpy(page->text + page->size, text, size);
    page->size += size;
    page->text[page->size] = 0;
}

/* Sites are named after themselves: 0x1200 is "f12" at x.c:1200. */
static bool frame(struct story *s, uint64_t address, bool call, unsigned level)
{
    assert_true(call);
    assert_int_equal(level, 0);
    story_format(s, "f%llx at x.c:%llx", (unsigned long long)address >> 8, (unsigned long long)address);
    return false;
}

static bool lock_name(struct story *s, uint32_t lock)
{
    const struct lock *l = record_lock(s->record, lock);
    if (l == NULL || l->name == 0) {
        story_text(s, "created in make at x.c:1");
        return false;
    }
    story_text(s, record_text(s->record, l->name));
    return true;
}

static void place(struct story *s, uint32_t stack, uint64_t site)
{
    (void)stack;
    story_format(s, "x.c:%llx", (unsigned long long)site);
}

static struct page page;

static struct story story_of(const struct forged *f)
{
    page.size = 0;
    page.text[0] = 0;
    return (struct story){.record = &f->record,
                          .context = &page,
                          .write = write_page,
                          .frame = frame,
                          .lock_name = lock_name,
                          .place = place};
}

static void expect(const char *text)
{
    if (strstr(page.text, text) == NULL)
        fail_msg("\"%s\" is not in:\n%s", text, page.text);
}

static void expect_whole(const char *text)
{
    assert_string_equal(page.text, text);
}

static struct finding stored(const struct forged *f, uint32_t id)
{
    struct finding finding;
    assert_true(finding_stored(&f->record, id, &finding));
    return finding;
}

/* Tells the finding anew: all of it, or one piece. */
static void tell(const struct forged *f, const struct finding *finding,
                 void (*piece)(struct story *, const struct finding *))
{
    struct story s = story_of(f);
    piece(&s, finding);
}

static void tell_evidence(const struct forged *f, const struct finding *finding, enum coffman c)
{
    struct story s = story_of(f);
    coffman_evidence(&s, finding, c);
}

/* --- shapes ------------------------------------------------------------------------------------------ */

static void philosophers(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    struct finding finding = stored(&f, forged_philosophers(&f, 3));
    finding.behind = 1;
    tell(&f, &finding, story_headline);
    expect_whole("deadlock: 3 threads can never go on");
    tell(&f, &finding, story_ring);
    expect_whole("T2 (phil-0) -> mutex forks[1] -> T3 (phil-1) -> mutex forks[2] -> T4 (phil-2) -> mutex forks[0] -> "
                 "T2 (phil-0)");
    tell(&f, &finding, story_finding);
    expect("  T2 (phil-0, tid 4002) waits for mutex forks[1] (0x7028), held by T3 (phil-1):\n"
           "      #0 f12 at x.c:1200\n"
           "    it holds mutex forks[0] (0x7000), which T4 (phil-2) waits for, taken at:\n"
           "      #0 f11 at x.c:1100\n");
    expect("\n  1 more thread waits behind them.\n");
    expect("all of them met");
    tell_evidence(&f, &finding, MUTUAL_EXCLUSION);
    expect("forks[1] is T3's alone, which keeps T2 out; ");
    tell_evidence(&f, &finding, HOLD_AND_WAIT);
    expect("T4 holds forks[2] while it waits for forks[0]");
    tell_evidence(&f, &finding, NO_PREEMPTION);
    expect_whole("none of the waits has a time-out, and a mutex cannot be taken away from who has it");
    tell_evidence(&f, &finding, CIRCULAR_WAIT);
    expect_whole("T2 waits for T3, T3 for T4 and T4 for T2");
    tell(&f, &finding, story_advice);
    expect("T4 takes forks[0] at x.c:1200 while it holds forks[2], taken at x.c:1100. All of them run the same code");
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
    tell(&f, &finding, story_advice);
    expect_whole("take these locks in one order everywhere. T2 takes a at x.c:400 while it holds b, taken at x.c:200: "
                 "take a before b, as T1 does.");
    tell(&f, &finding, story_finding);
    expect("waits for rwlock b (0x9000) to write, held by T2 (two):");
    expect("it holds rwlock b (0x9000) to read, which T1 (one) waits for, taken at:");
    tell_evidence(&f, &finding, NO_PREEMPTION);
    expect_whole(
        "none of the waits has a time-out, and neither a mutex nor an rwlock can be taken away from who has it");
    forged_end(&f);
}

static void consumer_holds_the_mutex(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    struct finding finding = stored(&f, forged_consumer(&f));
    tell(&f, &finding, story_headline);
    expect_whole("deadlock: 2 threads can most likely never go on");
    tell(&f, &finding, story_finding);
    expect("T2 (consumer, tid 4002) waits for semaphore full (0x8100), which T3 (producer) would post:");
    expect("semaphore full was posted so far only by T3 (producer), which waits for mutex mutex, held by\n"
           "      T2 (consumer)\n");
    tell(&f, &finding, story_advice);
    expect_whole("do not hold mutex while waiting for full: T3 needs it before it can post. Move the wait at x.c:2200 "
                 "before the acquisition of mutex at x.c:2100.");
    forged_end(&f);
}

static void never_posted(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    struct finding finding = stored(&f, forged_consumer(&f));
    ((struct lock *)record_lock(&f.record, finding.side[0].want.lock))->first_post = 0;
    tell(&f, &finding, story_finding);
    expect("waits for semaphore full (0x8100), never posted so far:");
    expect("semaphore full was never posted so far, and every thread that is left waits");
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
    tell(&f, &finding, story_finding);
    expect("\n  Likely, not certain: it rests on what was seen so far.\n"
           "    semaphore b is taken for a lock, as it is binary and was never posted so far; it could still be\n"
           "      posted by T3 (worker)\n"
           "    semaphore a is taken for a lock, as so far only threads that had taken it have posted it; it\n"
           "      could still be posted by T3 (worker)\n");
    record_thread(&f.record, worker)->state = THREAD_ENDED;
    tell(&f, &finding, story_finding);
    expect("was never posted so far\n");
    f.record.header->outsiders = OUTSIDER_HANDLER;
    tell(&f, &finding, story_finding);
    expect("it could still be\n      posted by a signal handler\n");
    finding.confidence = CONFIDENCE_CERTAIN;
    tell(&f, &finding, story_finding);
    assert_null(strstr(page.text, "taken for a lock"));
    forged_end(&f);
}

static void nobody_is_left(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t main_thread = forged_thread(&f, ""), poster = forged_thread(&f, "poster");
    uint32_t done = forged_lock(&f, KIND_SEMAPHORE, 0x8000, "done", TRAIT_SIGNAL);
    forged_want(&f, main_thread, done, 0x100, 0);
    forged_post(&f, poster, done);
    record_thread(&f.record, poster)->state = THREAD_ENDED;
    struct finding finding =
        stored(&f, forged_finding(&f, CONFIDENCE_CERTAIN, 0, 1, (uint32_t[]){main_thread}, (uint32_t[]){0}));
    tell(&f, &finding, story_headline);
    expect_whole("deadlock: 1 thread can never go on");
    tell(&f, &finding, story_ring);
    expect_whole("T1 (main) -> semaphore done -> nobody");
    tell(&f, &finding, story_finding);
    expect("waits for semaphore done (0x8000), posted so far only by T2 (poster), which\n      has ended:");
    assert_false(coffman_met(&f.record, &finding, CIRCULAR_WAIT));
    assert_false(coffman_met(&f.record, &finding, HOLD_AND_WAIT));
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
    tell(&f, &finding, story_finding);
    expect("held by itself:");
    for (enum coffman c = 0; c < COFFMAN_COUNT; c++)
        assert_true(coffman_met(&f.record, &finding, c));
    tell_evidence(&f, &finding, CIRCULAR_WAIT);
    expect_whole("T1 waits for itself");
    tell(&f, &finding, story_advice);
    expect("T1 takes m at x.c:100 and again at x.c:200: give it back in between");
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
    tell(&f, &finding, story_ring);
    expect_whole("T1 (main) -> mutex m -> T2 (owner), which has ended");
    tell_evidence(&f, &finding, CIRCULAR_WAIT);
    expect_whole("no circle: T1 waits for T2, which has ended and gives nothing back");
    tell(&f, &finding, story_advice);
    expect("T2 took m at x.c:100 and ended with it: give it back before the thread ends, also when it is cancelled");
    tell(&f, &finding, story_finding);
    expect("held by T2 (owner), which was cancelled:");
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
    tell(&f, &finding, story_ring);
    expect_whole("T1 (main) -> T2 (worker) -> mutex 0x8000 -> T1 (main)");
    tell(&f, &finding, story_finding);
    expect("waits for the end of T2 (worker), which is stuck itself:");
    expect("it holds mutex created in make at x.c:1 (0x8000), which T2 (worker) waits for");
    tell(&f, &finding, story_advice);
    expect_whole("do not hold mutex 0x8000 while waiting for the end of T2: T2 needs it before it can end. Give "
                 "mutex 0x8000, taken at x.c:100, back before the join at x.c:200.");
    forged_end(&f);
}

/* --- limits ------------------------------------------------------------------------------------------ */

static void queues_are_told_of_together(void **state)
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
    tell(&f, &finding, story_finding);
    expect("    and in the same way T3 (tid 4003), T4 (tid 4004), T5 (tid 4005)\n");
    forged_end(&f);
}

static void lines_are_not_too_long(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    struct finding finding = stored(&f, forged_philosophers(&f, 20));
    tell(&f, &finding, story_finding);
    for (const char *line = page.text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
        if (end - line > 110)
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
    tell(&f, &finding, story_ring);
    expect("T2 (a?[31mb??cdefghi) -> ");
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
    tell(&f, &finding, story_finding);
    assert_null(strstr(page.text, "futex"));
    one->traits |= THREAD_UNSEEN;
    tell(&f, &finding, story_finding);
    expect("\n  T4 (one) is blocked in a futex call that lockwatch did not see; it may be part of this.\n");
    two->traits |= THREAD_UNSEEN;
    tell(&f, &finding, story_finding);
    expect(
        "  T4 (one), T5 (two) are blocked in futex calls that lockwatch did not see; they may be part of\n    this.\n");
    one->state = THREAD_ENDED;
    two->turn = 1;
    tell(&f, &finding, story_finding);
    assert_null(strstr(page.text, "futex"));
    forged_end(&f);
}

static void durations(void **state)
{
    static const struct {
        double seconds;
        const char *words;
    } cases[] = {{0.5, "0.50 s"}, {59.99, "59.99 s"}, {200, "3 min 20 s"}, {7260, "2 h 1 min"}, {200000, "2 days 7 h"}};
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct story s = story_of(&f);
        story_duration(&s, (uint64_t)(cases[i].seconds * 1e9));
        expect_whole(cases[i].words);
    }
    struct finding finding = stored(&f, forged_philosophers(&f, 2));
    struct story s = story_of(&f);
    s.now = finding.side[0].want.since + 1500000000;
    story_finding(&s, &finding);
    expect("held by T3 (phil-1), for 1.50 s:");
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
        cmocka_unit_test(two_orders),
        cmocka_unit_test(consumer_holds_the_mutex),
        cmocka_unit_test(never_posted),
        cmocka_unit_test(semaphores_as_locks),
        cmocka_unit_test(nobody_is_left),
        cmocka_unit_test(relock),
        cmocka_unit_test(owner_ended),
        cmocka_unit_test(join_under_a_lock),
        cmocka_unit_test(queues_are_told_of_together),
        cmocka_unit_test(lines_are_not_too_long),
        cmocka_unit_test(control_characters_stay_out),
        cmocka_unit_test(calls_that_were_not_seen),
        cmocka_unit_test(durations),
        cmocka_unit_test(words_for_numbers_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

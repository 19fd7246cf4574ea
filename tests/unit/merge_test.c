/*
 * Merging records: what of different runs is the same, that neither order nor repetition shows in the result, and which
 * orders of different runs can close a cycle. `SEED=123 merge_test` does one of the random ones.
 */
#include "analyzer/identity.h"
#include "analyzer/liveness.h"
#include "analyzer/merge/merge.h"
#include "analyzer/open_record.h"
#include "detect/held.h"
#include "tests/unit/forged.h"
#include "tests/unit/rounds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 1 << 20, RUNS_MOST = 12 };

/* A record as the bytes of its file. */
struct bytes {
    char *data;
    size_t size;
};

static struct bytes bytes_of(const struct record_writer *w)
{
    struct bytes b = {.data = malloc(w->size)};
    assert_non_null(b.data);
    for (size_t i = 0; i < w->pieces; i++) {
        memcpy(b.data + b.size, w->piece[i].memory, w->piece[i].size);
        b.size += w->piece[i].size;
    }
    return b;
}

static struct bytes merge_of(const struct bytes *record, const unsigned *which, unsigned count)
{
    struct merge m;
    struct record_writer w;
    merge_begin(&m);
    for (unsigned i = 0; i < count; i++) {
        struct opened_record view;
        assert_true(opened_record_open_bytes(&view, record[which[i]].data, record[which[i]].size));
        assert_true(merge_add(&m, &view));
        opened_record_close(&view);
    }
    assert_true(merge_write(&m, &w));
    struct bytes b = bytes_of(&w);
    record_writer_end(&w);
    merge_end(&m);
    return b;
}

static uint64_t chance_state;

static uint64_t chance(uint64_t below)
{
    chance_state += 0x9E3779B97F4A7C15u;
    uint64_t z = chance_state;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return ((z ^ z >> 31) >> 32) % (below == 0 ? 1 : below);
}

/* --- runs of a program with locks a to d: each is written as what its threads do --- */

/* Where the program was loaded; other runs, other addresses. */
static struct run {
    struct forged f;
    uint64_t base;
    uint32_t lock[16], thread[32];
} run;

static struct bytes reported[RUNS_MOST];
static unsigned runs;
static const char *program;

static uint32_t thread_of(uint32_t creator, uint64_t routine)
{
    uint32_t id = forged_start(&run.f, creator, "");
    record_thread(&run.f.record, id)->routine = run.base + routine;
    return id;
}

static void begin_run(uint64_t base)
{
    forged_begin(&run.f, ROOM);
    run.base = base;
    run.f.record.header->started += runs;
    run.f.record.header->pid = 100 + runs;
    run.f.record.header->end = END_EXIT;
    run.f.record.header->executable = forged_text(&run.f, program);
    forged_module(&run.f, program, base, base + 0x10000);
    run.thread[0] = forged_thread(&run.f, "");
    for (uint64_t i = 0; i < 4; i++)
        run.lock[i] = forged_lock(&run.f, KIND_MUTEX, base + 0x8000 + 64 * i, NULL, TRAIT_REFERENCED);
}

static void end_run(void)
{
    assert_true(runs <= RUNS_MOST - 1);
    reported[runs].data = malloc(run.f.size);
    assert_non_null(reported[runs].data);
    memcpy(reported[runs].data, run.f.memory, run.f.size);
    reported[runs++].size = run.f.size;
    forged_end(&run.f);
}

/* As an epoch notes its thread's routine, where it has one. */
static void note_routines(void)
{
    for (uint32_t id = 1; id < record_used(&run.f.record, TABLE_EPOCHS); id++) {
        struct epoch *e = record_item(&run.f.record, TABLE_EPOCHS, id);
        e->routine = record_thread(&run.f.record, e->thread)->routine;
    }
}

static void take_both(uint32_t thread, uint64_t first, uint64_t second)
{
    forged_take(&run.f, thread, run.lock[first], run.base + 0x1000 + 16 * first, 0);
    forged_take(&run.f, thread, run.lock[second], run.base + 0x2000 + 16 * second, 0);
    forged_give(&run.f, thread, run.lock[second]);
    forged_give(&run.f, thread, run.lock[first]);
}

static unsigned lock_called(char letter)
{
    static const char letters[] = "abcd";
    unsigned i = 0;
    while (i < 3 && letters[i] != letter)
        i++;
    assert_int_equal(letters[i], letter);
    return i;
}

/*
 * "ab" main takes a, and then b under it; "+" main makes a thread of routine 1, "*" of routine 2; digits are for
 * threads in order of creation: "1ab" is for the first one; "-1" main joins it; "1+" it makes one.
 */
static void tell(const char *story)
{
    unsigned count = 0, who = 0;
    begin_run(0x400000 + 0x100000 * (uint64_t)runs);
    for (const char *at = story; *at != 0; at++) {
        if (*at == ' ') {
            who = 0;
        } else if (*at >= '0' && *at <= '9') {
            who = (unsigned)(*at - '0');
        } else if (*at == '+' || *at == '*') {
            run.thread[++count] = thread_of(run.thread[who], *at == '+' ? 0x100 : 0x200);
        } else if (*at == '-') {
            at++;
            forged_joined(&run.f, run.thread[who], run.thread[*at - '0']);
        } else {
            take_both(run.thread[who], lock_called(at[0]), lock_called(at[1]));
            at++;
        }
    }
    note_routines();
    end_run();
}

static int forget_runs(void **state)
{
    (void)state;
    for (unsigned i = 0; i < runs; i++)
        free(reported[i].data);
    runs = 0;
    program = "/x/bin/app";
    return 0;
}

static struct bytes merge_all(void)
{
    unsigned all[RUNS_MOST];
    for (unsigned i = 0; i < runs; i++)
        all[i] = i;
    return merge_of(reported, all, runs);
}

/* What is found in all runs together, "warning", "ordered" …, "" for nothing; more than one thing is a failure. */
static const char *found(void)
{
    struct bytes b = merge_all();
    struct opened_record view;
    assert_true(opened_record_open_bytes(&view, b.data, b.size));
    assert_int_equal(liveness_merged(view.record), runs);
    assert_true(view.findings.count <= 1);
    const struct finding *f = view.findings.item;
    const char *word = view.findings.count == 0        ? ""
                       : f->severity == SEVERITY_NOTE  ? finding_reason_word(f->reason)
                       : f->kind == FINDING_LOCK_ORDER ? finding_severity_word(f->severity)
                                                       : finding_kind_word(f->kind);
    opened_record_close(&view);
    free(b.data);
    forget_runs(NULL);
    return word;
}

#define TELL(...)                                                                                                      \
    for (const char *const *one = (const char *const[]){__VA_ARGS__, NULL}; *one != NULL; one++)                       \
    tell(*one)

static void orders_of_two_runs(void **state)
{
    (void)state;
    TELL("+* 1ab -1 -2", "+* 2ba -1 -2");
    assert_string_equal(found(), "warning");
    TELL("+* 1ab -1 -2", "+* 2ab -1 -2");
    assert_string_equal(found(), "");
    TELL("+* 1ab 2ba -1 -2"); /* and of one, alone */
    assert_string_equal(found(), "warning");
    TELL("++ 1ab -1 -2", "++ 2ba -1 -2");
    assert_string_equal(found(), "warning");
    TELL("++ 1ab -1 -2", "++ 1ba -1 -2"); /* there are two of that kind: it might have been the other one */
    assert_string_equal(found(), "warning");
}

static void cycles_of_three_runs(void **state)
{
    (void)state;
    TELL("+++ 1ab", "+++ 2bc", "+++ 3ca");
    assert_string_equal(found(), "warning");
    TELL("+++ 1ab", "+++ 2bc", "+++ 3ac");
    assert_string_equal(found(), "");
}

static void one_thread_whatever_run(void **state)
{
    (void)state;
    TELL("ab", "ba");
    assert_string_equal(found(), "single-thread");
    TELL("+ ab -1", "+ ba -1");
    assert_string_equal(found(), "single-thread");
    TELL("+ 1ab -1", "+ 1ba -1"); /* there is never more than one of that kind */
    assert_string_equal(found(), "single-thread");
    TELL("+ 1ab -1", "+ 1ba -1", "++ -1 -2"); /* now there is */
    assert_string_equal(found(), "warning");
    TELL("+ 1ab -1 + 2ac -2", "+ -1 + 2ba -2");
    assert_string_equal(found(), "ordered");
}

static void before_and_after_all_threads(void **state)
{
    (void)state;
    TELL("ba +* -1 -2", "+* 1ab -1 -2");
    assert_string_equal(found(), "ordered");
    TELL("+* -1 -2 ba", "+* 1ab -1 -2");
    assert_string_equal(found(), "ordered");
    TELL("+* -1 -2 ba", "+*++ 1ab -1 -2 -3 -4"); /* more of them than there */
    assert_string_equal(found(), "ordered");
    TELL("+* ba -1 -2", "+* 1ab -1 -2");
    assert_string_equal(found(), "warning");
    TELL("+* -1 ba -2", "+* 1ab -1 -2"); /* a program may join either one first */
    assert_string_equal(found(), "warning");
    TELL("+ ba * -1 -2", "+* 2ab -1 -2"); /* before that one was made */
    assert_string_equal(found(), "ordered");
    TELL("+ ba * -1 -2", "+* 1ab -1 -2");
    assert_string_equal(found(), "warning");
}

static void phases(void **state)
{
    (void)state;
    TELL("+* 1ab -1 -2 +* -3 -4", "+* -1 -2 +* 4ba -3 -4");
    assert_string_equal(found(), "ordered");
    TELL("+* 1ab -1 -2 +* -3 -4", "+*+ -1 -2 -3 +* 5ba -4 -5");
    assert_string_equal(found(), "ordered");
    TELL("+* -1 -2 +* 3ab -3 -4", "+* -1 -2 +* 4ba -3 -4");
    assert_string_equal(found(), "warning");
    TELL("+ 1* 2ab -1 + -3", "+ -1 + 2ba -2"); /* made by another thread: who knows how long it lived */
    assert_string_equal(found(), "warning");
}

/* Where a run shows both, it shows whether they can meet. */
static void runs_that_have_both(void **state)
{
    (void)state;
    TELL("++ 1abba -1 -2", "++ 1abba -1 -2", "++ 2abba -1 -2");
    assert_string_equal(found(), "single-thread");
    TELL("++ 1abba -1 -2", "++ 1ab -1 -2", "++ 2ba -1 -2");
    assert_string_equal(found(), "single-thread");
    TELL("+* 1+ 1ab 3ab 1-3 2ba -1 -2", "+* 1ab -1 -2");
    assert_string_equal(found(), "warning");
}

static void other_programs(void **state)
{
    (void)state;
    tell("+* 1ab -1 -2");
    program = "/x/bin/other";
    tell("+* 2ba -1 -2");
    assert_string_equal(found(), "");
    tell("+* 1ab -1 -2");
    program = "/y/app"; /* the same file in another folder */
    tell("+* 2ba -1 -2");
    assert_string_equal(found(), "warning");
}

/* What a process that fork made has are copies. */
static void forks(void **state)
{
    (void)state;
    tell("+* 1ab -1 -2");
    tell("+* 2ba -1 -2");
    ((struct record_header *)reported[1].data)->parent_pid = 100;
    assert_string_equal(found(), "");
    tell("+* 1ab -1 -2");
    tell("+* 2ba -1 -2");
    ((struct record_header *)reported[0].data)->parent_pid = 90;
    ((struct record_header *)reported[1].data)->parent_pid = 91;
    assert_string_equal(found(), "warning");
}

/* --- names --- */

static void tell_named(const char *one, const char *two, uint32_t traits, const char *story)
{
    begin_run(0x400000 + 0x100000 * (uint64_t)runs);
    run.lock[0] = forged_lock(&run.f, KIND_MUTEX, 0x7000000 + 4096 * (uint64_t)runs, one, traits);
    run.lock[1] = forged_lock(&run.f, KIND_MUTEX, 0x7000800 + 4096 * (uint64_t)runs, two, traits);
    forged_lock(&run.f, KIND_MUTEX, 0x7000c00 + 4096 * (uint64_t)runs, "common", traits);
    run.thread[1] = thread_of(run.thread[0], 0x100);
    run.thread[2] = thread_of(run.thread[0], 0x200);
    take_both(run.thread[story[0] == '1' ? 1 : 2], lock_called(story[1]), lock_called(story[2]));
    note_routines();
    end_run();
}

static void given_names(void **state)
{
    (void)state;
    tell_named("index", "memory", 0, "1ab");
    tell_named("index", "memory", 0, "2ba");
    assert_string_equal(found(), "warning");
    tell_named("index", "memory", 0, "1ab");
    tell_named("memory", "index", 0, "2ba"); /* the same order */
    assert_string_equal(found(), "");
    tell_named(NULL, NULL, 0, "1ab"); /* on the heap */
    tell_named(NULL, NULL, 0, "2ba");
    assert_string_equal(found(), "");
    tell_named("common", "memory", 0, "1ab"); /* which of them? */
    tell_named("common", "memory", 0, "2ba");
    assert_string_equal(found(), "");
}

/* What processes share they share with other programs. */
static void shared_by_programs(void **state)
{
    (void)state;
    for (uint32_t traits = 0; traits <= TRAIT_SHARED; traits += TRAIT_SHARED) {
        tell_named("/one", "/two", traits, "1ab");
        program = "/x/bin/other";
        tell_named("/one", "/two", traits, "2ba");
        assert_string_equal(found(), traits == 0 ? "" : "warning");
    }
}

/* --- by chance --- */

enum { NAMED = 7, LOCKS = 10, THREADS = 8 };

/*
 * A lock of the program by its number: four that are static, three with a name, and some that are the run's own. Those
 * may be made by any run in any order.
 */
static const char *const names[LOCKS] = {"a", "b", "c", "d", "red", "green", "blue", NULL, NULL, NULL};

static void make_locks(void)
{
    static const uint16_t kinds[] = {KIND_MUTEX, KIND_RWLOCK, KIND_SEMAPHORE};
    uint64_t order[LOCKS] = {0};
    for (uint32_t i = 0; i < LOCKS; i++) {
        uint64_t k = chance(i + 1);
        order[i] = order[k];
        order[k] = i;
    }
    for (uint32_t i = 0; i < LOCKS; i++) {
        uint64_t n = order[i];
        uint64_t address = n < 4 ? run.base + 0x8000 + 64 * n : 0x70000000 + 64 * chance(1 << 20);
        uint32_t traits = TRAIT_REFERENCED | (chance(4) == 0 ? TRAIT_POSTED : 0) | (chance(4) == 0 ? TRAIT_ENDED : 0);
        run.lock[n] = forged_lock(&run.f, kinds[n % 3], address, n < 4 ? NULL : names[n], traits);
        record_lock(&run.f.record, run.lock[n])->site = n < NAMED ? 0 : run.base + 0x3000 + 16 * chance(2);
    }
}

static void wake(uint32_t thread, uint32_t lock)
{
    struct lock *l = record_lock(&run.f.record, lock);
    const struct thread *t = record_thread(&run.f.record, thread);
    uint32_t id = t->epoch == 0 ? 0 : record_reserve(&run.f.record, TABLE_WAKES, 1);
    if (id == 0)
        return;
    record_commit(&run.f.record, TABLE_WAKES, id, 1);
    struct wake w = {.lock = lock, .next = l->first_wake, .epoch = t->epoch, .path = t->path, .times = 1 + chance(9)};
    for (int i = 0; i < 3; i++)
        w.held[i].lock = chance(2) == 0 ? 0 : run.lock[3 * i + (int)chance(3)];
    *(struct wake *)record_item(&run.f.record, TABLE_WAKES, id) = w;
    l->first_wake = id;
}

static uint32_t held_by(uint32_t thread)
{
    struct held_walk holding;
    uint32_t lock[8] = {0}, count = 0;
    held_begin_thread(&holding, &run.f.record, record_thread(&run.f.record, thread));
    for (const struct held *h; count < 8 && (h = held_next(&holding)) != NULL;)
        lock[count++] = h->lock;
    assert_int_not_equal(count, 0);
    return lock[chance(count)];
}

static void step(uint32_t *count, bool *gone)
{
    uint32_t who = chance(*count), thread = run.thread[who], other = chance(*count), what = chance(20);
    const struct hold *top = record_hold(&run.f.record, record_thread(&run.f.record, thread)->path);
    if (gone[who])
        return;
    if (what == 0 && *count < THREADS) {
        run.thread[*count] = thread_of(thread, 0x100 * (1 + chance(3)));
        gone[(*count)++] = false;
    } else if (what == 1 && other != 0 && other != who && !gone[other]) {
        forged_joined(&run.f, thread, run.thread[other]);
        gone[other] = true;
    } else if (what == 2) {
        forged_post(&run.f, thread, run.lock[2 + 3 * chance(3)]);
    } else if (what == 3) {
        wake(thread, run.lock[2 + 3 * chance(3)]);
    } else if (what < 12 && (top == NULL || top->depth < 4)) {
        uint32_t how = chance(8) == 0 ? 1u << chance(3) : 0;
        forged_take(&run.f, thread, run.lock[chance(LOCKS)], run.base + 0x1000 + 16 * chance(2), how);
    } else if (top != NULL) {
        forged_give(&run.f, thread, held_by(thread));
    }
}

/* Deadlocks that were reported while it ran. */
static void store(uint32_t count)
{
    uint32_t thread[2] = {run.thread[chance(count)], run.thread[chance(count)]};
    uint32_t lock[2] = {run.lock[chance(LOCKS)], run.lock[chance(LOCKS)]};
    struct side side[2] = {forged_side(&run.f, thread[0], lock[0], lock[1], run.base + 0x4000, chance(3)),
                           forged_side(&run.f, thread[1], lock[1], lock[0], run.base + 0x4000, chance(3))};
    struct finding f = {.kind = FINDING_DEADLOCK,
                        .severity = SEVERITY_ERROR,
                        .confidence = CONFIDENCE_CERTAIN,
                        .when = run.f.record.header->started + chance(3),
                        .sides = 2,
                        .cycle = 2,
                        .side = side,
                        .count = 1 + chance(3)};
    forged_store(&run.f, &f);
}

/* Who first took a lock at a place did so on its own way there. */
static void deepen_stacks(void)
{
    for (uint32_t id = 1; id < record_used(&run.f.record, TABLE_HOLDS); id++) {
        struct hold *h = record_hold(&run.f.record, id);
        uint64_t frame[] = {record_site(&run.f.record, h->stack), run.base + 0x5000 + 16 * chance(3)};
        if (h->stack != 0)
            h->stack = forged_stack(&run.f, frame, 2);
    }
}

static void make_run(void)
{
    bool gone[THREADS] = {false};
    uint32_t count = 1, steps = chance(60);
    forged_begin(&run.f, ROOM);
    run.base = 0x400000 + 0x1000 * (uint64_t)chance(1 << 20);
    run.f.record.header->started += chance(1000000);
    run.f.record.header->pid = 100 + runs;
    run.f.record.header->end = END_EXIT;
    run.f.record.header->incomplete = chance(4) == 0 ? INCOMPLETE_STACKS : 0;
    forged_module(&run.f, "/x/bin/app", run.base, run.base + 0x10000);
    make_locks();
    run.thread[0] = forged_thread(&run.f, "main");
    for (uint32_t i = 0; i < steps; i++)
        step(&count, gone);
    if (chance(4) == 0)
        store(count);
    deepen_stacks();
    note_routines();
    end_run();
}

/* Merge what there is in a random tree: pairs and more, some of it twice, until one is left that has all. */
static struct bytes merge_by_chance(void)
{
    struct bytes all[RUNS_MOST * 2] = {{NULL, 0}};
    unsigned which[RUNS_MOST * 2] = {0}, count = runs;
    for (unsigned i = 0; i < runs; i++) {
        all[i].data = malloc(reported[i].size);
        assert_non_null(all[i].data);
        memcpy(all[i].data, reported[i].data, all[i].size = reported[i].size);
    }
    do {
        unsigned some = count == 1 ? 1 : 2 + chance(count - 1);
        for (unsigned i = 0; i < count; i++) {
            unsigned k = chance(i + 1);
            which[i] = which[k];
            which[k] = i;
        }
        struct bytes one = merge_of(all, which, some);
        unsigned stays = chance(3) == 0 ? which[0] : count; /* one of them is there twice from now on */
        bool gone[RUNS_MOST * 2] = {false};
        for (unsigned i = 0; i < some; i++)
            gone[which[i]] = which[i] != stays || some == 2;
        unsigned left = 0;
        for (unsigned i = 0; i < count; i++)
            if (gone[i])
                free(all[i].data);
            else
                all[left++] = all[i];
        all[left++] = one;
        count = left;
    } while (count > 1);
    return all[0];
}

/* "red>a*16 d/2": what a record shows of locks with names: all paths on which somebody asked for the last one. */
struct path_text {
    char text[200];
    uint32_t count;
};

static struct path_text path_text(const struct record *r, uint64_t base, uint32_t id)
{
    struct path_text t = {.count = record_hold(r, id)->count};
    for (const struct hold *h; (h = record_hold(r, id)) != NULL; id = h->parent) {
        const struct lock *l = record_lock(r, h->lock);
        uint64_t site = record_site(r, h->stack), at = l->address - base;
        const char *name = record_text(r, l->name);
        char more[240];
        if (name[0] == 0 && at - 0x8000 >= 0x1000)
            return (struct path_text){.text = ""}; /* it has no name */
        snprintf(more, sizeof more, "%s%llx*%llx/%u>%s", name, name[0] != 0 ? 0 : (unsigned long long)at,
                 site == 0 ? 0 : (unsigned long long)(site - base), h->how, t.text);
        assert_true(strlen(more) <= sizeof t.text - 1);
        memcpy(t.text, more, sizeof t.text);
    }
    return t;
}

struct path_texts {
    struct path_text item[4000];
    unsigned count;
};

static void add_path(struct path_texts *all, const struct path_text *t)
{
    unsigned i = 0;
    while (i < all->count && strcmp(all->item[i].text, t->text) != 0)
        i++;
    if (t->text[0] == 0)
        return;
    assert_true(i <= 3999);
    if (i == all->count)
        all->item[all->count++] = *t;
    if (t->count > all->item[i].count)
        all->item[i].count = t->count;
}

static void add_paths(struct path_texts *all, const struct opened_record *v)
{
    const struct record *r = v->record;
    const struct module *m = record_item(r, TABLE_MODULES, 1);
    for (uint32_t id = 1; id < record_used(r, TABLE_HOLDS); id++)
        for (uint32_t at = record_hold(r, id)->first_acquisition == 0 ? 0 : id; at != 0;
             at = record_hold(r, at)->parent) {
            struct path_text t = path_text(r, m->bias, at);
            add_path(all, &t);
        }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct path_text *)a)->text, ((const struct path_text *)b)->text);
}

/* What each shows of lock orders is there, and no more; how often is the most that one run had it. */
static void compare_paths(uint64_t seed, const struct opened_record *merged)
{
    static struct path_texts each, whole;
    each.count = whole.count = 0;
    for (unsigned i = 0; i < runs; i++) {
        struct opened_record view;
        assert_true(opened_record_open_bytes(&view, reported[i].data, reported[i].size));
        add_paths(&each, &view);
        opened_record_close(&view);
    }
    add_paths(&whole, merged);
    qsort(each.item, each.count, sizeof each.item[0], by_text);
    qsort(whole.item, whole.count, sizeof whole.item[0], by_text);
    for (unsigned i = 0; i < each.count && i < whole.count; i++)
        if (strcmp(each.item[i].text, whole.item[i].text) != 0 || each.item[i].count != whole.item[i].count)
            fail_msg("SEED=%llu: %s %u times, merged %s %u times", (unsigned long long)seed, each.item[i].text,
                     each.item[i].count, whole.item[i].text, whole.item[i].count);
    if (each.count != whole.count)
        fail_msg("SEED=%llu: %u paths, merged %u", (unsigned long long)seed, each.count, whole.count);
}

static bool has_finding(const struct record *r, uint64_t identity, enum finding_severity severity)
{
    for (uint32_t id = 1; id < record_used(r, TABLE_FINDINGS); id++) {
        const struct record_finding *f = record_item(r, TABLE_FINDINGS, id);
        if (f->identity == identity && f->severity >= severity)
            return true;
    }
    return false;
}

/* Whatever a run shows alone, as a warning or an error, all of them show. */
static void compare_findings(uint64_t seed, const struct opened_record *merged)
{
    for (unsigned i = 0; i < runs; i++) {
        struct opened_record view;
        assert_true(opened_record_open_bytes(&view, reported[i].data, reported[i].size));
        for (size_t k = 0; k < view.findings.count; k++) {
            const struct finding *f = &view.findings.item[k];
            if (f->severity > SEVERITY_NOTE && !has_finding(merged->record, identity_of(&view, f), f->severity))
                fail_msg("SEED=%llu: finding %zu of run %u (%s) is not in the whole", (unsigned long long)seed, k, i,
                         finding_kind_word(f->kind));
        }
        opened_record_close(&view);
    }
}

static void try_random(uint64_t seed)
{
    struct opened_record view;
    chance_state = seed;
    for (unsigned count = 1 + chance(RUNS_MOST - 1); runs < count;)
        make_run();
    struct bytes whole = merge_all();
    for (int i = 0; i < 3; i++) {
        struct bytes again = merge_by_chance();
        if (again.size != whole.size || memcmp(again.data, whole.data, whole.size) != 0)
            fail_msg("SEED=%llu: another order of merging gives another record", (unsigned long long)seed);
        free(again.data);
    }
    assert_true(opened_record_open_bytes(&view, whole.data, whole.size));
    compare_paths(seed, &view);
    compare_findings(seed, &view);
    opened_record_close(&view);
    free(whole.data);
    forget_runs(NULL);
}

static void any_order(void **state)
{
    (void)state;
    const char *one = getenv("SEED");
    uint64_t last = one != NULL ? strtoull(one, NULL, 10) : rounds(100);
    for (uint64_t seed = one != NULL ? last : 1; seed <= last; seed++)
        try_random(seed);
}

/* --- what is not new, and what is damaged --- */

static void runs_that_show_nothing_new(void **state)
{
    (void)state;
    size_t size[RUNS_MOST] = {0};
    uint32_t epochs[RUNS_MOST] = {0};
    while (runs < RUNS_MOST) {
        struct opened_record view;
        tell("+* ab 1ab 2bc -1 -2");
        struct bytes b = merge_all();
        assert_true(opened_record_open_bytes(&view, b.data, b.size));
        size[runs - 1] = b.size;
        epochs[runs - 1] = record_used(view.record, TABLE_EPOCHS);
        assert_int_equal(liveness_merged(view.record), runs);
        opened_record_close(&view);
        free(b.data);
    }
    assert_true(epochs[0] < epochs[1]);
    for (unsigned i = 2; i < RUNS_MOST; i++) {
        assert_int_equal(epochs[i], epochs[1]);
        assert_int_equal(size[i], size[1]);
    }
    forget_runs(NULL);
}

/* Whatever is in a record, merging it ends, and with a record. */
static void damaged(void **state)
{
    (void)state;
    unsigned merged = 0;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct merge m;
        struct record_writer w;
        struct opened_record view[2], again;
        chance_state = seed;
        make_run();
        make_run();
        struct bytes b = merge_all();
        struct bytes *hurt = chance(2) == 0 ? &b : &reported[0];
        for (uint32_t i = 0, n = 1 + chance(40); i < n; i++) {
            uint32_t at = RECORD_HEADER_SIZE + 4 * chance((uint32_t)(hurt->size - RECORD_HEADER_SIZE) / 4);
            uint32_t word = chance(2) == 0 ? chance(40) : chance(UINT32_MAX);
            memcpy(hurt->data + at, &word, sizeof word);
        }
        /* What leads around in a circle is refused. */
        bool good[2] = {opened_record_open_bytes(&view[0], reported[0].data, reported[0].size),
                        opened_record_open_bytes(&view[1], b.data, b.size)};
        if (good[0] && good[1]) {
            merge_begin(&m);
            assert_true(merge_add(&m, &view[0]));
            assert_true(merge_add(&m, &view[1]));
            assert_true(merge_write(&m, &w));
            struct bytes result = bytes_of(&w);
            assert_true(opened_record_open_bytes(&again, result.data, result.size));
            opened_record_close(&again);
            record_writer_end(&w);
            merge_end(&m);
            free(result.data);
            merged++;
        }
        for (int i = 0; i < 2; i++)
            opened_record_close(&view[i]);
        free(b.data);
        forget_runs(NULL);
    }
    assert_true(merged > 200);
}

int main(void)
{
    program = "/x/bin/app";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(orders_of_two_runs, forget_runs),
        cmocka_unit_test_teardown(cycles_of_three_runs, forget_runs),
        cmocka_unit_test_teardown(one_thread_whatever_run, forget_runs),
        cmocka_unit_test_teardown(before_and_after_all_threads, forget_runs),
        cmocka_unit_test_teardown(phases, forget_runs),
        cmocka_unit_test_teardown(runs_that_have_both, forget_runs),
        cmocka_unit_test_teardown(other_programs, forget_runs),
        cmocka_unit_test_teardown(forks, forget_runs),
        cmocka_unit_test_teardown(given_names, forget_runs),
        cmocka_unit_test_teardown(shared_by_programs, forget_runs),
        cmocka_unit_test_teardown(any_order, forget_runs),
        cmocka_unit_test_teardown(runs_that_show_nothing_new, forget_runs),
        cmocka_unit_test_teardown(damaged, forget_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

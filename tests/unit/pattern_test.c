/*
 * Suppressions: which lines are good, what a glob matches (held against fnmatch), and what of a finding it is matched
 * with.
 */
#include "detect/pattern.h"
#include "tests/unit/forged.h"

#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct patterns patterns_of(const char *text)
{
    return (struct patterns){text, strlen(text)};
}

/* --- lines --- */

static unsigned bad_lines[16], bad_count;

static void note_bad(void *context, unsigned line, const char *reason)
{
    (void)context;
    assert_non_null(reason);
    bad_lines[bad_count++] = line;
}

static void good_lines(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "\n",
        "# a comment: with a colon\n",
        "deadlock:f",
        "*:f\n",
        " \t\r\n\n",
        "deadlock:a:b",
        "lock-order:std::mutex::*\r\n",
        "  # indented\n",
        "spin-blocked: f \n",
        "id:0123456789abcdef\n",
        " id: 0123456789ABCDEF ",
        "lock-order:a,b[*]\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct patterns p = patterns_of(texts[i]);
        assert_true(patterns_check(&p, note_bad, NULL));
    }
    assert_int_equal(bad_count, 0);
}

static void wrong_lines(void **state)
{
    (void)state;
    struct patterns p = patterns_of("deadlock\n\nlock:f\n*:f\ndeadlock:\n:f\n#\ndeadlocks:f\n**:f\n"
                                    "id:\nid:0123456789abcde\nid:0123456789abcdef0\nid:0123456789abcdeg");
    bad_count = 0;
    assert_false(patterns_check(&p, note_bad, NULL));
    static const unsigned due[] = {1, 3, 5, 6, 8, 9, 10, 11, 12, 13};
    assert_int_equal(bad_count, sizeof due / sizeof *due);
    assert_memory_equal(bad_lines, due, sizeof due);
    assert_true(patterns_match(&p, FINDING_RELOCK, "f")); /* the good one among them holds */
    assert_false(patterns_match(&p, FINDING_RELOCK, "g"));
}

/* --- globs --- */

static bool matches(const char *glob, const char *name)
{
    char line[200];
    snprintf(line, sizeof line, "relock:%s", glob);
    struct patterns p = patterns_of(line);
    return patterns_match(&p, FINDING_RELOCK, name);
}

static void globs(void **state)
{
    (void)state;
    assert_true(matches("get_*", "get_forks"));
    assert_false(matches("get_", "get_forks"));
    assert_false(matches("forks", "get_forks"));
    assert_true(matches("*/x.c", "src/lib/x.c"));
    assert_true(matches("forks[3]", "forks[3]")); /* as it is written */
    assert_true(matches("forks[3]", "forks3"));
    assert_true(matches("forks\\[*\\]", "forks[31]"));
    assert_false(matches("forks\\[*\\]", "forks31"));
    assert_true(matches("operator[]", "operator[]"));
    assert_true(matches("a::~b<c*>::operator*", "a::~b<c*>::operator*"));
    assert_false(matches("*", ""));
    assert_false(matches("*", NULL));
}

static void kinds(void **state)
{
    (void)state;
    struct patterns p = patterns_of("lock-order:a\n*:b\n");
    assert_true(patterns_match(&p, FINDING_LOCK_ORDER, "a"));
    assert_false(patterns_match(&p, FINDING_DEADLOCK, "a"));
    for (enum finding_kind kind = FINDING_DEADLOCK; kind < FINDING_KINDS; kind++)
        assert_true(patterns_match(&p, kind, "b"));
}

/* Random globs of whole sets, as fnmatch and we differ on sets without an end. */
static void as_fnmatch(void **state)
{
    static const char *const parts[] = {"a",     "b",    "c",     "*",    "?",   "[ab]",
                                        "[!ab]", "[^a]", "[a-c]", "[]a]", "\\*", "\\a"};
    enum { PARTS = sizeof parts / sizeof *parts, ROUNDS = 200000 };
    unsigned seed = (unsigned)time(NULL);
    unsigned matched = 0;
    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    for (int round = 0; round < ROUNDS; round++) {
        char glob[64] = "", name[8] = "";
        for (int i = rand() % 6; i >= 0; i--)
            snprintf(glob + strlen(glob), 8, "%s", parts[rand() % PARTS]);
        for (int i = rand() % 6; i >= 0; i--)
            strncat(name, &"abcd*]"[rand() % 6], 1);
        bool due = fnmatch(glob, name, 0) == 0 || strcmp(glob, name) == 0;
        if (matches(glob, name) != due)
            fail_msg("%s and %s: fnmatch says %d", glob, name, due);
        matched += due;
    }
    assert_true(matched > ROUNDS / 100);
}

/* --- findings --- */

enum { ROOM = 1 << 20 };

/* Frames are named after their addresses, locks after their ids. */
static bool stack(const struct patterns_world *w, enum finding_kind kind, const uint64_t *frames, uint32_t depth)
{
    char name[32];
    bool found = false;
    for (uint32_t i = 0; i < depth; i++) {
        snprintf(name, sizeof name, "f%llx", (unsigned long long)frames[i]);
        found |= patterns_match(w->patterns, kind, name);
    }
    return found;
}

static const char *lock(const struct patterns_world *w, uint32_t id)
{
    static char name[8][32];
    (void)w;
    snprintf(name[id % 8], sizeof name[0], "lock%u", id);
    return name[id % 8];
}

static uint64_t id_of(const struct patterns_world *w, const struct finding *f)
{
    (void)w;
    return f->kind == FINDING_DEADLOCK ? 0x123456789abcdef0 : 0;
}

static bool covers(const struct record *r, const struct finding *f, const char *line)
{
    struct patterns p = patterns_of(line);
    return patterns_cover(&(struct patterns_world){r, &p, NULL, stack, lock, id_of}, f);
}

/* Two threads that deadlock, one of them holding a third lock, and a bystander. */
static void findings(void **state)
{
    struct forged f;
    struct finding finding;
    uint32_t lock_id[4], thread[3];
    (void)state;
    forged_begin(&f, ROOM);
    for (int i = 0; i < 4; i++)
        lock_id[i] = forged_lock(&f, KIND_MUTEX, 0x7000 + 64 * (uint64_t)i, NULL, 0);
    for (int i = 0; i < 3; i++)
        thread[i] = forged_thread(&f, "t");
    forged_hold(&f, thread[0], lock_id[2], 0x100, 0);
    forged_hold(&f, thread[0], lock_id[0], 0x200, 0);
    forged_hold(&f, thread[1], lock_id[1], 0x300, 0);
    forged_hold(&f, thread[2], lock_id[3], 0x400, 0);
    forged_want(&f, thread[0], lock_id[1], 0x500, 0);
    forged_want(&f, thread[1], lock_id[0], 0x600, 0);
    uint32_t id = forged_finding(&f, CONFIDENCE_CERTAIN, 2, 2, thread, (uint32_t[]){lock_id[0], lock_id[1]});
    assert_true(finding_stored(&f.record, id, &finding));
    for (unsigned i = 0; i < 6; i++) {
        char line[40];
        snprintf(line, sizeof line, "deadlock:f%x", 0x100 + 0x100 * i);
        assert_int_equal(covers(&f.record, &finding, line), i != 3); /* the bystander's */
        snprintf(line, sizeof line, "deadlock:lock%u", lock_id[i % 4]);
        assert_int_equal(covers(&f.record, &finding, line), i % 4 != 3);
    }
    assert_false(covers(&f.record, &finding, ""));
    assert_false(covers(&f.record, &finding, "lock-order:*"));
    assert_true(covers(&f.record, &finding, "# all of them\n*:*"));
    assert_true(covers(&f.record, &finding, "id:123456789abcdef0"));
    assert_true(covers(&f.record, &finding, "id:0\nid:123456789ABCDEF0"));
    assert_false(covers(&f.record, &finding, "id:123456789abcdef1"));
    assert_false(covers(&f.record, &finding, "id:*"));
    finding.gate_lock = lock_id[3];
    assert_true(covers(&f.record, &finding, "deadlock:lock[4-9]"));
    forged_end(&f);
}

static const char *cycle_lock(const struct patterns_world *w, uint32_t id)
{
    static const char *const names[] = {"a", "table[1]", "map<int, long>::m", "other", NULL};
    (void)w;
    return names[(id - 1) % 5];
}

static bool no_stack(const struct patterns_world *w, enum finding_kind kind, const uint64_t *frames, uint32_t depth)
{
    (void)w, (void)kind, (void)frames, (void)depth;
    return false;
}

static bool covers_cycle(const struct record *r, const struct finding *f, const char *line)
{
    struct patterns p = patterns_of(line);
    return patterns_cover(&(struct patterns_world){r, &p, NULL, no_stack, cycle_lock, NULL}, f);
}

/* A cycle of three locks, by all of them in any order and by nothing less or more. */
static void locks_of_a_cycle(void **state)
{
    static const struct {
        const char *line;
        bool due;
    } lines[] = {
        {"deadlock:a,table\\[*\\],map<int, long>::m", true},
        {"deadlock:map<int, long>::m , a, table[1]", true},
        {"*:table*,map*,a", true},
        {"deadlock:*,*,a", true},
        {"deadlock:a,*,*", true},
        {"deadlock:a,a,*", false},
        {"deadlock:a,table*", false},
        {"deadlock:a,table*,map*,*", false},
        {"deadlock:a,table*,other", false},
        {"deadlock:a,table*,map<int", false},
        {"deadlock:,,", false},
        {"deadlock:a,,*", false},
        {"lock-order:a,table*,map*", false},
        {"id:123456789abcdef0", false}, /* whoever asks cannot tell */
    };
    struct forged f;
    struct finding finding;
    uint32_t lock_id[5], thread[3];
    (void)state;
    forged_begin(&f, ROOM);
    for (int i = 0; i < 5; i++)
        lock_id[i] = forged_lock(&f, KIND_MUTEX, 0x7000 + 64 * (uint64_t)i, NULL, 0);
    for (int i = 0; i < 3; i++) {
        thread[i] = forged_thread(&f, "t");
        forged_hold(&f, thread[i], lock_id[i], 0x100, 0);
        forged_want(&f, thread[i], lock_id[(i + 1) % 3], 0x200, 0);
    }
    uint32_t id = forged_finding(&f, CONFIDENCE_CERTAIN, 3, 3, thread, lock_id);
    assert_true(finding_stored(&f.record, id, &finding));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (covers_cycle(&f.record, &finding, lines[i].line) != lines[i].due)
            fail_msg("%s", lines[i].line);
    forged_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_lines),
        cmocka_unit_test(wrong_lines),
        cmocka_unit_test(globs),
        cmocka_unit_test(kinds),
        cmocka_unit_test(as_fnmatch),
        cmocka_unit_test(findings),
        cmocka_unit_test(locks_of_a_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Which lock orders can close a cycle: each rule with its negative test. A program is written in a line: `1+a` thread 1
 * takes lock a; `1-a` releases it; `1:r` takes it to read; `?` and `!` try it, to write and to read; `~` and `;` take
 * it with a time-out; `0>1` thread 0 makes thread 1, `0<1` joins it. Held against a model: orders_model_test.c.
 */
#include "detect/order/orders.h"
#include "tests/unit/forged.h"
#include "tests/unit/rounds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- programs --- */

enum { ROOM = 1 << 20, MOST = 16, SIDES = 16 };

struct reports {
    struct finding finding;
    struct side side[SIDES];
};

struct program {
    struct forged f;
    uint32_t lock[128]; /* by letter */
    uint32_t thread[10];
    struct reports reported[MOST];
    unsigned count;
    bool complete;
    uint64_t (*likeness)(void *context, uint32_t lock);
};

static uint32_t make_lock(struct program *p, char letter)
{
    const char name[] = {letter, 0};
    uint16_t kind = strchr("rvw", letter) != NULL    ? KIND_RWLOCK
                    : strchr("pqtu", letter) != NULL ? KIND_SEMAPHORE
                    : letter == 'l'                  ? KIND_SPINLOCK
                    : letter == 'o'                  ? KIND_ONCE
                                                     : KIND_MUTEX;
    uint32_t traits = letter == 'w' || letter == 'v'   ? TRAIT_PREFER_WRITER
                      : letter == 'p' || letter == 'q' ? TRAIT_POSTED | TRAIT_VALUE_KNOWN
                      : letter == 't'                  ? TRAIT_POSTED | TRAIT_VALUE_KNOWN | TRAIT_EVENT
                      : letter == 'u'                  ? TRAIT_POSTED
                                                       : 0;
    uint32_t id = forged_lock(&p->f, kind, 0x7000 + 64 * (uint64_t)(unsigned char)letter, name, traits);
    record_lock(&p->f.record, id)->value = letter == 'q' ? 2 : 1;
    return id;
}

static uint32_t lock_of(struct program *p, char letter)
{
    unsigned char at = (unsigned char)letter % 128;
    if (p->lock[at] == 0)
        p->lock[at] = make_lock(p, letter);
    return p->lock[at];
}

static uint32_t thread_of(struct program *p, char digit)
{
    const char name[] = {'T', digit, 0};
    if (p->thread[digit - '0'] == 0)
        p->thread[digit - '0'] = forged_thread(&p->f, name);
    return p->thread[digit - '0'];
}

static void play(struct program *p, const char *line)
{
    for (; *line != 0; line += line[3] == ' ' ? 4 : 3) {
        char who = line[0], what = line[1], whom = line[2];
        const char name[] = {'T', whom, 0};
        uint32_t thread = thread_of(p, who);
        uint64_t site = 0x1000 + 256 * (uint64_t)who + (uint64_t)whom;
        uint32_t how = strchr(":!;", what) != NULL ? HOW_SHARED : 0;
        how |= strchr("?!", what) != NULL ? HOW_TRIED : strchr("~;", what) != NULL ? HOW_TIMED : 0;
        if (what == '>')
            p->thread[whom - '0'] = forged_start(&p->f, thread, name);
        else if (what == '<')
            forged_joined(&p->f, thread, thread_of(p, whom));
        else if (what == '-')
            forged_give(&p->f, thread, lock_of(p, whom));
        else
            forged_take(&p->f, thread, lock_of(p, whom), site, how);
    }
}

static bool note(void *context, const struct finding *f)
{
    struct program *p = context;
    assert_true(p->count <= MOST - 1);
    assert_true(f->sides >= 1 && f->sides <= SIDES);
    struct reports *t = &p->reported[p->count++];
    t->finding = *f;
    memcpy(t->side, f->side, f->sides * sizeof t->side[0]);
    t->finding.side = t->side;
    return true;
}

static void judge(struct program *p)
{
    p->count = 0;
    const struct orders_world w = {.record = &p->f.record, .likeness = p->likeness};
    struct orders_result result = orders_judge(&w, note, p);
    assert_int_equal(result.found, p->count);
    p->complete = result.complete;
}

static void begin(struct program *p, const char *line)
{
    memset(p, 0, sizeof *p);
    forged_begin(&p->f, ROOM);
    play(p, "0>1 0>2 0>3");
    play(p, line);
    judge(p);
    assert_true(p->complete);
}

static void end(struct program *p)
{
    forged_end(&p->f);
}

/* The locks of the cycle, as a word that begins with the first letter. */
static const char *cycle_of(const struct program *p, const struct finding *f)
{
    static char word[SIDES + 1];
    char plain[2 * SIDES + 1] = {0};
    uint32_t least = 0;
    for (uint32_t i = 0; i < f->cycle; i++) {
        plain[i] = plain[i + f->cycle] = record_text(&p->f.record, record_lock(&p->f.record, f->side[i].held)->name)[0];
        const struct side *next = &f->side[(i + 1) % f->cycle];
        assert_int_equal(f->side[i].want.lock, next->held);
        least = plain[i] < plain[least] ? i : least;
    }
    memcpy(word, plain + least, f->cycle);
    word[f->cycle] = 0;
    return word;
}

static void expect(const char *line, enum finding_severity severity, enum finding_reason reason, const char *cycle)
{
    static struct program p;
    begin(&p, line);
    if (p.count != 1)
        fail_msg("%u findings: %s", p.count, line);
    const struct finding *f = &p.reported[0].finding;
    if (f->severity != severity || f->reason != reason || strcmp(cycle_of(&p, f), cycle) != 0)
        fail_msg("%s %s of %s: %s", finding_severity_word(f->severity),
                 f->reason == 0 ? "" : finding_reason_word(f->reason), cycle_of(&p, f), line);
    assert_int_equal(f->kind, FINDING_LOCK_ORDER);
    assert_int_equal(f->confidence, CONFIDENCE_NONE);
    assert_int_equal(f->count, 1);
    assert_true((f->gate_lock != 0) == (reason == REASON_GUARDED));
    end(&p);
}

static void warns(const char *line, const char *cycle)
{
    expect(line, SEVERITY_WARNING, REASON_NONE, cycle);
}

static void notes(const char *line, enum finding_reason reason, const char *cycle)
{
    expect(line, SEVERITY_NOTE, reason, cycle);
}

static void silent(const char *line)
{
    static struct program p;
    begin(&p, line);
    if (p.count != 0)
        fail_msg("%s of %s: %s", finding_severity_word(p.reported[0].finding.severity),
                 cycle_of(&p, &p.reported[0].finding), line);
    end(&p);
}

static void never_warns(const char *line)
{
    static struct program p;
    begin(&p, line);
    for (unsigned i = 0; i < p.count; i++)
        if (p.reported[i].finding.severity != SEVERITY_NOTE)
            fail_msg("%s: %s", cycle_of(&p, &p.reported[i].finding), line);
    end(&p);
}

/* --- rules --- */

static void test_cycles(void **state)
{
    (void)state;
    warns("1+a 1+b 1-b 1-a 2+b 2+a 2-a 2-b", "ab");
    silent("1+a 1+b 1-b 1-a 2+a 2+b 2-b 2-a");
    silent("1+a 1-a 1+b 1-b 2+b 2+a");
    warns("1+a 1+b 1-b 1-a 2+b 2+c 2-c 2-b 3+c 3+a", "abc");
    silent("1+a 1+b 1-b 1-a 2+b 2+c 2-c 2-b 3+a 3+c");
    warns("1+a 1+x 1+b 1-b 1-x 1-a 2+b 2+y 2+a", "ab"); /* others between */
}

static void test_kinds(void **state)
{
    (void)state;
    warns("1+a 1+r 1-r 1-a 2+r 2+a", "ar");
    warns("1+l 1+a 1-a 1-l 2+a 2+l", "al");
    warns("1+a 1+p 1-p 1-a 2+p 2+a", "ap"); /* a semaphore used as a mutex */
    silent("1+a 1+q 1-q 1-a 2+q 2+a");      /* it has two units */
    silent("1+a 1+t 1-t 1-a 2+t 2+a");      /* it is a signal */
    silent("1+a 1+u 1-u 1-a 2+u 2+a");      /* nobody knows how many */
    warns("1+a 1+o 1-o 1-a 2+o 2+a", "ao");
}

/* The first reader takes the room, under a mutex, the last one releases it. */
static void test_room(void **state)
{
    (void)state;
    silent("1+a 1+p 1-a 1+a 1-p 1-a 2+a 2+p 2-a 2+a 2-p 2-a");
    warns("1+a 1+p 1-p 1-a 2+p 2+a 2-p 2-a", "ap");
    warns("1+a 1+b 1-a 1+a 1-b 1-a 2+a 2+b 2-a 2+a 2-b 2-a", "ab");
}

static void test_modes(void **state)
{
    (void)state;
    silent("1+a 1:r 1-r 1-a 2:r 2+a"); /* readers do not wait for readers */
    warns("1+a 1+r 1-r 1-a 2:r 2+a", "ar");
    warns("1+a 1:r 1-r 1-a 2+r 2+a", "ar");
    warns("1+a 1:r 1-r 1-a 2:r 2+a 2-a 2-r 2+r 2+a", "ar"); /* one way of several */
}

static void test_tried(void **state)
{
    (void)state;
    silent("1+a 1?b 1-b 1-a 2+b 2+a");
    warns("1?a 1+b 1-b 1-a 2?b 2+a", "ab"); /* held, however it was come by */
    silent("1+a 1!r 1-r 1-a 2+r 2+a");
}

static void test_timed(void **state)
{
    (void)state;
    notes("1+a 1~b 1-b 1-a 2+b 2+a", REASON_TIMED, "ab");
    warns("1~a 1+b 1-b 1-a 2~b 2+a", "ab");
    warns("1+a 1~b 1-b 1+b 1-b 1-a 2+b 2+a", "ab"); /* there is also a way without */
    notes("1+a 1;r 1-r 1-a 2+r 2+a", REASON_TIMED, "ar");
}

static void test_guards(void **state)
{
    (void)state;
    notes("1+g 1+a 1+b 1-b 1-a 1-g 2+g 2+b 2+a", REASON_GUARDED, "ab");
    warns("1+g 1+a 1-g 1+b 1-b 1-a 2+g 2+b 2+a", "ab"); /* released too early */
    warns("1+g 1+a 1+b 1-b 1-a 1-g 2+h 2+b 2+a", "ab");
    warns("1:r 1+a 1+b 1-b 1-a 1-r 2:r 2+b 2+a", "ab"); /* readers are no guards */
    notes("1:r 1+a 1+b 1-b 1-a 1-r 2+r 2+b 2+a", REASON_GUARDED, "ab");
    notes("1?g 1+a 1+b 1-b 1-a 1-g 2?g 2+b 2+a", REASON_GUARDED, "ab"); /* had is had */
    notes("1+p 1+a 1+b 1-b 1-a 1-p 2+p 2+b 2+a", REASON_GUARDED, "ab");
    warns("1+t 1+a 1+b 1-b 1-a 1-t 2+t 2+b 2+a", "ab"); /* nobody holds a signal */
    /* Any two sides of three. */
    notes("1+g 1+a 1+b 1-b 1-a 1-g 2+b 2+c 2-c 2-b 3+g 3+c 3+a", REASON_GUARDED, "abc");
    warns("1+g 1+a 1+b 1-b 1-a 1-g 2+b 2+c 2-c 2-b 3+h 3+c 3+a", "abc");
}

/* n - 1 may sit down. */
static void test_capacity(void **state)
{
    (void)state;
    notes("1+q 1+a 1+b 1-b 1-a 1-q 2+q 2+b 2+c 2-c 2-b 2-q 3+q 3+c 3+a", REASON_GUARDED, "abc");
    warns("1+q 1+a 1+b 1-b 1-a 1-q 2+q 2+b 2+c 2-c 2-b 2-q 3+c 3+a", "abc");
    warns("1+q 1+a 1+b 1-b 1-a 1-q 2+q 2+b 2+a", "ab");
    notes("1+q 1+q 1+a 1+b 1-b 1-a 1-q 1-q 2+q 2+b 2+a", REASON_GUARDED, "ab");
}

static void test_single_thread(void **state)
{
    (void)state;
    notes("1+a 1+b 1-b 1-a 1+b 1+a", REASON_SINGLE_THREAD, "ab");
    warns("1+a 1+b 1-b 1-a 1+b 1+a 1-a 1-b 2+b 2+a", "ab");
    silent("1+a 1+b 1-b 1-a 1+a 1+b");
    /* Two threads for three sides. */
    notes("1+a 1+b 1-b 1-a 1+b 1+c 1-c 1-b 2+c 2+a", REASON_SINGLE_THREAD, "abc");
}

static void test_ordered(void **state)
{
    (void)state;
    notes("0+a 0+b 0-b 0-a 0>4 4+b 4+a", REASON_ORDERED, "ab");
    warns("0>4 0+a 0+b 0-b 0-a 4+b 4+a", "ab");
    notes("0>4 4+b 4+a 4-a 4-b 0<4 0+a 0+b", REASON_ORDERED, "ab");
    notes("0>4 4+b 4+a 4-a 4-b 0<4 0>5 5+a 5+b", REASON_ORDERED, "ab");
    warns("0>4 0>5 4+b 4+a 4-a 4-b 0<4 5+a 5+b", "ab");
    /* Through another one: 5 made 6, which was joined. */
    notes("0>5 5>6 6+a 6+b 6-b 6-a 5<6 0<5 0>7 7+b 7+a", REASON_ORDERED, "ab");
    warns("0>5 5>6 6+a 6+b 6-b 6-a 0<5 0>7 7+b 7+a", "ab"); /* nobody joined 6 */
    /* An earlier or a later one of the same thread. */
    warns("0+a 0+b 0-b 0-a 0>4 0+a 0+b 0-b 0-a 4+b 4+a", "ab");
}

/* In this order: single-thread, guarded, ordered, timed. */
static void test_ladder(void **state)
{
    (void)state;
    notes("1+g 1+a 1~b 1-b 1-a 1-g 1+g 1+b 1+a", REASON_SINGLE_THREAD, "ab");
    notes("0+g 0+a 0~b 0-b 0-a 0-g 0>4 4+g 4+b 4+a", REASON_GUARDED, "ab");
    notes("0+a 0~b 0-b 0-a 0>4 4+b 4+a", REASON_ORDERED, "ab");
    /* Each alone could be met, but not together with those before. */
    notes("1+g 1+a 1+b 1-b 1-a 1-g 1+b 1+a 1-a 1-b 2+g 2+b 2+a", REASON_GUARDED, "ab");
}

static void test_recursion(void **state)
{
    (void)state;
    silent("1+a 1+b 1+a 1-a 1-b 1-a 2+a 2+b");
    silent("1+a 1+a");
    silent("1:r 1+a 1:r 1-r 1-a 1-r 2+r 2+a");
    warns("1+a 1+b 1+a 1-a 1-b 1-a 2+b 2+a", "ab");
}

/* Readers that keep readers out, as a writer comes first who waits for the others. */
static void test_writers(void **state)
{
    static struct program p;
    (void)state;
    warns("1+a 1:w 1-w 1-a 2:w 2+a 3+w", "aw");
    silent("1+a 1:w 1-w 1-a 2:w 2+a");                                    /* nobody writes */
    silent("1+a 1:w 1-w 1-a 2:w 2+a 3?w");                                /* nor waits to */
    silent("1+a 1:r 1-r 1-a 2:r 2+a 3+r");                                /* it does not come first */
    notes("1+a 1:w 1-w 1-a 2:w 2+a 3~w", REASON_TIMED, "aw");             /* not for long */
    notes("1+w 1-w 1+a 1:w 1-w 1-a 2:w 2+a", REASON_SINGLE_THREAD, "aw"); /* it is one of the two */
    notes("3:v 0+w 0-w 0>4 4+a 4:w 4-w 4-a 2:w 2+a", REASON_ORDERED, "aw");
    notes("1+g 1+a 1:w 1-w 1-a 1-g 2:w 2+a 2-a 2-w 3+g 3+w", REASON_GUARDED, "aw");
    warns("1+g 1+a 1:w 1-w 1-a 1-g 2:w 2+a 2-a 2-w 3+w 3-w 3+g 3+w", "aw");
    /* Each side has one, and one thread can wait for but one of them. */
    notes("1:v 1:w 1-w 1-v 2:w 2:v 2-v 2-w 3+v 3-v 3+w 3-w", REASON_SINGLE_THREAD, "vw");
    warns("1:v 1:w 1-w 1-v 2:w 2:v 2-v 2-w 3+v 3-v 0+w 0-w", "vw");
    begin(&p, "1+a 1:w 1-w 1-a 2:w 2+a 3+w");
    const struct finding *f = &p.reported[0].finding;
    assert_int_equal(f->cycle, 2);
    assert_int_equal(f->sides, 3);
    assert_int_equal(f->side[2].thread, p.thread[3]);
    assert_int_equal(f->side[2].want.lock, p.lock['w']);
    assert_int_equal(f->side[2].want.how, 0);
    assert_int_equal(f->side[2].held, 0);
    assert_int_equal(f->side[2].path, 0);
    end(&p);
}

static void test_reread(void **state)
{
    (void)state;
    warns("1:w 1:w 1-w 1-w 2+w", "w");
    silent("1:r 1:r 1-r 1-r 2+r");
    silent("1:w 1:w"); /* nobody writes */
    silent("1:w 1!w 1-w 1-w 2+w");
    notes("1:w 1;w 1-w 1-w 2+w", REASON_TIMED, "w");
    notes("1:w 1:w 1-w 1-w 1+w", REASON_SINGLE_THREAD, "w");
    notes("0+w 0-w 0>4 4:w 4:w 4-w 4-w", REASON_ORDERED, "w");
    notes("1+g 1:w 1:w 1-w 1-w 1-g 2+g 2+w", REASON_GUARDED, "w");
    warns("1:w 1;w 1-w 1-w 1:w 1+a 1:w 1-w 1-a 1-w 2+w", "w"); /* the worst of several places */
}

static void test_out_of_order(void **state)
{
    (void)state;
    /* Hand over hand: a is gone when c is taken. */
    notes("1+a 1+b 1-a 1+c 1-c 1-b 2+c 2+a", REASON_SINGLE_THREAD, "abc");
    warns("1+a 1+b 1-a 1+c 1-c 1-b 2+c 2+b", "bc");
    /* Too many to be written anew. */
    never_warns("1+a 1+b 1+c 1+d 1+e 1+f 1+g 1+h 1+i 1+j 1+k 1-a 1+z 1-z 2+z 2+a");
    warns("1+a 1+b 1+c 1+d 1+e 1+f 1+g 1+h 1+i 1+j 1+k 1-a 1+z 1-z 2+z 2+b", "bz");
}

/* --- which cycles are reported --- */

/* a b c has in it a b, which can close; c d does not. */
static void test_minimal(void **state)
{
    static struct program p;
    (void)state;
    warns("1+a 1+b 1-b 1-a 2+b 2+a 2-a 2-b 2+b 2+c 2-c 2-b 3+c 3+a", "ab");
    begin(&p, "1+a 1+b 1-b 1-a 1+b 1+a 1-a 1-b 2+b 2+c 2-c 2-b 3+c 3+a");
    assert_int_equal(p.count, 2); /* a b is one thread's alone */
    assert_int_equal(p.reported[0].finding.reason, REASON_SINGLE_THREAD);
    assert_string_equal(cycle_of(&p, &p.reported[0].finding), "ab");
    assert_int_equal(p.reported[1].finding.severity, SEVERITY_WARNING);
    assert_string_equal(cycle_of(&p, &p.reported[1].finding), "abc");
    end(&p);
    /* A longer one that cannot close is left out. */
    notes("1+a 1+b 1-b 1-a 1+b 1+a 1-a 1-b 1+b 1+c 1-c 1-b 1+c 1+a", REASON_SINGLE_THREAD, "ab");
}

/* Cycles that have an order in common. */
static void test_two_cycles(void **state)
{
    static struct program p;
    (void)state;
    begin(&p, "0+a 0+b 0-b 0-a 1+b 1+c 1-c 1-b 2+c 2+a 2-a 2-c 1+b 1+d 1-d 1-b 2+d 2+e 2-e 2-d 3+e 3+a");
    assert_int_equal(p.count, 2);
    assert_string_equal(cycle_of(&p, &p.reported[0].finding), "abc");
    assert_string_equal(cycle_of(&p, &p.reported[1].finding), "abde");
    assert_int_equal(p.reported[1].finding.severity, SEVERITY_WARNING);
    end(&p);
}

static void test_sides(void **state)
{
    static struct program p;
    (void)state;
    begin(&p, "1+a 1+x 1+b 1-b 1-x 1+b 1-b 1+b 1-b 1-a 2+b 2;r 2+a 2-a 2-r 2-b 3?b 3?a");
    assert_int_equal(p.count, 1);
    const struct finding *f = &p.reported[0].finding;
    const struct side *s = &f->side[f->side[0].held == p.lock['a'] ? 0 : 1];
    const struct side *o = &f->side[f->side[0].held == p.lock['a'] ? 1 : 0];
    assert_int_equal(s->thread, p.thread[1]);
    assert_int_equal(s->serial, record_thread(&p.f.record, p.thread[1])->serial);
    assert_string_equal(s->name, "T1");
    assert_int_equal(s->times, 3); /* while x is held, and without */
    assert_int_equal(s->sequence, 0);
    assert_int_equal(s->want.lock, p.lock['b']);
    assert_int_equal(s->want.address, record_lock(&p.f.record, p.lock['b'])->address);
    assert_int_equal(s->want.site, 0x1000 + 256 * '1' + 'b');
    assert_int_equal(s->want.kind, KIND_MUTEX);
    assert_int_equal(s->want.how, 0);
    assert_int_equal(s->want.since, 0);
    const struct hold *h = record_hold(&p.f.record, s->path);
    assert_int_equal(h->lock, p.lock['a']); /* the way that holds nothing else */
    assert_int_equal(h->parent, 0);
    assert_int_equal(o->times, 1);
    assert_int_equal(record_hold(&p.f.record, o->path)->lock, p.lock['r']);
    end(&p);
    begin(&p, "1+a 1+r 1-r 1-a 1+a 1;r 1-r 1-a 2+r 2~a");
    f = &p.reported[0].finding;
    s = &f->side[f->side[0].held == p.lock['a'] ? 0 : 1];
    o = &f->side[f->side[0].held == p.lock['a'] ? 1 : 0];
    assert_int_equal(s->want.how, 0);
    assert_int_equal(s->times, 2);
    assert_int_equal(o->want.how, WANT_TIMED);
    end(&p);
}

static uint64_t all_alike(void *context, uint32_t lock)
{
    (void)context, (void)lock;
    return 7;
}

/* Two tables, each of whose locks are taken both ways, at the same places. */
static void test_alike(void **state)
{
    static struct program p;
    (void)state;
    memset(&p, 0, sizeof p);
    forged_begin(&p.f, ROOM);
    uint32_t one = forged_thread(&p.f, "one"), two = forged_thread(&p.f, "two");
    for (int pair = 0; pair < 5; pair++)
        for (int back = 0; back < 2; back++) {
            uint32_t who = back != 0 ? two : one;
            char first = (char)('a' + 2 * pair + back), second = (char)('a' + 2 * pair + 1 - back);
            forged_take(&p.f, who, lock_of(&p, first), 0x5000, 0);
            forged_take(&p.f, who, lock_of(&p, second), pair == 4 ? 0x6100 : 0x6000, 0);
            forged_give(&p.f, who, lock_of(&p, second));
            forged_give(&p.f, who, lock_of(&p, first));
        }
    judge(&p);
    assert_int_equal(p.count, 5); /* nothing makes them alike */
    p.likeness = all_alike;
    judge(&p);
    assert_int_equal(p.count, 2);
    assert_int_equal(p.reported[0].finding.count, 4);
    assert_int_equal(p.reported[1].finding.count, 1); /* at another place */
    p.likeness = NULL;
    uint64_t site = 0x9000;
    uint32_t stack = forged_stack(&p.f, &site, 1);
    for (const char *l = "abcdefgh"; *l != 0; l++)
        record_lock(&p.f.record, lock_of(&p, *l))->created = stack;
    judge(&p);
    assert_int_equal(p.count, 2);
    assert_int_equal(p.reported[0].finding.count, 4);
    end(&p);
}

/* A cycle of four alike locks, where there is one of two with the same sides. */
static void test_alike_longer(void **state)
{
    static const char *const pairs[] = {"ab", "ba", "cd", "de", "ef", "fc"};
    static struct program p;
    (void)state;
    memset(&p, 0, sizeof p);
    p.likeness = all_alike;
    forged_begin(&p.f, ROOM);
    for (int i = 0; i < 6; i++) {
        uint32_t who = forged_thread(&p.f, "who");
        forged_take(&p.f, who, lock_of(&p, pairs[i][0]), 0x5000, 0);
        forged_take(&p.f, who, lock_of(&p, pairs[i][1]), 0x6000, 0);
    }
    judge(&p);
    assert_int_equal(p.count, 1);
    assert_int_equal(p.reported[0].finding.cycle, 2);
    assert_int_equal(p.reported[0].finding.count, 2);
    end(&p);
}

static bool only_one(void *context, const struct finding *f)
{
    (void)f;
    return ++*(unsigned *)context < 1;
}

/* --- tables of locks --- */

enum { TABLE = 120, WORKERS = 6 };

static uint64_t random_state;

static uint32_t any(uint32_t below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % below;
}

/* Locks that are alike, and threads; each order a node that is written at once, as it is known to be new. */
static void begin_table(struct program *p)
{
    memset(p, 0, sizeof *p);
    p->likeness = all_alike;
    random_state = 1;
    forged_begin(&p->f, 1 << 23);
    for (uint32_t i = 0; i < TABLE; i++)
        forged_lock(&p->f, KIND_MUTEX, 0x7000 + 64 * (uint64_t)i, NULL, 0);
    for (uint32_t i = 0; i < WORKERS; i++)
        forged_thread(&p->f, "worker");
}

static void add_order(struct program *p, uint32_t who, uint32_t first, uint32_t second)
{
    struct record *r = &p->f.record;
    record_thread(r, who)->path = 0;
    forged_hold(&p->f, who, first, 0x5000, 0);
    forged_hold(&p->f, who, second, 0x6000, 0);
    struct epoch e = {.serial = record_thread(r, who)->serial, .thread = who};
    uint32_t epoch = record_reserve(r, TABLE_EPOCHS, 1), taking = record_reserve(r, TABLE_ACQUISITIONS, 1);
    record_commit(r, TABLE_EPOCHS, epoch, 1);
    record_commit(r, TABLE_ACQUISITIONS, taking, 1);
    *(struct epoch *)record_item(r, TABLE_EPOCHS, epoch) = e;
    ((struct acquisition *)record_item(r, TABLE_ACQUISITIONS, taking))->epoch = epoch;
    record_hold(r, record_thread(r, who)->path)->first_acquisition = taking;
}

/* Every two of them in both orders: one finding, that counts those which two threads took. */
static void test_table_of_pairs(void **state)
{
    static struct program p;
    static uint32_t by[TABLE + 1][TABLE + 1];
    uint32_t apart = 0;
    (void)state;
    begin_table(&p);
    for (uint32_t i = 1; i <= TABLE; i++)
        for (uint32_t k = 1; k <= TABLE; k++)
            if (i != k)
                add_order(&p, by[i][k] = 1 + any(WORKERS), i, k);
    for (uint32_t i = 1; i <= TABLE; i++)
        for (uint32_t k = 1; k < i; k++)
            apart += by[i][k] != by[k][i];
    judge(&p);
    assert_true(p.complete);
    assert_int_equal(p.count, 1);
    assert_int_equal(p.reported[0].finding.severity, SEVERITY_WARNING);
    assert_int_equal(p.reported[0].finding.cycle, 2);
    assert_int_equal(p.reported[0].finding.count, apart);
    end(&p);
}

/* Every two in one order, which is chance: cycles of three. */
static void test_table_in_any_order(void **state)
{
    static struct program p;
    (void)state;
    begin_table(&p);
    for (uint32_t i = 1; i <= TABLE; i++)
        for (uint32_t k = 1; k < i; k++) {
            bool back = any(2) != 0;
            add_order(&p, 1 + any(WORKERS), back ? i : k, back ? k : i);
        }
    judge(&p);
    assert_true(p.complete);
    assert_int_equal(p.count, 1);
    assert_int_equal(p.reported[0].finding.severity, SEVERITY_WARNING);
    assert_int_equal(p.reported[0].finding.cycle, 3);
    end(&p);
}

/* Every two in the order of their addresses. */
static void test_table_in_order(void **state)
{
    static struct program p;
    (void)state;
    begin_table(&p);
    for (uint32_t i = 1; i <= TABLE; i++)
        for (uint32_t k = 1; k < i; k++)
            add_order(&p, 1 + any(WORKERS), k, i);
    judge(&p);
    assert_true(p.complete);
    assert_int_equal(p.count, 0);
    end(&p);
}

/* Philosophers at a table that is very large. */
static void test_long_cycle(void **state)
{
    enum { SEATS = 500 };
    static struct program p;
    static struct forged *f = &p.f;
    const struct orders_world w = {.record = &f->record};
    unsigned found = 0;
    (void)state;
    memset(&p, 0, sizeof p);
    forged_begin(f, 1 << 23);
    for (uint32_t i = 0; i < SEATS; i++) {
        forged_lock(f, KIND_MUTEX, 0x7000 + 64 * (uint64_t)i, NULL, 0);
        forged_thread(f, "philosopher");
    }
    for (uint32_t i = 1; i <= SEATS; i++)
        add_order(&p, i, i, i % SEATS + 1);
    struct orders_result result = orders_judge(&w, only_one, &found);
    assert_true(result.complete);
    assert_int_equal(result.found, 1);
    end(&p);
}

static void test_dead(void **state)
{
    static struct program p;
    (void)state;
    begin(&p, "1+a 1+b 1-b 1-a 2+b 2+a 2-a 2-b");
    record_lock(&p.f.record, p.lock['a'])->traits = TRAIT_ENDED; /* it was alive then */
    judge(&p);
    assert_int_equal(p.count, 1);
    for (uint32_t id = 1; id < record_used(&p.f.record, TABLE_HOLDS); id++)
        if (record_hold(&p.f.record, id)->lock == p.lock['a'])
            record_hold(&p.f.record, id)->lock = 0; /* and now it is forgotten */
    judge(&p);
    assert_int_equal(p.count, 0);
    end(&p);
    begin(&p, "1+a 1+x 1+b 1-b 1-x 1-a 2+b 2+x 2+a");
    assert_int_equal(p.count, 3);
    for (uint32_t id = 1; id < record_used(&p.f.record, TABLE_HOLDS); id++)
        if (record_hold(&p.f.record, id)->lock == p.lock['x'])
            record_hold(&p.f.record, id)->lock = 0; /* one in the middle */
    judge(&p);
    assert_int_equal(p.count, 1);
    assert_string_equal(cycle_of(&p, &p.reported[0].finding), "ab");
    end(&p);
}

static void test_enough(void **state)
{
    static struct program p;
    unsigned count = 0;
    (void)state;
    begin(&p, "1+a 1+b 1-b 1-a 2+b 2+a 2-a 2-b 1+c 1+d 1-d 1-c 2+d 2+c");
    assert_int_equal(p.count, 2);
    const struct orders_world w = {.record = &p.f.record};
    assert_int_equal(orders_judge(&w, only_one, &count).found, 1);
    end(&p);
    static const struct record none;
    assert_int_equal(orders_judge(&(struct orders_world){.record = &none}, only_one, &count).found, 0);
}

/* Who is in a hurry gets the same where there is not too much. Without notes, longer cycles that cannot close are not
 * searched for. */
static void test_hurried(void **state)
{
    static struct program p;
    (void)state;
    begin(&p, "1+a 1+b 1-b 1-a 2+b 2+c 2-c 2-b 3+c 3+a 3-a 3-c 1+d 1+e 1-e 1-d 1+e 1+f 1-f 1-e 1+f 1+d 1-d 1-f");
    assert_int_equal(p.count, 2);
    for (int no_notes = 0; no_notes < 2; no_notes++) {
        const struct orders_world w = {.record = &p.f.record, .hurried = true, .no_notes = no_notes != 0};
        p.count = 0;
        struct orders_result result = orders_judge(&w, note, &p);
        assert_true(result.complete);
        assert_int_equal(result.found, 2 - no_notes);
        assert_int_equal(p.reported[0].finding.severity, SEVERITY_WARNING);
        assert_string_equal(cycle_of(&p, &p.reported[0].finding), "abc");
    }
    end(&p);
}

/* With very many different ways to take a side some are left out, which is said if it may matter. */
static void test_many_ways(void **state)
{
    enum { OUTER = 300 };
    static struct program p;
    (void)state;
    for (uint32_t other = 1; other <= 2; other++) {
        memset(&p, 0, sizeof p);
        forged_begin(&p.f, 1 << 21);
        uint32_t a = lock_of(&p, 'a'), b = lock_of(&p, 'b'), thread[3] = {0};
        for (uint32_t i = 1; i < 3; i++)
            thread[i] = forged_thread(&p.f, "who");
        for (uint32_t i = 0; i < OUTER; i++) {
            uint32_t outer = forged_lock(&p.f, KIND_MUTEX, 0x9000 + 64 * (uint64_t)i, NULL, 0);
            forged_take(&p.f, thread[1], outer, 0x1000, 0);
            forged_take(&p.f, thread[1], a, 0x1010, 0);
            forged_take(&p.f, thread[1], b, 0x1020, 0);
            forged_give(&p.f, thread[1], b);
            forged_give(&p.f, thread[1], a);
            forged_give(&p.f, thread[1], outer);
        }
        forged_take(&p.f, thread[other], b, 0x1030, 0);
        forged_take(&p.f, thread[other], a, 0x1040, 0);
        judge(&p);
        assert_int_equal(p.count, 1);
        assert_int_equal(p.reported[0].finding.severity, other == 1 ? SEVERITY_NOTE : SEVERITY_WARNING);
        assert_int_equal(p.complete, other == 2);
        end(&p);
    }
}

/* Nothing that a file may say makes it go out of bounds or on for ever; the sanitizers watch. */
static void test_damaged(void **state)
{
    static const enum record_table_id tables[] = {TABLE_LOCKS, TABLE_HOLDS, TABLE_EPOCHS, TABLE_ACQUISITIONS,
                                                  TABLE_STACKS};
    static struct program p;
    (void)state;
    random_state = 1;
    for (uint64_t n = rounds(800); n > 0; n--) {
        begin(&p, "1+g 1+a 1+b 1-b 1-a 1-g 2+g 2+b 2+a 2-g 2-b 2-a 3:w 3:w 3-w 3-w 2+w 2-w 1+c 1+d 1+e 1-c 1+f 2+f 2+c "
                  "3<1 4+q 4+q 4+i 4+j 5+q 5+j 5+i");
        struct record *r = &p.f.record;
        for (uint32_t hits = 1 + any(12); hits > 0; hits--) {
            enum record_table_id table = tables[any(5)];
            char *item = record_item(r, table, 1 + any(record_used(r, table) - 1));
            uint32_t junk = any(2) != 0 ? any(12) : any(UINT32_MAX / 2) * 2;
            memcpy(item + (size_t)any(record_item_size[table] / 4) * 4, &junk, sizeof junk);
        }
        unsigned most = 0;
        orders_judge(&(struct orders_world){.record = r}, only_one, &most);
        end(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cycles),         cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_room),           cmocka_unit_test(test_modes),
        cmocka_unit_test(test_tried),          cmocka_unit_test(test_timed),
        cmocka_unit_test(test_guards),         cmocka_unit_test(test_capacity),
        cmocka_unit_test(test_single_thread),  cmocka_unit_test(test_ordered),
        cmocka_unit_test(test_ladder),         cmocka_unit_test(test_recursion),
        cmocka_unit_test(test_reread),         cmocka_unit_test(test_writers),
        cmocka_unit_test(test_out_of_order),   cmocka_unit_test(test_minimal),
        cmocka_unit_test(test_sides),          cmocka_unit_test(test_two_cycles),
        cmocka_unit_test(test_alike),          cmocka_unit_test(test_alike_longer),
        cmocka_unit_test(test_dead),           cmocka_unit_test(test_enough),
        cmocka_unit_test(test_table_of_pairs), cmocka_unit_test(test_table_in_any_order),
        cmocka_unit_test(test_table_in_order), cmocka_unit_test(test_long_cycle),
        cmocka_unit_test(test_hurried),        cmocka_unit_test(test_many_ways),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

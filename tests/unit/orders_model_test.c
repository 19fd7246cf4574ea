/*
 * Which lock orders can close a cycle, held against a model that knows nothing of records, graphs and epochs: random
 * programs of a few threads and locks. One lucky run of each is entered into a record as the library writes it, and
 * judged. The model goes through all that could have happened instead, every interleaving, and looks in each state for
 * a cycle of threads that wait for each other. `SEED=123 orders_model_test` does one program, and prints it.
 *
 * What the trie does not say is in which order a thread did what it did under a lock: `a b -b c` and `a c -c b` leave
 * the same. So the cycles of both must be the same only where each section of a program takes its locks, and then gives
 * them back, in any order, and makes and joins threads between sections. In programs without such order no cycle may be
 * missed; there may be cycles that cannot be, because both threads must have passed each other's locks on their way
 * (V. Kahlon, F. Ivančić, A. Gupta, "Reasoning About Threads Communicating via Locks", CAV 2005, on when two threads
 * can be where they are at one time).
 */
#include "detect/order/orders.h"
#include "tests/unit/forged.h"
#include "tests/unit/rounds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- chance --- */

static uint64_t chance_state;

static uint32_t chance(uint32_t below)
{
    chance_state += 0x9E3779B97F4A7C15u;
    uint64_t z = chance_state;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)((z ^ z >> 31) >> 32) % below;
}

static bool one_in(uint32_t n)
{
    return chance(n) == 0;
}

/* --- programs --- */

enum { THREADS = 4, LOCKS = 5, STEPS = 32, HELD = 4, NOBODY = -1 };

enum what { TAKE, GIVE, START, JOIN };
struct step {
    enum what what;
    int lock; /* or a thread */
    uint32_t how;
};

struct lock_kind_of {
    uint16_t kind;
    bool queues;    /* an rwlock that prefers writers */
    uint32_t units; /* of a semaphore */
};

struct program {
    struct step step[THREADS][STEPS];
    int steps[THREADS];
    struct lock_kind_of lock[LOCKS];
    int threads, locks;
    int maker[THREADS], made_at[THREADS];
};

static void insert(struct program *p, int t, int at, struct step s)
{
    memmove(&p->step[t][at + 1], &p->step[t][at], (size_t)(p->steps[t] - at) * sizeof s);
    p->step[t][at] = s;
    p->steps[t]++;
}

static void append(struct program *p, int t, enum what what, int lock, uint32_t how)
{
    insert(p, t, p->steps[t], (struct step){what, lock, how});
}

static void make_lock(struct lock_kind_of *l, bool wild)
{
    *l = (struct lock_kind_of){.kind = KIND_MUTEX, .units = 1};
    if (one_in(4)) {
        l->kind = KIND_RWLOCK;
        l->queues = one_in(2);
    } else if (one_in(6) && !wild) /* one that is carried out of a section is left out, on purpose */
        l->kind = KIND_SEMAPHORE;
    else if (one_in(8))
        *l = (struct lock_kind_of){.kind = KIND_SEMAPHORE, .units = 2 + chance(2)};
}

static uint32_t any_mode(const struct program *p, int lock)
{
    uint32_t how = p->lock[lock].kind == KIND_RWLOCK && one_in(2) ? HOW_SHARED : 0;
    return how | (one_in(8) ? HOW_TRIED : one_in(8) ? HOW_TIMED : 0);
}

/* What a thread holds while its program is being made. */
struct hand {
    int lock[HELD], count;
    bool shared[HELD];
};

static void take(struct program *p, int t, struct hand *h, int lock)
{
    uint32_t how = any_mode(p, lock);
    for (int i = 0; i < h->count; i++)
        if (h->lock[i] == lock) { /* again: only what a thread can do without waiting for itself */
            if (!one_in(4) || p->lock[lock].kind == KIND_SEMAPHORE ||
                (p->lock[lock].kind == KIND_RWLOCK && !h->shared[i]))
                return;
            how = h->shared[i] ? how | HOW_SHARED : how & ~(uint32_t)HOW_SHARED;
        }
    if (h->count == HELD || p->steps[t] > STEPS - 14)
        return;
    append(p, t, TAKE, lock, how);
    h->shared[h->count] = (how & HOW_SHARED) != 0;
    h->lock[h->count++] = lock;
}

static void give(struct program *p, int t, struct hand *h, int i)
{
    append(p, t, GIVE, h->lock[i], 0);
    h->count--;
    memmove(&h->lock[i], &h->lock[i + 1], (size_t)(h->count - i) * sizeof h->lock[0]);
    memmove(&h->shared[i], &h->shared[i + 1], (size_t)(h->count - i) * sizeof h->shared[0]);
}

/* A stack of locks is released innermost first for the most part. */
static int any_held(const struct hand *h)
{
    int i = one_in(3) ? (int)chance((uint32_t)h->count) : h->count - 1;
    for (int k = h->count - 1; k > i; k--) /* of one that is held twice the inner one */
        if (h->lock[k] == h->lock[i])
            return k;
    return i;
}

static void make_sections(struct program *p, int t)
{
    struct hand h = {.count = 0};
    for (uint32_t sections = 1 + chance(3); sections > 0; sections--) {
        for (uint32_t n = 1 + chance(3); n > 0; n--)
            take(p, t, &h, (int)chance((uint32_t)p->locks));
        while (h.count > 0)
            give(p, t, &h, any_held(&h));
    }
}

static void make_wild(struct program *p, int t)
{
    struct hand h = {.count = 0};
    for (uint32_t n = 3 + chance(8); n > 0; n--)
        if (h.count > 0 && one_in(3))
            give(p, t, &h, any_held(&h));
        else
            take(p, t, &h, (int)chance((uint32_t)p->locks));
    while (h.count > 0)
        give(p, t, &h, any_held(&h));
}

/* A place in a thread's program, from `from` on, where it holds nothing; anywhere in a wild one. */
static int any_place(const struct program *p, int t, int from, bool wild)
{
    int place = p->steps[t], held = 0;
    uint32_t places = 1; /* its end is one */
    for (int i = 0; i < p->steps[t]; i++) {
        if (i >= from && (held == 0 || wild) && one_in(++places))
            place = i;
        held += p->step[t][i].what == TAKE ? 1 : p->step[t][i].what == GIVE ? -1 : 0;
    }
    return place;
}

static int find_step(const struct program *p, int t, enum what what, int whom)
{
    for (int i = 0; i < p->steps[t]; i++)
        if (p->step[t][i].what == what && p->step[t][i].lock == whom)
            return i;
    return NOBODY;
}

static void make_threads(struct program *p, bool wild)
{
    for (int t = 1; t < p->threads; t++) {
        p->maker[t] = one_in(2) ? 0 : (int)chance((uint32_t)t);
        int after = t > 1 && one_in(2) && p->maker[t] == p->maker[t - 1] ? p->made_at[t - 1] + 1 : 0;
        p->made_at[t] = one_in(2) ? after : any_place(p, p->maker[t], after, wild);
        if (!wild && p->made_at[t] != 0)
            p->made_at[t] = any_place(p, p->maker[t], after, wild);
        insert(p, p->maker[t], p->made_at[t], (struct step){START, t, 0});
    }
    for (int t = 1; t < p->threads; t++) {
        int who = one_in(4) ? (int)chance((uint32_t)p->threads) : p->maker[t];
        int from = who == p->maker[t] ? find_step(p, who, START, t) + 1 : 0;
        if (who != t && one_in(2))
            insert(p, who, any_place(p, who, from, wild), (struct step){JOIN, t, 0});
    }
}

static void make_program(struct program *p, bool wild)
{
    memset(p, 0, sizeof *p);
    p->threads = 2 + (int)chance(3);
    p->locks = 2 + (int)chance(LOCKS - 1);
    for (int l = 0; l < p->locks; l++)
        make_lock(&p->lock[l], wild);
    for (int t = 0; t < p->threads; t++)
        wild ? make_wild(p, t) : make_sections(p, t);
    make_threads(p, wild);
    for (int t = 1; t < p->threads; t++)
        for (p->maker[t] = 0; (p->made_at[t] = find_step(p, p->maker[t], START, t)) == NOBODY;)
            p->maker[t]++;
}

static void print_program(const struct program *p)
{
    for (int l = 0; l < p->locks; l++)
        print_message("  %c: %s%s %u\n", 'a' + l, finding_lock_word(p->lock[l].kind),
                      p->lock[l].queues ? " queues" : "", p->lock[l].units);
    for (int t = 0; t < p->threads; t++) {
        print_message("  T%d:", t);
        for (int i = 0; i < p->steps[t]; i++) {
            const struct step *s = &p->step[t][i];
            static const char *const signs[] = {"+:", "?!", "~;"};
            const char *sign = signs[(s->how & HOW_TRIED) != 0 ? 1 : (s->how & HOW_TIMED) != 0 ? 2 : 0];
            if (s->what == TAKE || s->what == GIVE)
                print_message(" %c%c", s->what == GIVE ? '-' : sign[s->how & HOW_SHARED], 'a' + s->lock);
            else
                print_message(" %c%d", s->what == START ? '>' : '<', s->lock);
        }
        print_message("\n");
    }
}

/* --- the model --- */

/* What a model leaves out. */
enum { WITHOUT_TIME_OUTS = 1, WITHOUT_THREADS = 2 };

struct state {
    int at[THREADS];
    bool waits[THREADS]; /* has come to a lock that prefers writers, to write, and could not have it */
};

struct model {
    const struct program *p;
    unsigned without;
    bool cycle[1 << LOCKS]; /* by set of locks: a cycle of threads that want them was met */
    uint64_t *met;          /* states */
    uint32_t size[THREADS]; /* states of each thread */
    struct state *work;
    size_t left, room;
};

static const struct step *step_of(const struct program *p, const struct state *s, int t)
{
    return s->at[t] < p->steps[t] ? &p->step[t][s->at[t]] : NULL;
}

/* How often a thread has a lock, in one mode. */
static int has(const struct program *p, const struct state *s, int t, int lock, bool shared)
{
    int count = 0;
    bool mode[HELD * 2];
    for (int i = 0; i < s->at[t]; i++) {
        const struct step *done = &p->step[t][i];
        if (done->lock == lock && done->what == TAKE)
            mode[count++] = (done->how & HOW_SHARED) != 0;
        if (done->lock == lock && done->what == GIVE)
            count--;
    }
    int found = 0;
    while (count > 0)
        found += mode[--count] == shared;
    return found;
}

/* Whether what a thread has, or waits for, keeps another one from taking a lock in this mode. */
static bool keeps_out(const struct program *p, const struct state *s, int other, int lock, bool shared)
{
    const struct step *next = step_of(p, s, other);
    if (has(p, s, other, lock, false) > 0 || (!shared && has(p, s, other, lock, true) > 0))
        return true;
    return shared && s->waits[other] && next->lock == lock;
}

static bool is_free(const struct program *p, const struct state *s, int t, int lock, bool shared)
{
    uint32_t taken = 0;
    for (int o = 0; o < p->threads; o++)
        taken += (uint32_t)has(p, s, o, lock, false);
    if (p->lock[lock].kind == KIND_SEMAPHORE)
        return taken < p->lock[lock].units;
    if (has(p, s, t, lock, false) > 0)
        return true;
    for (int o = 0; o < p->threads; o++)
        if (o != t && keeps_out(p, s, o, lock, shared))
            return false;
    return true;
}

static bool is_alive(const struct model *m, const struct state *s, int t)
{
    return t == 0 || (m->without & WITHOUT_THREADS) != 0 || s->at[m->p->maker[t]] > m->p->made_at[t];
}

/* Whether thread t can take its next step. */
static bool can_go(const struct model *m, const struct state *s, int t)
{
    const struct step *next = step_of(m->p, s, t);
    if (next == NULL || !is_alive(m, s, t))
        return false;
    if (next->what == JOIN && (m->without & WITHOUT_THREADS) == 0)
        return is_alive(m, s, next->lock) && step_of(m->p, s, next->lock) == NULL;
    return next->what != TAKE || is_free(m->p, s, t, next->lock, (next->how & HOW_SHARED) != 0);
}

/* Whether it waits for a lock, for as long as it takes; not for a unit that any of several may give. */
static bool is_blocked(const struct model *m, const struct state *s, int t)
{
    const struct step *next = step_of(m->p, s, t);
    if (next == NULL || next->what != TAKE || !is_alive(m, s, t) || can_go(m, s, t))
        return false;
    uint32_t ends = HOW_TRIED | ((m->without & WITHOUT_TIME_OUTS) != 0 ? 0 : HOW_TIMED);
    return (next->how & ends) == 0 && m->p->lock[next->lock].units == 1;
}

/* All cycles that lead from thread t, by threads not yet on the way, back to `first`. */
static void find_cycles(struct model *m, const struct state *s, const unsigned *waits_for, int first, int t,
                        unsigned way, unsigned locks)
{
    locks |= 1u << step_of(m->p, s, t)->lock;
    for (int o = first; o < m->p->threads; o++)
        if ((waits_for[t] & 1u << o) == 0)
            continue;
        else if (o == first)
            m->cycle[locks] = true;
        else if ((way & 1u << o) == 0 && waits_for[o] != 0)
            find_cycles(m, s, waits_for, first, o, way | 1u << o, locks);
}

static void look_for_cycles(struct model *m, const struct state *s)
{
    unsigned waits_for[THREADS] = {0};
    for (int t = 0; t < m->p->threads; t++) {
        if (!is_blocked(m, s, t))
            continue;
        const struct step *next = step_of(m->p, s, t);
        for (int o = 0; o < m->p->threads; o++)
            if (o != t && keeps_out(m->p, s, o, next->lock, (next->how & HOW_SHARED) != 0))
                waits_for[t] |= 1u << o;
    }
    for (int t = 0; t < m->p->threads; t++)
        if (waits_for[t] != 0)
            find_cycles(m, s, waits_for, t, t, 1u << t, 0);
}

static void visit(struct model *m, const struct state *s)
{
    uint64_t number = 0;
    for (int t = 0; t < m->p->threads; t++)
        number = (number * m->size[t] + (uint64_t)s->at[t]) * 2 + s->waits[t];
    if ((m->met[number / 64] >> number % 64 & 1) != 0)
        return;
    m->met[number / 64] |= (uint64_t)1 << number % 64;
    if (m->left == m->room) {
        m->room = m->room == 0 ? 1024 : m->room * 2;
        m->work = realloc(m->work, m->room * sizeof *m->work);
        assert_non_null(m->work);
    }
    m->work[m->left++] = *s;
}

/* Everything that can happen; false: too much. */
static bool explore(struct model *m, const struct program *p, unsigned without)
{
    uint64_t states = 1;
    *m = (struct model){.p = p, .without = without};
    for (int t = 0; t < p->threads; t++)
        states *= 2 * (uint64_t)(m->size[t] = (uint32_t)p->steps[t] + 1);
    if (states > 1 << 24)
        return false;
    m->met = calloc(states / 64 + 1, sizeof *m->met);
    assert_non_null(m->met);
    visit(m, &(struct state){.at = {0}});
    while (m->left > 0) {
        const struct state s = m->work[--m->left];
        look_for_cycles(m, &s);
        for (int t = 0; t < p->threads; t++) {
            struct state next = s;
            if (can_go(m, &s, t)) {
                next.at[t]++;
                next.waits[t] = false;
            } else if (is_blocked(m, &s, t) && p->lock[step_of(p, &s, t)->lock].queues)
                next.waits[t] = (step_of(p, &s, t)->how & HOW_SHARED) == 0;
            visit(m, &next);
        }
    }
    free(m->met);
    free(m->work);
    return true;
}

/* --- the lucky run --- */

struct run {
    struct forged f;
    uint32_t lock[LOCKS], thread[THREADS];
};

static void begin(struct run *r, const struct program *p)
{
    memset(r, 0, sizeof *r);
    forged_begin(&r->f, 1 << 19);
    for (int l = 0; l < p->locks; l++) {
        const char name[] = {(char)('a' + l), 0};
        uint32_t traits = p->lock[l].queues ? TRAIT_PREFER_WRITER : 0;
        if (p->lock[l].kind == KIND_SEMAPHORE)
            traits = TRAIT_POSTED | TRAIT_VALUE_KNOWN;
        r->lock[l] = forged_lock(&r->f, p->lock[l].kind, 0x7000 + 64 * (uint64_t)l, name, traits);
        record_lock(&r->f.record, r->lock[l])->value = p->lock[l].units;
    }
    r->thread[0] = forged_thread(&r->f, "T0");
}

static void note(struct run *r, int t, const struct step *s, int place)
{
    char name[] = "T0";
    name[1] = (char)('0' + s->lock);
    if (s->what == START)
        r->thread[s->lock] = forged_start(&r->f, r->thread[t], name);
    else if (s->what == JOIN)
        forged_joined(&r->f, r->thread[t], r->thread[s->lock]);
    else if (s->what == TAKE)
        forged_take(&r->f, r->thread[t], r->lock[s->lock], 0x1000 + 16 * (uint64_t)t + (uint64_t)place % 3, s->how);
    else
        forged_give(&r->f, r->thread[t], r->lock[s->lock]);
}

/* Any run in which all threads come to their end; false: none was met. */
static bool run(struct run *r, const struct program *p)
{
    const struct model m = {.p = p};
    for (int tries = 0; tries < 20; tries++) {
        struct state s = {.at = {0}};
        begin(r, p);
        for (int stuck = 0; stuck < 200;) {
            int t = (int)chance((uint32_t)p->threads);
            if (!can_go(&m, &s, t)) {
                stuck++;
                continue;
            }
            note(r, t, step_of(p, &s, t), s.at[t]);
            s.at[t]++;
            stuck = 0;
        }
        bool ended = true;
        for (int t = 0; t < p->threads; t++)
            ended = ended && s.at[t] == p->steps[t];
        if (ended)
            return true;
        forged_end(&r->f);
    }
    return false;
}

/* --- the comparison --- */

struct trial {
    const struct program *p;
    const struct run *r;
    uint64_t seed;
    bool warned[1 << LOCKS];
    unsigned warnings;
    enum finding_reason reason[1 << LOCKS]; /* of notes */
};

static uint64_t tried, with_cycles, warnings, notes[REASON_TIMED + 1], impossible;

static const char *name_of(unsigned locks)
{
    static char name[LOCKS + 1];
    int n = 0;
    for (int l = 0; l < LOCKS; l++)
        if ((locks & 1u << l) != 0)
            name[n++] = (char)('a' + l);
    name[n] = 0;
    return name;
}

#define EXPECT(trial, locks, condition)                                                                                \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            print_program((trial)->p);                                                                                 \
            fail_msg("SEED=%llu: cycle %s: not so: %s", (unsigned long long)(trial)->seed, name_of(locks),             \
                     #condition);                                                                                      \
        }                                                                                                              \
    } while (0)

static bool take_finding(void *context, const struct finding *f)
{
    struct trial *c = context;
    unsigned locks = 0;
    for (uint32_t i = 0; i < f->cycle; i++) {
        const struct side *s = &f->side[i], *next = &f->side[(i + 1) % f->cycle];
        uint32_t l = 0;
        while (c->r->lock[l] != s->held)
            l++;
        EXPECT(c, 0, s->want.lock == next->held);
        locks |= 1u << l;
    }
    if (f->severity == SEVERITY_WARNING) {
        c->warned[locks] = true;
        c->warnings++;
        for (uint32_t i = 0; i < f->cycle; i++)
            for (uint32_t k = 0; k < i; k++)
                EXPECT(c, locks, f->side[i].serial != f->side[k].serial);
    } else
        c->reason[locks] = f->reason;
    return true;
}

static bool is_reported(const struct trial *c, unsigned locks)
{
    for (unsigned part = locks; part != 0; part = (part - 1) & locks)
        if (c->warned[part])
            return true;
    return false;
}

/* Whether a lock of a cycle is read again where that is not without danger: it is reported besides. */
static bool has_reread(const struct trial *c, unsigned locks)
{
    for (unsigned l = 0; l < LOCKS; l++)
        if ((locks & 1u << l) != 0 && locks != 1u << l && (c->warned[1u << l] || c->reason[1u << l] != REASON_NONE))
            return true;
    return false;
}

/* What each reason says is that the cycle could be but for that. */
static void check_notes(const struct trial *c, const struct model *m, bool any)
{
    static struct model patient, free_for_all;
    bool done = any && explore(&patient, c->p, WITHOUT_TIME_OUTS) &&
                explore(&free_for_all, c->p, WITHOUT_TIME_OUTS | WITHOUT_THREADS);
    for (unsigned locks = 1; locks < 1 << LOCKS && done; locks++) {
        enum finding_reason reason = c->reason[locks];
        if (reason == REASON_NONE || has_reread(c, locks))
            continue;
        EXPECT(c, locks, !m->cycle[locks]);
        EXPECT(c, locks, patient.cycle[locks] == (reason == REASON_TIMED));
        EXPECT(c, locks, free_for_all.cycle[locks] == (reason == REASON_TIMED || reason == REASON_ORDERED));
        notes[reason]++;
    }
}

static void try_program(uint64_t seed, bool wild)
{
    static struct program p;
    static struct model m;
    static struct run r;
    struct trial c = {.p = &p, .r = &r, .seed = seed};
    chance_state = seed;
    make_program(&p, wild);
    if (!run(&r, &p))
        return;
    if (getenv("SEED") != NULL)
        print_program(&p);
    if (!r.f.full && explore(&m, &p, 0)) {
        bool any = false, some_note = false;
        const struct orders_world world = {.record = &r.f.record};
        struct orders_result result = orders_judge(&world, take_finding, &c);
        EXPECT(&c, 0, result.complete);
        for (unsigned locks = 1; locks < 1 << LOCKS; locks++) {
            if (m.cycle[locks])
                EXPECT(&c, locks, is_reported(&c, locks));
            if (c.warned[locks] && !wild)
                EXPECT(&c, locks, m.cycle[locks]);
            impossible += c.warned[locks] && !m.cycle[locks];
            any = any || m.cycle[locks];
            some_note = some_note || c.reason[locks] != REASON_NONE;
        }
        if (!wild)
            check_notes(&c, &m, some_note);
        tried++;
        warnings += c.warnings;
        with_cycles += any;
    }
    forged_end(&r.f);
}

/* Every seed of a test, or the one that SEED names. */
static void each_seed(uint64_t from, uint64_t count, bool wild)
{
    const char *one = getenv("SEED");
    tried = with_cycles = warnings = impossible = 0;
    memset(notes, 0, sizeof notes);
    for (uint64_t seed = from; seed < from + count; seed++)
        if (one == NULL || strtoull(one, NULL, 10) == seed)
            try_program(seed, wild);
    if (getenv("VERBOSE") != NULL)
        print_message("%llu programs, %llu can hang, %llu warnings, %llu of them impossible; notes: %llu guarded, %llu "
                      "single-thread, %llu ordered, %llu timed\n",
                      (unsigned long long)tried, (unsigned long long)with_cycles, (unsigned long long)warnings,
                      (unsigned long long)impossible, (unsigned long long)notes[REASON_GUARDED],
                      (unsigned long long)notes[REASON_SINGLE_THREAD], (unsigned long long)notes[REASON_ORDERED],
                      (unsigned long long)notes[REASON_TIMED]);
    if (one != NULL)
        return;
    assert_true(with_cycles >= tried / 10 && with_cycles <= tried * 9 / 10); /* else the programs say little */
    assert_true(impossible * 20 <= warnings);
}

static void test_sections(void **state)
{
    (void)state;
    each_seed(1, rounds(1000), false);
}

static void test_wild(void **state)
{
    (void)state;
    each_seed(1000000, rounds(500), true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sections), cmocka_unit_test(test_wild)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Who can never go on, held against a model that knows nothing of records, graphs and components: it takes the table of
 * who may wake whom literally and tries every set of threads. Random worlds of threads, mutexes, semaphores and joins;
 * `SEED=123 deadlock_model_test` does one of them, and prints it.
 */
#include "detect/deadlock/deadlock.h"
#include "detect/deadlock/first_look.h"
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

/* --- a world, in plain words --- */

enum { THREADS = 60, LOCKS = 24, HELD = 12, POSTERS = 6, NOBODY = -1 };

enum life { GONE, STARTING, RUNNING, ENDED };
enum use { SEM_NEVER, SEM_LOCK, SEM_SIGNAL };

struct poster {
    int who;          /* a thread of the world; NOBODY: one whose place in the table another has by now */
    int maker;        /* of one that is NOBODY; NOBODY: it has ended, too */
    bool maker_there; /* whether the maker's place in the table is still its own */
};

struct thing {
    bool semaphore;
    bool robust;
    enum use use;
    bool first_known, shared, unknown_waker, unreadable;
    unsigned first, now;
    struct poster poster[POSTERS];
    int posters;
};

struct thread_ref {
    enum life life;
    int maker;
    bool blocked, timed, lost; /* lost: what it waits for is in no table */
    int lock, joins;           /* what it waits for: one of them, the other is NOBODY */
    bool joins_other;          /* the one it joins had the place in the table before `joins` */
    int held[HELD], helds;     /* outermost first */
};

struct world {
    struct thread_ref t[THREADS];
    struct thing l[LOCKS];
    int threads, locks;
    bool other_wakers, cancels, alone, asks_semaphores;
};

static int any_thread(const struct world *w)
{
    return (int)chance((uint32_t)w->threads);
}

static void make_semaphore(struct world *w, struct thing *s)
{
    s->semaphore = true;
    s->use = chance(3);
    s->first_known = !one_in(5);
    s->shared = one_in(12);
    s->unknown_waker = one_in(15);
    s->unreadable = one_in(20);
    s->posters = s->use == SEM_SIGNAL ? (int)chance(4) : 0;
    for (int i = 0; i < s->posters; i++) {
        bool gone = one_in(5);
        s->poster[i] = (struct poster){gone ? NOBODY : any_thread(w), any_thread(w), !one_in(4)};
    }
}

static void hold(struct world *w, int t, int l)
{
    struct thread_ref *p = &w->t[t];
    if (p->helds < HELD)
        p->held[p->helds++] = l;
}

static void block(struct world *w, struct thread_ref *p)
{
    p->blocked = true;
    p->timed = one_in(10);
    p->lost = one_in(40);
    if (one_in(5)) {
        p->joins = any_thread(w);
        p->joins_other = one_in(15);
    } else {
        p->lock = (int)chance((uint32_t)w->locks);
    }
}

/* `only_owners`: nothing but plain mutexes and joins. `busy`: few threads run, so that much is deadlocked. */
static void make_world(struct world *w, int threads, int locks, bool only_owners)
{
    uint32_t idle = 2 + chance(12);
    memset(w, 0, sizeof *w);
    w->threads = threads;
    w->locks = locks;
    w->other_wakers = one_in(4);
    w->cancels = one_in(4);
    w->alone = one_in(4);
    w->asks_semaphores = !one_in(5);
    for (int i = 0; i < threads; i++) {
        struct thread_ref *p = &w->t[i];
        p->lock = p->joins = NOBODY;
        p->maker = i == 0 ? NOBODY : (int)chance((uint32_t)i);
        p->life = one_in(8) ? ENDED : one_in(20) ? GONE : one_in(20) ? STARTING : RUNNING;
        if (p->life == RUNNING && !one_in(idle))
            block(w, p);
        if (only_owners)
            p->lost = false;
    }
    for (int i = 0; i < locks; i++) {
        struct thing *l = &w->l[i];
        unsigned units = 0;
        if (!only_owners && one_in(2)) {
            make_semaphore(w, l);
            for (units = 0; units < 3 && !one_in(3); units++)
                hold(w, any_thread(w), i);
        } else if (!one_in(8)) {
            int owner = any_thread(w);
            l->robust = !only_owners && one_in(6);
            hold(w, owner, i);
            if (one_in(6))
                hold(w, owner, i);
        }
        /* Most of the time the numbers add up. */
        unsigned held = 0;
        for (int t = 0; t < threads; t++)
            for (int h = 0; h < w->t[t].helds; h++)
                held += w->t[t].held[h] == i && w->t[t].life != GONE;
        l->now = one_in(6) ? chance(3) : 0;
        l->first = one_in(8) ? chance(4) : held + l->now;
    }
}

static void print_world(const struct world *w)
{
    static const char *const lives[] = {"gone", "starting", "runs", "ended"};
    static const char *const uses[] = {"never posted", "lock", "signal"};
    print_message("other_wakers %d cancels %d alone %d asks %d\n", w->other_wakers, w->cancels, w->alone,
                  w->asks_semaphores);
    for (int i = 0; i < w->locks; i++) {
        const struct thing *l = &w->l[i];
        print_message("  L%d %s", i, l->semaphore ? uses[l->use] : l->robust ? "robust mutex" : "mutex");
        if (l->semaphore)
            print_message("%s first %u now %u%s%s%s", l->first_known ? "" : " not-known", l->first, l->now,
                          l->shared ? " shared" : "", l->unknown_waker ? " waker-unknown" : "",
                          l->unreadable ? " unreadable" : "");
        for (int p = 0; p < l->posters; p++)
            print_message(" poster(%d maker %d %d)", l->poster[p].who, l->poster[p].maker, l->poster[p].maker_there);
        print_message("\n");
    }
    for (int i = 0; i < w->threads; i++) {
        const struct thread_ref *p = &w->t[i];
        print_message("  T%d by %d %s", i, p->maker, lives[p->life]);
        if (p->blocked)
            print_message(" wants %c%d%s%s%s", p->lock != NOBODY ? 'L' : 'T', p->lock != NOBODY ? p->lock : p->joins,
                          p->timed ? " timed" : "", p->lost ? " lost" : "", p->joins_other ? " (another)" : "");
        for (int h = 0; h < p->helds; h++)
            print_message(" holds L%d", p->held[h]);
        print_message("\n");
    }
}

/* --- the model --- */

typedef uint64_t set; /* of threads */

static set only(int t)
{
    return (set)1 << t;
}

static bool in(set s, int t)
{
    return (s & only(t)) != 0;
}

/* What is known, and what must be: see the table "Who can never go on". */
enum level { SEEN, CERTAIN };

struct model {
    const struct world *w;
    set live, waits;     /* waits: for good, unless somebody wakes it */
    set wakers[THREADS]; /* who may wake it, at level SEEN */
    set anyway[2];       /* goes on whatever the others do */
    set must[THREADS];   /* who may wake it, at level CERTAIN */
    set unknowable;      /* waits for a signal, and nobody can tell whether it was not just sent */
    set unconfirmed;     /* waits for what is taken for a lock, though nobody posted it yet */
    set found_lock;      /* waits for what is held */
    set reach[THREADS];  /* all that it waits for, directly or not, itself included */
    set stuck, stuck_for_sure;
    set core[THREADS]; /* of a stuck thread: the smallest stuck set that it is part of; 0: it waits behind one */
};

static bool holds(const struct world *w, int t, int l)
{
    for (int h = 0; h < w->t[t].helds; h++)
        if (w->t[t].held[h] == l)
            return true;
    return false;
}

static bool is_live(const struct world *w, int t)
{
    return w->t[t].life == RUNNING || w->t[t].life == STARTING;
}

static bool waits_for_good(const struct world *w, int t)
{
    const struct thread_ref *p = &w->t[t];
    return p->life == RUNNING && p->blocked && !p->timed && !p->lost;
}

/* Who stands for a thread that has posted: itself, or if it ended, whoever made it. NOBODY: nobody known. */
static int stands_for(const struct world *w, int t)
{
    while (t != NOBODY && !is_live(w, t))
        t = w->t[t].maker;
    return t;
}

/* Who may post a signal: whoever did so far. False: nobody but those who wait for it themselves, or it cannot be said.
 */
static bool posters_of(const struct world *w, int l, set *who)
{
    const struct thing *s = &w->l[l];
    bool another = false;
    *who = 0;
    for (int i = 0; i < s->posters; i++) {
        const struct poster *p = &s->poster[i];
        int t = p->who != NOBODY ? stands_for(w, p->who) : p->maker_there ? stands_for(w, p->maker) : NOBODY;
        if (t == NOBODY)
            return false;
        another |= !waits_for_good(w, t) || w->t[t].lock != l;
        *who |= only(t);
    }
    return another;
}

static unsigned units_held(const struct world *w, int l)
{
    unsigned units = 0;
    for (int t = 0; t < w->threads; t++)
        for (int h = 0; h < w->t[t].helds; h++)
            units += w->t[t].held[h] == l && w->t[t].life != GONE;
    return units;
}

/* A semaphore is used as a lock: all its units are accounted for, and it is not known to be a signal. */
static bool used_as_lock(const struct world *w, int l)
{
    const struct thing *s = &w->l[l];
    unsigned units = units_held(w, l), now = w->asks_semaphores ? s->now : 0;
    if (s->use == SEM_SIGNAL || units == 0 || (w->asks_semaphores && s->unreadable))
        return false;
    if (s->first_known && s->first != units + now)
        return false;
    if (s->use == SEM_LOCK)
        return true;
    for (int t = 0; t < w->threads; t++)
        if (holds(w, t, l) && ((waits_for_good(w, t) && w->t[t].lock == l) || (s->shared && w->t[t].life == ENDED)))
            return false; /* another process may release what one ended with */
    return s->first_known && s->first == 1;
}

static set holders(const struct model *m, int l)
{
    set s = 0;
    for (int t = 0; t < m->w->threads; t++)
        if (in(m->live, t) && holds(m->w, t, l))
            s |= only(t);
    return s;
}

static void model_mutex(struct model *m, int t, int l)
{
    bool owned = false, owner_died = false;
    for (int o = 0; o < m->w->threads; o++)
        if (m->w->t[o].life != GONE && holds(m->w, o, l))
            owned = true, owner_died |= m->w->t[o].life == ENDED;
    m->wakers[t] = m->must[t] = holders(m, l);
    m->found_lock |= only(t);
    if (!owned || (owner_died && m->w->l[l].robust))
        m->anyway[SEEN] |= only(t), m->anyway[CERTAIN] |= only(t);
}

static void model_semaphore(struct model *m, int t, int l)
{
    const struct thing *s = &m->w->l[l];
    bool from_outside = s->shared || (m->w->other_wakers && !m->w->alone);
    m->must[t] = m->live;
    if (from_outside)
        m->anyway[CERTAIN] |= only(t);
    if (!m->w->asks_semaphores && s->use != SEM_SIGNAL && s->first_known && units_held(m->w, l) < s->first) {
        m->anyway[SEEN] |= only(t), m->anyway[CERTAIN] |= only(t); /* a unit is somewhere */
        return;
    }
    if (used_as_lock(m->w, l)) {
        m->wakers[t] = holders(m, l);
        m->found_lock |= only(t);
        m->unconfirmed |= s->use == SEM_NEVER ? only(t) : 0;
        return;
    }
    m->unknowable |= m->w->asks_semaphores ? 0 : only(t);
    if (s->unknown_waker)
        m->anyway[SEEN] |= only(t);
    else if (s->use != SEM_SIGNAL || !posters_of(m->w, l, &m->wakers[t])) {
        m->wakers[t] = m->live;
        m->anyway[SEEN] |= from_outside ? only(t) : 0;
    }
}

static void model_join(struct model *m, int t)
{
    const struct thread_ref *p = &m->w->t[t];
    if (p->joins_other || !in(m->live, p->joins))
        m->anyway[SEEN] |= only(t), m->anyway[CERTAIN] |= only(t);
    else
        m->wakers[t] = m->must[t] = only(p->joins);
}

/* A wait that is a cancellation point: whoever runs may end it, so it can be likely that it never ends, not certain. */
static void model_cancel(struct model *m, int t)
{
    const struct thread_ref *p = &m->w->t[t];
    if (!m->w->cancels || m->w->alone || (p->joins == NOBODY && !m->w->l[p->lock].semaphore))
        return;
    m->must[t] |= m->live;
    m->anyway[CERTAIN] |= m->w->other_wakers ? only(t) : 0;
}

/* Whether all of `s` can never go on by themselves, though everybody else did. */
static bool is_stuck(const struct model *m, set s, enum level level)
{
    for (int t = 0; t < m->w->threads; t++)
        if (in(s, t) && (in(m->anyway[level], t) || ((level == SEEN ? m->wakers : m->must)[t] & ~s) != 0))
            return false;
    return true;
}

/* The largest stuck set: strike who may go on, until nobody may. */
static set largest_stuck(const struct model *m, enum level level)
{
    set s = m->waits;
    for (bool changed = true; changed;) {
        changed = false;
        for (int t = 0; t < m->w->threads; t++)
            if (in(s, t) && (in(m->anyway[level], t) || ((level == SEEN ? m->wakers : m->must)[t] & ~s) != 0))
                s &= ~only(t), changed = true;
    }
    return s;
}

static void model_make(struct model *m, const struct world *w)
{
    memset(m, 0, sizeof *m);
    m->w = w;
    for (int t = 0; t < w->threads; t++) {
        m->live |= is_live(w, t) ? only(t) : 0;
        m->waits |= waits_for_good(w, t) ? only(t) : 0;
    }
    for (int t = 0; t < w->threads; t++) {
        if (!in(m->waits, t))
            continue;
        if (w->t[t].joins != NOBODY)
            model_join(m, t);
        else if (w->l[w->t[t].lock].semaphore)
            model_semaphore(m, t, w->t[t].lock);
        else
            model_mutex(m, t, w->t[t].lock);
        model_cancel(m, t);
    }
    m->stuck = largest_stuck(m, SEEN);
    m->stuck_for_sure = largest_stuck(m, CERTAIN);
    for (int t = 0; t < w->threads; t++) {
        m->reach[t] = only(t);
        for (int i = 0; i < w->threads; i++)
            for (int o = 0; o < w->threads; o++)
                if (in(m->reach[t], o) && in(m->waits, o))
                    m->reach[t] |= m->wakers[o];
    }
    for (int t = 0; t < w->threads; t++) {
        bool smallest = in(m->stuck, t);
        for (int o = 0; o < w->threads; o++)
            smallest &= !in(m->reach[t], o) || m->reach[o] == m->reach[t];
        m->core[t] = smallest ? m->reach[t] : 0;
    }
}

/* The same, by trying all the sets there are. */
static void model_check(const struct model *m)
{
    set stuck = 0, stuck_for_sure = 0, minimal[1 << 8];
    int count = 0;
    for (set s = 1; s < only(m->w->threads); s++) {
        if ((s & ~m->waits) != 0)
            continue;
        if (is_stuck(m, s, CERTAIN))
            stuck_for_sure |= s;
        if (!is_stuck(m, s, SEEN))
            continue;
        stuck |= s;
        bool smallest = true; /* a set comes after all that are part of it */
        for (int i = 0; i < count; i++)
            smallest &= (minimal[i] & ~s) != 0;
        if (smallest)
            minimal[count++] = s;
    }
    assert_true(stuck == m->stuck);
    assert_true(stuck_for_sure == m->stuck_for_sure);
    set cores = 0;
    for (int i = 0; i < count; i++) {
        cores |= minimal[i];
        for (int t = 0; t < m->w->threads; t++)
            assert_true(!in(minimal[i], t) || m->core[t] == minimal[i]);
    }
    for (int t = 0; t < m->w->threads; t++)
        assert_true(m->core[t] == 0 || in(cores, t));
}

/* --- the same world, as a record --- */

enum { MEMORY = 1 << 20 };

static struct {
    char bytes[MEMORY] __attribute__((aligned(4096)));
    size_t used;
} memory;

static void *more_memory(void *context, size_t size, uint64_t *offset)
{
    (void)context;
    if (memory.used + size > MEMORY)
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

static uint32_t add_item(struct record *r, enum record_table_id table, const void *item)
{
    uint32_t id = record_reserve(r, table, 1);
    assert_int_not_equal(id, 0);
    record_commit(r, table, id, 1);
    memcpy(record_item(r, table, id), item, record_item_size[table]);
    return id;
}

/* Ids and serials are not the numbers of the world, so that nobody takes one for the other. */
static uint32_t id_of(int t)
{
    return (uint32_t)t + 1;
}

static uint32_t serial_of(int t)
{
    return (uint32_t)t * 3 + 1;
}

static uint32_t lock_id(int l)
{
    return (uint32_t)l + 1;
}

static uint64_t address_of(int l)
{
    return 0x10000 + (uint64_t)l * 40;
}

static int lock_at(uint64_t address)
{
    return (int)((address - 0x10000) / 40);
}

static void put_posts(struct record *r, const struct thing *s, struct lock *lock, int l)
{
    for (int i = 0; i < s->posters; i++) {
        const struct poster *from = &s->poster[i];
        struct post p = {.lock = lock_id(l), .next = lock->first_post};
        if (from->who != NOBODY) {
            p.thread = id_of(from->who);
            p.serial = serial_of(from->who);
        } else {
            p.thread = id_of(from->maker); /* whoever has the place by now, it is not the poster */
            p.serial = 1000;
            p.creator_id = id_of(from->maker);
            p.creator = from->maker_there ? serial_of(from->maker) : 1001;
        }
        lock->first_post = add_item(r, TABLE_POSTS, &p);
    }
}

static void put_locks(struct record *r, const struct world *w)
{
    for (int l = 0; l < w->locks; l++) {
        const struct thing *from = &w->l[l];
        struct lock lock = {.address = address_of(l), .kind = from->semaphore ? KIND_SEMAPHORE : KIND_MUTEX};
        uint32_t traits = from->robust ? TRAIT_ROBUST : 0;
        if (from->semaphore) {
            traits = (from->use == SEM_SIGNAL ? TRAIT_EVENT
                      : from->use == SEM_LOCK ? TRAIT_POSTED
                                              : 0) |
                     (from->shared ? TRAIT_SHARED : 0) | (from->unknown_waker ? TRAIT_WAKER_UNKNOWN : 0) |
                     (from->first_known ? TRAIT_VALUE_KNOWN : 0);
            lock.value = from->first;
            put_posts(r, from, &lock, l);
        }
        lock.traits = traits;
        assert_int_equal(add_item(r, TABLE_LOCKS, &lock), lock_id(l));
    }
}

static uint32_t put_path(struct record *r, const struct thread_ref *p)
{
    uint32_t path = 0;
    for (int h = 0; h < p->helds; h++) {
        struct hold hold = {
            .address = address_of(p->held[h]), .parent = path, .lock = lock_id(p->held[h]), .depth = (uint32_t)h + 1};
        path = add_item(r, TABLE_HOLDS, &hold);
    }
    return path;
}

static struct want want_of(const struct world *w, const struct thread_ref *p)
{
    struct want want = {.how = p->timed ? WANT_TIMED : 0, .since = 1};
    if (p->joins != NOBODY) {
        want.kind = KIND_THREAD;
        want.thread = p->lost ? 0 : id_of(p->joins);
        want.thread_serial = p->joins_other ? 1000 : serial_of(p->joins);
    } else {
        want.kind = w->l[p->lock].semaphore ? KIND_SEMAPHORE : KIND_MUTEX;
        want.address = address_of(p->lock);
        want.lock = p->lost ? 0 : lock_id(p->lock);
    }
    return want;
}

static void put_threads(struct record *r, const struct world *w)
{
    static const enum thread_state states[] = {THREAD_NONE, THREAD_STARTING, THREAD_RUNNING, THREAD_ENDED};
    for (int t = 0; t < w->threads; t++) {
        const struct thread_ref *p = &w->t[t];
        struct thread slot = {.serial = serial_of(t), .tid = 5000 + (uint32_t)t, .sequence = 2 * chance(50)};
        slot.state = states[p->life];
        if (p->maker != NOBODY)
            slot.creator_id = id_of(p->maker), slot.creator = serial_of(p->maker);
        if (p->helds == 1 && !p->blocked && one_in(2))
            slot.held_end = sizeof slot.held[0]; /* no node yet */
        else
            slot.path = put_path(r, p);
        if (slot.held_end != 0)
            slot.held[1].address = address_of(p->held[0]);
        if (p->blocked)
            slot.want = want_of(w, p);
        else /* what it wanted last time */
            slot.want = want_of(w, &(struct thread_ref){.lock = (int)chance((uint32_t)w->locks), .joins = NOBODY});
        slot.want.path = slot.path; /* or a signal handler would be at work */
        slot.sequence += p->blocked;
        snprintf(slot.name, sizeof slot.name, "t-%d", t);
        assert_int_equal(add_item(r, TABLE_THREADS, &slot), id_of(t));
    }
}

/* What only the process can tell, said by the world. */
static const struct world *here;

static bool tell_semaphore(const struct lock *lock, uint32_t *value, uint32_t *waiting)
{
    const struct thing *s = &here->l[lock_at(lock->address)];
    *value = s->now;
    *waiting = THREADS;
    return !s->unreadable;
}

static uint32_t tell_owner(const struct want *want)
{
    for (int t = 0; t < here->threads; t++)
        if (here->t[t].life != GONE && holds(here, t, lock_at(want->address)))
            return 5000 + (uint32_t)t;
    return 0;
}

static uint32_t tell_thread(uint32_t tid)
{
    return tid >= 5000 ? tid - 5000 + 1 : 0;
}

static struct deadlock_world put_world(struct record *r, const struct world *w)
{
    begin_record(r);
    put_locks(r, w);
    put_threads(r, w);
    r->header->other_wakers =
        (w->other_wakers ? OTHER_WAKER_FOREIGN_THREAD : 0) | (w->cancels ? OTHER_WAKER_CANCELS : 0);
    here = w;
    return (struct deadlock_world){.record = r,
                                   .alone = w->alone,
                                   .semaphore = w->asks_semaphores ? tell_semaphore : NULL,
                                   .owner = tell_owner,
                                   .thread = tell_thread};
}

/* --- the comparison --- */

struct trial {
    const struct model *m;
    const struct record *r;
    uint64_t seed;
    set reported;           /* threads of all findings */
    unsigned count, wanted; /* findings seen, and after how many it says that it has seen enough */
};

#define EXPECT(trial, condition)                                                                                       \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            print_world((trial)->m->w);                                                                                \
            fail_msg("SEED=%llu: not so: %s", (unsigned long long)(trial)->seed, #condition);                          \
        }                                                                                                              \
    } while (0)

static int thread_of(const struct side *side)
{
    return (int)side->thread - 1;
}

/* The length of the shortest cycle through `start`; a thread that may wake itself by chance is no cycle. */
static uint32_t shortest_cycle(const struct model *m, int start)
{
    const struct thread_ref *p = &m->w->t[start];
    set seen = 0, now = only(start);
    bool has =
        p->joins == start || (p->lock != NOBODY && m->w->l[p->lock].use != SEM_SIGNAL && holds(m->w, start, p->lock));
    if (has && in(m->wakers[start], start))
        return 1;
    for (uint32_t length = 1; now != 0; length++) {
        set next = 0;
        for (int t = 0; t < m->w->threads; t++)
            if (in(now, t))
                next |= m->wakers[t] & ~(t == start ? only(start) : 0);
        if (in(next, start))
            return length;
        now = next & ~seen & m->core[start];
        seen |= next;
    }
    return 0;
}

static void check_side(const struct trial *c, const struct finding *f, uint32_t i)
{
    const struct side *side = &f->side[i];
    const struct thread *t = record_thread(c->r, side->thread);
    EXPECT(c, t != NULL);
    if (t == NULL)
        return;
    EXPECT(c, side->serial == t->serial && side->sequence == t->sequence && side->path == t->path);
    EXPECT(c, memcmp(&side->want, &t->want, sizeof t->want) == 0 && strcmp(side->name, t->name) == 0);
    if (i >= f->cycle) {
        EXPECT(c, side->held == 0);
        return;
    }
    /* side i has what the one before it wants */
    const struct model *m = c->m;
    int here_is = thread_of(side), before = thread_of(&f->side[i > 0 ? i - 1 : f->cycle - 1]);
    int lock = m->w->t[before].lock;
    bool had =
        lock != NOBODY && m->w->l[lock].use != SEM_SIGNAL && (in(m->found_lock, before) || holds(m->w, here_is, lock));
    EXPECT(c, in(m->wakers[before], here_is));
    EXPECT(c, side->held == (had ? lock_id(lock) : 0));
}

/* Threads that wait for the same thing of somebody who ended are as one: one finding tells of them all. */
static set same_core(const struct model *m, int t)
{
    set s = m->core[t];
    for (int o = 0; o < m->w->threads; o++)
        if (m->core[o] != 0 && m->wakers[t] == 0 && m->wakers[o] == 0 && m->w->t[o].lock == m->w->t[t].lock)
            s |= m->core[o];
    return s;
}

static bool check_finding(void *context, const struct finding *f)
{
    struct trial *c = context;
    const struct model *m = c->m;
    set members = 0, behind = 0;
    EXPECT(c, f->kind == FINDING_DEADLOCK && f->when == 0 && f->sides > 0 && f->cycle <= f->sides);
    for (uint32_t i = 0; i < f->sides; i++) {
        EXPECT(c, thread_of(&f->side[i]) >= 0 && thread_of(&f->side[i]) < m->w->threads);
        EXPECT(c, !in(members, thread_of(&f->side[i])));
        members |= only(thread_of(&f->side[i]));
        check_side(c, f, i);
    }
    int first = thread_of(&f->side[0]);
    set together = same_core(m, first);
    EXPECT(c, m->core[first] == members);
    EXPECT(c, (together & c->reported) == 0);
    EXPECT(c, f->cycle == shortest_cycle(m, first));
    bool certain = (members & ~m->stuck_for_sure) == 0;
    EXPECT(c, f->confidence == (certain ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY));
    EXPECT(c, f->severity == (certain ? SEVERITY_ERROR : SEVERITY_WARNING));
    bool unknowable = (members & m->unknowable) != 0;
    EXPECT(c, f->unconfirmed == (unknowable || (!certain && (members & m->unconfirmed) != 0)));
    for (int t = 0; t < m->w->threads; t++)
        if (in(m->stuck, t) && !in(members, t) && (m->reach[t] & together) != 0)
            behind |= only(t);
    EXPECT(c, f->behind == (uint32_t)__builtin_popcountll(behind));
    c->reported |= members;
    return ++c->count != c->wanted;
}

/* What must be reported: every core, of those that are as one the first. */
static void check_all_reported(const struct trial *c)
{
    const struct model *m = c->m;
    unsigned count = 0;
    set seen = 0;
    for (int t = 0; t < m->w->threads; t++)
        if (m->core[t] != 0 && !in(seen, t)) {
            seen |= same_core(m, t);
            count++;
            EXPECT(c, (c->reported & same_core(m, t)) != 0);
        }
    EXPECT(c, c->count == count);
}

static uint64_t tried_worlds, deadlocked_worlds;

static void judge_world(uint64_t seed, int most_threads, int most_locks)
{
    static struct world w;
    static struct model m;
    struct record r;
    chance_state = seed;
    make_world(&w, 1 + (int)chance((uint32_t)most_threads), 1 + (int)chance((uint32_t)most_locks), false);
    model_make(&m, &w);
    if (w.threads <= 8)
        model_check(&m);
    struct deadlock_world world = put_world(&r, &w);
    struct trial c = {.m = &m, .r = &r, .seed = seed};
    unsigned count = deadlock_judge(&world, check_finding, &c);
    EXPECT(&c, count == c.count);
    check_all_reported(&c);
    tried_worlds++;
    deadlocked_worlds += count > 0;
    if (count < 2)
        return;
    struct trial first = {.m = &m, .r = &r, .seed = seed, .wanted = 1};
    EXPECT(&first, deadlock_judge(&world, check_finding, &first) == 1 && first.count == 1);
}

/* Every seed of a test, or the one that SEED names. */
static void each_seed(uint64_t from, uint64_t count, void (*try)(uint64_t seed))
{
    const char *one = getenv("SEED");
    if (one != NULL) {
        uint64_t seed = strtoull(one, NULL, 10);
        if (seed >= from && seed < from + count)
            try(seed);
        return;
    }
    for (uint64_t seed = from; seed < from + count; seed++)
        try(seed);
}

static void try_small(uint64_t seed)
{
    judge_world(seed, 8, 6);
}

static void try_large(uint64_t seed)
{
    judge_world(seed, THREADS, LOCKS);
}

static void test_judge_small_worlds(void **state)
{
    (void)state;
    tried_worlds = deadlocked_worlds = 0;
    each_seed(1, rounds(20000), try_small);
    if (getenv("SEED") == NULL)
        assert_true(deadlocked_worlds >= tried_worlds / 4 &&
                    deadlocked_worlds <= tried_worlds * 3 / 4); /* else the worlds say little */
}

static void test_judge_large_worlds(void **state)
{
    (void)state;
    each_seed(1000000, rounds(1500), try_large);
}

/* --- the first look --- */

static void try_look(uint64_t seed)
{
    static struct world w;
    static struct model m;
    struct record r;
    chance_state = seed;
    make_world(&w, 1 + (int)chance(one_in(4) ? 40 : 8), 1 + (int)chance(8), true);
    model_make(&m, &w);
    struct deadlock_world world = put_world(&r, &w);
    struct trial c = {.m = &m, .r = &r, .seed = seed};
    for (int t = 0; t < w.threads; t++) {
        enum first_look look = in(m.live, t) ? first_look_from(&world, id_of(t)) : LOOK_FREE;
        if (in(m.live, t))
            EXPECT(&c, look == (in(m.stuck, t) ? LOOK_CYCLE : LOOK_FREE));
    }
}

static void test_look(void **state)
{
    (void)state;
    each_seed(2000000, rounds(10000), try_look);
}

/* A semaphore is more than a look can tell. */
static void test_look_at_semaphore(void **state)
{
    static struct world w;
    struct record r;
    (void)state;
    memset(&w, 0, sizeof w);
    w.threads = w.locks = 1;
    w.l[0].semaphore = true;
    w.t[0] = (struct thread_ref){.life = RUNNING, .maker = NOBODY, .blocked = true, .joins = NOBODY};
    struct deadlock_world world = put_world(&r, &w);
    assert_int_equal(first_look_from(&world, 1), LOOK_DEEPER);
    w.t[0].timed = true;
    world = put_world(&r, &w);
    assert_int_equal(first_look_from(&world, 1), LOOK_FREE);
}

/* --- whether it stood still --- */

static uint32_t units_now, waiting_now;

static bool tell_numbers(const struct lock *lock, uint32_t *value, uint32_t *waiting)
{
    (void)lock;
    *value = units_now;
    *waiting = waiting_now;
    return true;
}

struct still {
    const struct deadlock_world *w;
    struct record *r;
};

static bool check_still(void *context, const struct finding *f)
{
    const struct still *s = context;
    struct deadlock_world w = *s->w;
    assert_true(deadlock_stood_still(&w, f)); /* nothing is known of the semaphores */

    w.semaphore = tell_numbers;
    units_now = 0, waiting_now = 2;
    assert_true(deadlock_stood_still(&w, f));
    waiting_now = 1; /* one of the two was granted a unit, and has not said so */
    assert_false(deadlock_stood_still(&w, f));
    w.outside = address_of(0); /* no, it is the one that asks */
    assert_true(deadlock_stood_still(&w, f));
    w.outside = address_of(1);
    assert_false(deadlock_stood_still(&w, f));
    units_now = 1, waiting_now = 2;
    assert_false(deadlock_stood_still(&w, f));

    w.semaphore = NULL;
    struct thread *t = record_thread(s->r, f->side[1].thread);
    t->sequence += 2;
    assert_false(deadlock_stood_still(&w, f));
    t->sequence -= 2;
    t->serial++;
    assert_false(deadlock_stood_still(&w, f));
    t->serial--;
    assert_true(deadlock_stood_still(&w, f));
    return true;
}

/* Two threads that hold one unit each of a semaphore of two, and want another one. */
static void test_stood_still(void **state)
{
    static struct world w;
    struct record r;
    (void)state;
    memset(&w, 0, sizeof w);
    w.threads = 2;
    w.locks = 1;
    w.l[0] = (struct thing){.semaphore = true, .use = SEM_LOCK, .first_known = true, .first = 2};
    for (int t = 0; t < 2; t++) {
        w.t[t] = (struct thread_ref){.life = RUNNING, .maker = NOBODY, .blocked = true, .joins = NOBODY};
        hold(&w, t, 0);
    }
    struct deadlock_world world = put_world(&r, &w);
    struct still s = {&world, &r};
    assert_int_equal(deadlock_judge(&world, check_still, &s), 1);
}

/* --- damaged records --- */

static bool count_on(void *context, const struct finding *f)
{
    unsigned *sides = context;
    *sides += f->sides;
    return true;
}

/* Nothing that a file may say makes it go out of bounds or on for ever; the sanitizers watch. */
static void try_damaged(uint64_t seed)
{
    static const enum record_table_id tables[] = {TABLE_THREADS, TABLE_LOCKS, TABLE_HOLDS, TABLE_POSTS};
    static struct world w;
    struct record r;
    unsigned sides = 0;
    chance_state = seed;
    make_world(&w, 1 + (int)chance(8), 1 + (int)chance(6), false);
    struct deadlock_world world = put_world(&r, &w);
    world.semaphore = NULL; /* a file has no process to ask */
    for (uint32_t hits = 1 + chance(20); hits > 0; hits--) {
        enum record_table_id table = tables[chance(4)];
        if (record_used(&r, table) < 2)
            continue;
        char *item = record_item(&r, table, 1 + chance(record_used(&r, table) - 1));
        uint32_t at = chance(record_item_size[table] / 4) * 4;
        uint32_t junk = one_in(2) ? chance(10) : chance(UINT32_MAX);
        memcpy(item + at, &junk, sizeof junk);
    }
    deadlock_judge(&world, count_on, &sides);
}

static void test_judge_damaged(void **state)
{
    (void)state;
    each_seed(3000000, rounds(800), try_damaged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge_small_worlds),
        cmocka_unit_test(test_judge_large_worlds),
        cmocka_unit_test(test_look),
        cmocka_unit_test(test_look_at_semaphore),
        cmocka_unit_test(test_stood_still),
        cmocka_unit_test(test_judge_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

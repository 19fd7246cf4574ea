/*
 * A multi-threaded program made at random from a seed: random_locks SEED FILE. Prints what it was and ends, or hangs.
 * `random_locks SEED` prints its scripts instead of running them.
 *
 * What each thread does is laid down before the first one starts: a script of takes and gives of locks of all kinds,
 * nested, and between them signals, conditions, barriers, threads made and joined. The part of a script that happens at
 * "time" t only waits for parts of others that happen before t, and locks are taken in one order: so far hardly
 * anything can hang, but who finds that another got what was meant for it. Then, by a dose that the seed decides, this
 * is broken: locks in any order, waits inside of locks, too few posts, an end with locks held.
 *
 * What became of it is written down in FILE (struct world) by the program itself, without any lock: what each thread is
 * blocked in, what it holds, who posted what. tests/random/soundness.py watches it there, and knows from that alone,
 * and not from lockwatch, who hangs. All sleeps and time-outs are short, and nothing else takes time; but for the slow
 * programs, of locks alone, where who has a lock may take its time with it; and for a few where somebody posts for the
 * first time after three seconds. (Where who will post next is judged by who posted so far, a report may be wrong then:
 * so it is no more than `likely`, and taken back.)
 *
 * Some post by a timer, whose thread is made by libc; some make child processes that take and release the locks which
 * they share. random_cancels, built of the same, also cancels threads that wait: as whoever imports pthread_cancel may
 * do so, it is a program of its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef CANCELS
#define CANCELS 0
#endif

enum { THREADS = 10, MAIN = 0, WORKER = 9, OBJECTS = 16, HELD = 24, OPS = 1200, PARTS = 150 };

/* --- what is written down, in 64-bit words: soundness.py knows this layout --- */

enum state {
    ABSENT,
    RUNS,
    BLOCKED,
    BOUNDED,
    DONE,
    IDLE
}; /* BOUNDED: for a short time; IDLE: lives on beside the others */

struct seen_thread {
    _Atomic uint64_t state, steps, tid, object, shared, creator, helds;
    /* creator: and from bit 8 on, the how many-th that was made */
    _Atomic uint64_t held[HELD]; /* object, and 256 if as a reader */
};

struct seen_object {
    _Atomic uint64_t kind, address, mutex, value, posters, traits;
};

enum seen_trait {
    ROBUST = 1,
    PREFER_WRITER = 2,
    SIGNAL = 4,
    SHARED = 8,
    POSTED = 16,
    FOREIGN_POSTERS = 32,
    FILLED = 64
};
enum seen_others { HANDLER = 1, FOREIGN = 2 };

struct world {
    _Atomic uint64_t ready, others, slow; /* others: who could post, besides the threads; slow: a first post may be */
    struct seen_thread thread[THREADS];
    struct seen_object object[OBJECTS];
};

static struct world *world;

/* --- chance --- */

static uint64_t chance;

static uint64_t draw(void)
{
    uint64_t z = chance += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static unsigned below(unsigned n)
{
    return n == 0 ? 0 : (unsigned)(draw() % n);
}

static bool percent(unsigned n)
{
    return below(100) < n;
}

/* --- scripts --- */

enum op_type {
    TAKE,
    GIVE,
    ONCE,
    POST,
    AWAIT,
    SIGNALS,
    BROADCAST,
    AWAIT_CONDITION,
    AWAIT_BLINDLY,
    ARRIVE,
    MAKE,
    JOIN,
    NAP,
    END,
    CANCEL,
    FORK,
    TIMER
};
enum how { FOR_EVER, TIMED, TRIED };

static const char *const op_name[] = {
    "take", "give", "once", "post", "await",  "signal", "broadcast", "await-condition", "await-blindly", "arrive",
    "make", "join", "nap",  "end",  "cancel", "fork",   "timer"};

struct op {
    uint8_t type, object, how, shared;
    unsigned time; /* microseconds to nap */
};

struct script {
    unsigned count;
    struct op op[OPS];
};

enum kind { MUTEX = 1, RWLOCK, SPINLOCK, SEMAPHORE, CONDITION, BARRIER, THREAD, ONCE_CONTROL };

static const char *const kind_name[] = {"",          "mutex",   "rwlock", "spinlock", "semaphore",
                                        "condition", "barrier", "thread", "once"};

struct object {
    enum kind kind;
    unsigned type; /* of a mutex, or which a rwlock prefers */
    bool robust, inherit, shared, signal;
    unsigned value;
    uint8_t mutex; /* of a condition */
    union {
        pthread_mutex_t mutex_;
        pthread_rwlock_t rwlock;
        pthread_spinlock_t spinlock;
        sem_t semaphore;
        pthread_cond_t condition;
        pthread_barrier_t barrier;
        pthread_once_t once;
    };
    _Atomic unsigned available; /* of a condition: what its predicate is about */
    uint64_t times;             /* how often it was taken, counted by who had it alone */
    _Atomic uint64_t times_too; /* the same, counted by all */
    _Atomic int64_t units;      /* of a semaphore: posts less waits */
    bool mixed;                 /* a semaphore that others post as well: nobody has it alone */
    struct script script;       /* of a once: its routine */
};

struct plan {
    struct script script;
    unsigned start, end; /* of its "time", in thousandths */
    uint8_t maker;
    bool detached;
    pthread_t handle;
    _Atomic bool made, claimed; /* claimed: somebody joins it */
};

static struct object own_objects[OBJECTS], *object = own_objects;
static struct plan plan[THREADS];
static unsigned objects, locks, threads, disorder; /* objects: the locks first; disorder: a percentage */
static bool slow, busy, has_worker, main_leaves, main_idles, worker_signals, forks, slow_post;
static int handled; /* a signal, or 0 */
static _Atomic unsigned made, done, timers, working;

static struct op *add(struct script *s, enum op_type type, unsigned o)
{
    static struct op lost;
    struct op *op = s->count < OPS ? &s->op[s->count++] : &lost;
    *op = (struct op){.type = (uint8_t)type, .object = (uint8_t)o};
    return op;
}

static void add_nap(struct script *s)
{
    if (busy) {
        if (percent(15))
            add(s, NAP, 0)->time = below(30);
    } else if (slow && percent(4))
        add(s, NAP, 0)->time = 300000 + below(200000);
    else if (percent(40))
        add(s, NAP, 0)->time = below(4) == 0 ? below(2500) : below(300);
}

/* A lock, with others nested in it; of those above `least`, unless it goes
 * without order. */
static void add_block(struct script *s, unsigned depth, unsigned least)
{
    unsigned o = percent(disorder) ? below(locks) : least + below(locks + 1);
    if (o >= locks || depth > 3)
        return;
    if (object[o].kind == ONCE_CONTROL) {
        add(s, ONCE, o);
        return;
    }
    struct op *take = add(s, TAKE, o);
    take->shared = object[o].kind == RWLOCK && percent(60);
    unsigned how = below(100);
    take->how = how < 80 ? FOR_EVER : how < 90 && object[o].kind != SPINLOCK ? TIMED : TRIED;
    add_nap(s);
    for (unsigned n = below(5); n > 2; n--) {
        add_block(s, depth + 1, o + 1);
        add_nap(s);
    }
    if (percent(disorder / 4))
        add(s, END, 0);
    add(s, GIVE, o);
    if (percent(20) && s->op[s->count - 2].type == GIVE) {
        struct op last = s->op[s->count - 1];
        s->op[s->count - 1] = s->op[s->count - 2];
        s->op[s->count - 2] = last;
    }
}

/* A part of a thread's script, at its time. */
struct part {
    unsigned time;
    struct script script;
};

static struct part part[THREADS][PARTS];
static unsigned parts[THREADS];

static struct script *add_part(unsigned thread, unsigned time)
{
    static struct part lost;
    struct part *p = parts[thread] < PARTS ? &part[thread][parts[thread]++] : &lost;
    p->time = time;
    p->script.count = 0;
    return &p->script;
}

static unsigned time_in(const struct plan *p)
{
    return p->start + below(p->end - p->start + 1);
}

/* A wait at a time, or by way of disorder at any, or inside of a lock. */
static void add_wait(enum op_type type, unsigned o, unsigned thread, unsigned time)
{
    struct script *s = add_part(thread, percent(disorder) ? time_in(&plan[thread]) : time);
    unsigned lock = percent(disorder) ? below(locks) : locks;
    bool inside = lock < locks && object[lock].kind != ONCE_CONTROL;
    if (inside)
        add(s, TAKE, lock)->shared = object[lock].kind == RWLOCK && percent(50);
    unsigned own = type == AWAIT_CONDITION ? object[o].mutex : locks;
    bool twice = own < locks && object[own].type == PTHREAD_MUTEX_RECURSIVE && percent(40);
    if (twice)
        add(s, TAKE, own), add(s, TAKE, own);
    add(s, type, o)->how = type == AWAIT && percent(15) ? TIMED : FOR_EVER;
    if (twice)
        add(s, GIVE, own), add(s, GIVE, own);
    if (inside)
        add(s, GIVE, lock);
}

/* Somebody wakes, and later somebody waits for it. */
static void plan_signals(unsigned o)
{
    for (unsigned pairs = 1 + below(busy ? 25 : 5); pairs > 0; pairs--) {
        unsigned from = below(threads), to = below(threads);
        unsigned posted = time_in(&plan[from]), awaited = time_in(&plan[to]);
        if (awaited <= posted && !percent(disorder))
            continue;
        bool condition = object[o].kind == CONDITION;
        enum op_type wait = !condition ? AWAIT : percent(disorder / 4) ? AWAIT_BLINDLY : AWAIT_CONDITION;
        if (!percent(disorder / 3))
            add(add_part(from, posted),
                !condition    ? POST
                : percent(50) ? SIGNALS
                              : BROADCAST,
                o)
                ->how = condition && percent(30) ? TRIED : FOR_EVER;
        add_wait(wait, o, to, awaited);
    }
}

static void plan_barrier(unsigned o)
{
    unsigned time = 100 + below(800);
    for (unsigned rounds = 1 + below(busy ? 9 : 2); rounds > 0; rounds--, time += 3) {
        unsigned missing = object[o].value;
        for (unsigned i = 0; i < threads && missing > 0; i++)
            if (plan[i].start < time && plan[i].end > time) {
                missing--;
                if (!percent(disorder / 3))
                    add_wait(ARRIVE, o, i, time);
            }
        if (missing == 0)
            continue;
        for (unsigned i = 0; i < threads && !percent(disorder); i++) /* there are not enough: let nobody come */
            for (unsigned p = 0; p < parts[i]; p++)
                for (unsigned n = 0; n < part[i][p].script.count; n++)
                    if (part[i][p].script.op[n].type == ARRIVE && part[i][p].script.op[n].object == o)
                        part[i][p].script.op[n] = (struct op){.type = NAP};
    }
}

static int by_time(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    return x->time != y->time ? (x->time < y->time ? -1 : 1) : x < y ? -1 : 1;
}

static void plan_lock(struct object *o)
{
    static const unsigned types[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE,
                                     PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_ADAPTIVE_NP};
    unsigned n = below(100);
    o->kind = n < 45 ? MUTEX : n < 67 ? RWLOCK : n < 77 ? SPINLOCK : n < 92 ? SEMAPHORE : ONCE_CONTROL;
    o->shared = percent(4);
    if (o->kind == MUTEX) {
        o->type = types[below(5)];
        o->robust = percent(12);
        o->inherit = percent(12);
    } else if (o->kind == RWLOCK)
        o->type = below(3);
    else if (o->kind == SEMAPHORE) {
        o->value = percent(70) ? 1 : 2;
        o->mixed = percent(disorder / 4);
    }
}

static void plan_objects(void)
{
    locks = 2 + below(4);
    for (unsigned o = 0; o < locks; o++)
        plan_lock(&object[o]);
    objects = locks;
    for (unsigned o = 0; o < locks && slow; o++)
        object[o].mixed = false;
    for (unsigned n = slow ? 0 : below(3); n > 0; n--)
        object[objects++] = (struct object){.kind = SEMAPHORE, .signal = true};
    for (unsigned o = 0; o < locks; o++)
        if (object[o].kind == MUTEX && percent(35) && !slow)
            object[objects++] = (struct object){.kind = CONDITION, .mutex = (uint8_t)o};
    if (percent(30) && !slow)
        object[objects++] = (struct object){.kind = BARRIER, .value = 2 + below(2)};
    for (unsigned o = 0; o < locks; o++)
        if (object[o].kind == ONCE_CONTROL)
            add_block(&object[o].script, 1, o + 1);
}

static void plan_threads(void)
{
    plan[MAIN] = (struct plan){.end = 1000};
    threads = 2 + below(7);
    for (unsigned i = 1; i < threads; i++) {
        struct plan *p = &plan[i];
        p->maker = (uint8_t)(percent(75) ? MAIN : below(i));
        const struct plan *maker = &plan[p->maker];
        p->start = maker->start + below((maker->end - maker->start) / 2 + 1);
        p->end = percent(60) ? 1000 : p->start + below(1000 - p->start + 1);
        p->detached = percent(12);
        add(add_part(p->maker, p->start), MAKE, i);
        if (percent(25)) { /* joined by somebody, later; or too early */
            unsigned by = below(threads);
            if (by != i && (plan[by].end > p->end + 1 || percent(disorder)))
                add_wait(JOIN, i, by, percent(disorder) ? time_in(&plan[by]) : plan[by].end);
        }
    }
    has_worker = percent(25);
    worker_signals = percent(15);
    main_leaves = percent(10);
    main_idles = percent(10);
    unsigned n = below(100);
    handled = n < 8 ? SIGUSR1 : n < 25 ? SIGSEGV : 0;
}

/* What comes from outside: by chance, at any time. */
static void plan_others(void)
{
    for (unsigned n = CANCELS && percent(25) ? 1 + below(4) : 0; n > 0; n--) {
        unsigned by = below(threads), whom = 1 + below(threads - 1);
        if (by != whom)
            add(add_part(by, time_in(&plan[by])), CANCEL, whom);
    }
    forks = percent(10);
    main_leaves &= !forks;
    for (unsigned n = forks ? 1 + below(4) : 0; n > 0; n--) {
        unsigned by = below(threads), o = below(locks);
        if (object[o].kind == ONCE_CONTROL)
            continue;
        object[o].shared = true;
        add(add_part(by, time_in(&plan[by])), FORK, o)->shared = object[o].kind == RWLOCK && percent(50);
    }
    for (unsigned o = locks; o < objects; o++) {
        unsigned by = below(threads);
        if (object[o].kind == BARRIER)
            continue;
        if (percent(12)) {
            add(add_part(by, time_in(&plan[by])), TIMER, o)->time = 1 + below(20000);
            main_leaves = false; /* it waits until all have come */
        }
        if (percent(1)) {
            slow_post = true;
            struct script *s = add_part(below(threads), 500);
            add(s, NAP, 0)->time = 3000000;
            add(s, object[o].kind == CONDITION ? BROADCAST : POST, o);
        }
    }
}

static void make_plan(uint64_t seed)
{
    static const unsigned doses[] = {0, 0, 0, 3, 6, 12, 30};
    chance = seed * 0x2545F4914F6CDD1Du + 1;
    disorder = doses[below(7)];
    slow = percent(12);
    busy = !slow && percent(35);
    if (busy)
        disorder /= 2;
    plan_objects();
    plan_threads();
    for (unsigned i = 0; i < threads; i++)
        for (unsigned n = 1 + below(busy ? 50 : 6); n > 0; n--)
            add_block(add_part(i, time_in(&plan[i])), 0, 0);
    for (unsigned o = locks; o < objects; o++)
        if (object[o].kind == BARRIER)
            plan_barrier(o);
        else
            plan_signals(o);
    for (unsigned o = 0; o < locks; o++)
        if (object[o].kind == SEMAPHORE && object[o].mixed) {
            unsigned by = below(threads);
            add(add_part(by, time_in(&plan[by])), POST, o);
        }
    plan_others();
    for (unsigned i = 0; i < threads; i++) {
        qsort(part[i], parts[i], sizeof part[i][0], by_time);
        for (unsigned p = 0; p < parts[i]; p++)
            for (unsigned n = 0; n < part[i][p].script.count; n++) {
                const struct op *op = &part[i][p].script.op[n];
                *add(&plan[i].script, (enum op_type)op->type, op->object) = *op;
            }
    }
}

static void show_script(const char *what, unsigned number, const struct script *s)
{
    printf("%s %u:", what, number);
    for (unsigned n = 0; n < s->count; n++) {
        const struct op *op = &s->op[n];
        if (op->type == NAP)
            printf(" nap(%u)", op->time);
        else
            printf(" %s(%u%s%s)", op_name[op->type], op->object, op->shared ? " shared" : "",
                   op->how == TIMED   ? " timed"
                   : op->how == TRIED ? " tried"
                                      : "");
    }
    putchar('\n');
}

static void show(void)
{
    printf("disorder %u%s%s%s%s%s\n", disorder,
           slow   ? ", slow"
           : busy ? ", busy"
                  : "",
           has_worker ? ", worker" : "", worker_signals ? ", which signals" : "", main_leaves ? ", main leaves" : "",
           main_idles ? ", main idles" : "");
    for (unsigned n = 0; n < objects; n++) {
        const struct object *o = &object[n];
        printf("object %u: %s type=%u value=%u mutex=%u%s%s%s%s%s\n", n, kind_name[o->kind], o->type, o->value,
               o->mutex, o->robust ? " robust" : "", o->inherit ? " inherit" : "", o->shared ? " shared" : "",
               o->signal ? " signal" : "", o->mixed ? " mixed" : "");
        if (o->kind == ONCE_CONTROL)
            show_script("    routine of", n, &o->script);
    }
    for (unsigned i = 0; i < threads; i++)
        show_script(plan[i].detached ? "detached thread" : "thread", i, &plan[i].script);
}

/* --- running --- */

static __thread unsigned me;
static __thread struct object *once_now;

static void wrong(const char *what, unsigned o, int result)
{
    printf("WRONG: %s of object %u, a %s, gave %d\n", what, o, o < OBJECTS ? kind_name[object[o].kind] : "?", result);
}

static struct seen_thread *seen(void)
{
    return &world->thread[me];
}

static void enter(enum state state, unsigned o, bool shared)
{
    struct seen_thread *t = seen();
    if (me == WORKER)
        return;
    t->object = o;
    t->shared = shared;
    t->steps++;
    t->state = state;
}

static void leave(void)
{
    if (me == WORKER)
        return;
    seen()->state = RUNS;
    seen()->steps++;
}

static bool holds(unsigned o)
{
    for (unsigned n = 0; n < seen()->helds; n++)
        if ((seen()->held[n] & 255) == o)
            return true;
    return false;
}

static void push(unsigned o, bool shared)
{
    struct seen_thread *t = seen();
    if (t->helds < HELD) {
        t->held[t->helds] = o | (shared ? 256 : 0);
        t->helds++;
    }
}

static bool pop(unsigned o)
{
    struct seen_thread *t = seen();
    for (uint64_t n = t->helds; n-- > 0;)
        if ((t->held[n] & 255) == o) {
            for (; n + 1 < t->helds; n++)
                t->held[n] = t->held[n + 1];
            t->helds--;
            return true;
        }
    return false;
}

static void nap(unsigned us)
{
    const struct timespec time = {us / 1000000, us % 1000000 * 1000l};
    nanosleep(&time, NULL);
}

static const struct timespec *soon(struct timespec *time, unsigned o)
{
    clock_gettime(CLOCK_REALTIME, time);
    time->tv_nsec += 1000000l * (1 + o * 3 % 20);
    if (time->tv_nsec >= 1000000000)
        time->tv_sec++, time->tv_nsec -= 1000000000;
    return time;
}

static int from_errno(int result)
{
    return result == 0 ? 0 : errno;
}

static void finish(void);
static void give(unsigned n);
static void give_inheriting(void);
static void push(unsigned o, bool shared);

/* Cancelled while it waited. Some end with what they hold. */
static void cancelled(void *condition)
{
    const struct object *o = condition;
    leave();
    if (o != NULL)
        push(o->mutex, false);
    for (unsigned n = 0; n < objects && me % 2 == 0; n++)
        while (holds(n))
            give(n);
    give_inheriting();
    finish();
}

static void allow_cancel(bool allowed)
{
    if (CANCELS && me != MAIN && me != WORKER && once_now == NULL)
        pthread_setcancelstate(allowed ? PTHREAD_CANCEL_ENABLE : PTHREAD_CANCEL_DISABLE, NULL);
}

static int wait_semaphore(sem_t *s)
{
    int result;
    pthread_cleanup_push(cancelled, NULL);
    allow_cancel(true);
    result = sem_wait(s);
    allow_cancel(false);
    pthread_cleanup_pop(0);
    return result;
}

static int wait_at(struct object *o)
{
    int result;
    pthread_cleanup_push(cancelled, o);
    allow_cancel(true);
    result = pthread_cond_wait(&o->condition, &object[o->mutex].mutex_);
    allow_cancel(false);
    pthread_cleanup_pop(0);
    return result;
}

static int join_thread(pthread_t thread)
{
    int result;
    pthread_cleanup_push(cancelled, NULL);
    allow_cancel(true);
    result = pthread_join(thread, NULL);
    allow_cancel(false);
    pthread_cleanup_pop(0);
    return result;
}

static int take_now(struct object *o, const struct op *op)
{
    struct timespec time;
    const struct timespec *end = soon(&time, op->object);
    switch (o->kind) {
    case MUTEX:
        return op->how == FOR_EVER ? pthread_mutex_lock(&o->mutex_)
               : op->how == TIMED  ? pthread_mutex_timedlock(&o->mutex_, end)
                                   : pthread_mutex_trylock(&o->mutex_);
    case RWLOCK:
        if (op->shared)
            return op->how == FOR_EVER ? pthread_rwlock_rdlock(&o->rwlock)
                   : op->how == TIMED  ? pthread_rwlock_timedrdlock(&o->rwlock, end)
                                       : pthread_rwlock_tryrdlock(&o->rwlock);
        return op->how == FOR_EVER ? pthread_rwlock_wrlock(&o->rwlock)
               : op->how == TIMED  ? pthread_rwlock_timedwrlock(&o->rwlock, end)
                                   : pthread_rwlock_trywrlock(&o->rwlock);
    case SPINLOCK:
        return op->how == TRIED ? pthread_spin_trylock(&o->spinlock) : pthread_spin_lock(&o->spinlock);
    default:
        return from_errno(op->how == FOR_EVER ? wait_semaphore(&o->semaphore)
                          : op->how == TIMED  ? sem_timedwait(&o->semaphore, end)
                                              : sem_trywait(&o->semaphore));
    }
}

static bool take(const struct op *op)
{
    struct object *o = &object[op->object];
    enter(op->how == FOR_EVER ? BLOCKED : BOUNDED, op->object, op->shared);
    int result = take_now(o, op);
    if (result == EOWNERDEAD)
        result = pthread_mutex_consistent(&o->mutex_);
    if (result == 0)
        push(op->object, op->shared);
    leave();
    if (result != 0) {
        bool refused = result == EDEADLK && (o->kind == MUTEX || o->kind == RWLOCK);
        bool late = (op->how == TIMED && result == ETIMEDOUT) ||
                    (op->how == TRIED && result == (o->kind == SEMAPHORE ? EAGAIN : EBUSY));
        if (!refused && !late)
            wrong("take", op->object, result);
        return false;
    }
    if (o->kind == SEMAPHORE)
        o->units--;
    if (!op->shared && (o->kind != SEMAPHORE || (o->value == 1 && !o->mixed)))
        o->times++, o->times_too++;
    return true;
}

/* This thread may wake who waits there. Before there is another one nobody could wait, and it is not noted who did it.
 */
static void note_poster(unsigned n)
{
    if (made > 1 || has_worker)
        world->object[n].posters |= 1u << me;
}

static void post(unsigned n, bool had)
{
    struct seen_object *s = &world->object[n];
    object[n].units++;
    if (had && (s->traits & SIGNAL) == 0)
        s->traits |= POSTED;
    else {
        note_poster(n);
        s->traits |= SIGNAL | (made > 1 || has_worker ? 0 : FILLED);
    }
    if (sem_post(&object[n].semaphore) != 0)
        wrong("post", n, errno);
}

static void give(unsigned n)
{
    struct object *o = &object[n];
    if (!pop(n))
        return;
    int result = 0;
    if (o->kind == MUTEX)
        result = pthread_mutex_unlock(&o->mutex_);
    else if (o->kind == RWLOCK)
        result = pthread_rwlock_unlock(&o->rwlock);
    else if (o->kind == SPINLOCK)
        result = pthread_spin_unlock(&o->spinlock);
    else
        post(n, true);
    if (result != 0)
        wrong("give", n, result);
}

static void run(const struct script *s);

static void routine(void)
{
    unsigned n = (unsigned)(once_now - object);
    leave();
    push(n, false);
    run(&object[n].script);
    object[n].times++, object[n].times_too++;
    pop(n);
}

static void do_once(unsigned n)
{
    struct object *outer = once_now;
    once_now = &object[n];
    enter(BLOCKED, n, false);
    pthread_once(&object[n].once, routine);
    leave();
    once_now = outer;
}

static void wait_condition(unsigned n, bool blindly)
{
    struct object *o = &object[n];
    bool had = holds(o->mutex);
    const struct op op = {.object = o->mutex};
    if (!had && !take(&op))
        return;
    bool again = !blindly;
    enter(BLOCKED, n, false); /* for as long as it is woken for nothing, and waits again */
    while (blindly || (again && o->available == 0)) {
        blindly = false;
        pop(o->mutex);
        int result = wait_at(o);
        if (result == EOWNERDEAD)
            result = pthread_mutex_consistent(&object[o->mutex].mutex_);
        push(o->mutex, false);
        if (result != 0) {
            wrong("wait", n, result);
            break;
        }
    }
    leave();
    if (again && o->available > 0)
        o->available--;
    if (!had)
        give(o->mutex);
}

/* `without`: the mutex, as is allowed; one that is just about to wait then may miss it. */
static void signal_condition(unsigned n, bool all, bool without)
{
    struct object *o = &object[n];
    bool had = holds(o->mutex) || without;
    const struct op op = {.object = o->mutex};
    if (!had && !take(&op))
        return;
    o->available++;
    note_poster(n);
    if (all)
        pthread_cond_broadcast(&o->condition);
    else
        pthread_cond_signal(&o->condition);
    if (!had)
        give(o->mutex);
}

static void *begin(void *number);

static void make(unsigned i)
{
    struct seen_thread *t = &world->thread[i];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 1 << 18);
    if (plan[i].detached)
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    t->creator = me | ++made << 8;
    t->state = RUNS;
    int result = pthread_create(&plan[i].handle, &attributes, begin, (void *)(uintptr_t)i);
    if (result != 0)
        wrong("create", OBJECTS, result);
    plan[i].made = true;
    pthread_attr_destroy(&attributes);
}

static void join(unsigned i)
{
    bool claimed = false;
    if (plan[i].detached || !plan[i].made || !atomic_compare_exchange_strong(&plan[i].claimed, &claimed, true))
        return;
    enter(BLOCKED, 128 + i, false);
    int result = join_thread(plan[i].handle);
    leave();
    if (result != 0 && result != EDEADLK)
        wrong("join", OBJECTS, result);
}

#if CANCELS
/* Whom nobody joins meanwhile: its handle is good. */
static void cancel(unsigned i)
{
    bool claimed = false;
    if (plan[i].detached || !plan[i].made || !atomic_compare_exchange_strong(&plan[i].claimed, &claimed, true))
        return;
    pthread_cancel(plan[i].handle);
    plan[i].claimed = false;
}
#endif

/* A child takes a lock that it shares with us, if it gets it in time, and releases it. */
static void make_child(struct op op)
{
    struct object *o = &object[op.object];
    pid_t child = fork();
    if (child != 0)
        return;
    op.how = o->kind == SPINLOCK ? TRIED : TIMED;
    int result = take_now(o, &op);
    if (result == EOWNERDEAD)
        result = pthread_mutex_consistent(&o->mutex_);
    if (result == 0) {
        nap(5000);
        if (o->kind == MUTEX)
            pthread_mutex_unlock(&o->mutex_);
        else if (o->kind == RWLOCK)
            pthread_rwlock_unlock(&o->rwlock);
        else if (o->kind == SPINLOCK)
            pthread_spin_unlock(&o->spinlock);
        else
            sem_post(&o->semaphore);
    }
    _exit(0);
}

/* In a thread of libc's: it has no place of its own in the world. */
static void fire(union sigval number)
{
    struct object *o = &object[number.sival_int];
    if (o->kind == SEMAPHORE) {
        world->object[number.sival_int].traits |= SIGNAL | FOREIGN_POSTERS;
        o->units++;
        sem_post(&o->semaphore);
    } else {
        world->object[number.sival_int].traits |= FOREIGN_POSTERS;
        o->available++; /* without the mutex: it is to wait for nobody */
        pthread_cond_broadcast(&o->condition);
    }
    timers--;
}

static void start_timer(unsigned n, unsigned us)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = fire};
    const struct itimerspec time = {.it_value.tv_nsec = us * 1000l};
    timer_t timer;
    event.sigev_value.sival_int = (int)n;
    world->others |= FOREIGN;
    timers++;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &time, NULL) != 0)
        wrong("timer", n, errno);
}

/* The inheriting mutex of a thread that ended makes libc fail an assertion in
 * the next one, if it is not robust. */
static void give_inheriting(void)
{
    for (unsigned n = 0; n < locks; n++)
        while (object[n].inherit && !object[n].robust && holds(n))
            give(n);
}

static void finish(void)
{
    if (me == MAIN)
        main_idles = false; /* it is over: let the others end */
    seen()->steps++;
    seen()->state = DONE;
    done++;
}

static void run(const struct script *s)
{
    for (unsigned n = 0; n < s->count; n++) {
        const struct op *op = &s->op[n];
        switch ((enum op_type)op->type) {
        case TAKE:
            take(op);
            break;
        case GIVE:
            give(op->object);
            break;
        case ONCE:
            do_once(op->object);
            break;
        case POST:
            post(op->object, holds(op->object));
            break;
        case AWAIT:
            if (take(op))
                pop(op->object);
            break;
        case SIGNALS:
        case BROADCAST:
            signal_condition(op->object, op->type == BROADCAST, op->how == TRIED);
            break;
        case AWAIT_CONDITION:
        case AWAIT_BLINDLY:
            wait_condition(op->object, op->type == AWAIT_BLINDLY);
            break;
        case ARRIVE:
            world->object[op->object].posters |= 1u << me;
            enter(BLOCKED, op->object, false);
            pthread_barrier_wait(&object[op->object].barrier);
            leave();
            break;
        case MAKE:
            make(op->object);
            break;
        case JOIN:
            join(op->object);
            break;
        case NAP:
            enter(BOUNDED, 0, false);
            nap(op->time);
            leave();
            break;
        case END:
            if (me != MAIN && once_now == NULL) {
                give_inheriting();
                finish();
                pthread_exit(NULL);
            }
            break;
        case CANCEL:
#if CANCELS
            cancel(op->object);
#endif
            break;
        case FORK:
            make_child(*op);
            break;
        case TIMER:
            start_timer(op->object, op->time);
            break;
        }
    }
}

/* Goes on for ever beside the others, until they are done: so somebody always
 * runs, who now and then has their locks.
 */
static void work(void)
{
    static pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
    for (unsigned n = 0; done < made; n++) {
        struct op op = {.object = (uint8_t)(n % locks), .how = TRIED};
        pthread_mutex_lock(&own);
        nap(300);
        pthread_mutex_unlock(&own);
        op.shared = object[op.object].kind == RWLOCK && n % 2 != 0;
        if (object[op.object].kind != ONCE_CONTROL && take(&op)) {
            nap(100);
            give(op.object);
        }
        for (unsigned o = locks; o < objects && worker_signals; o++)
            if (object[o].kind == CONDITION) {
                world->object[o].posters |= 1u << me;
                pthread_cond_broadcast(&object[o].condition);
            }
    }
}

static void *begin(void *number)
{
    me = (unsigned)(uintptr_t)number;
    struct seen_thread *t = seen();
    t->tid = (uint64_t)gettid();
    if (CANCELS)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    if (me == WORKER) {
        t->state = IDLE;
        work();
        t->state = DONE;
        working--;
        return NULL;
    }
    run(&plan[me].script);
    for (unsigned n = 0; n < objects; n++)
        while (holds(n))
            give(n);
    for (unsigned i = 1; i < threads && !(me == MAIN && main_idles); i++)
        if (plan[i].maker == me && !(me == MAIN && main_leaves))
            join(i);
    finish();
    return NULL;
}

static void init(struct object *o)
{
    pthread_mutexattr_t mutex;
    pthread_rwlockattr_t rwlock;
    int shared = o->shared ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE, result = 0;
    switch (o->kind) {
    case MUTEX:
        pthread_mutexattr_init(&mutex);
        pthread_mutexattr_settype(&mutex, (int)o->type);
        pthread_mutexattr_setpshared(&mutex, shared);
        pthread_mutexattr_setrobust(&mutex, o->robust ? PTHREAD_MUTEX_ROBUST : PTHREAD_MUTEX_STALLED);
        pthread_mutexattr_setprotocol(&mutex, o->inherit ? PTHREAD_PRIO_INHERIT : PTHREAD_PRIO_NONE);
        result = pthread_mutex_init(&o->mutex_, &mutex);
        break;
    case RWLOCK:
        pthread_rwlockattr_init(&rwlock);
        pthread_rwlockattr_setkind_np(&rwlock, (int)o->type);
        pthread_rwlockattr_setpshared(&rwlock, shared);
        result = pthread_rwlock_init(&o->rwlock, &rwlock);
        break;
    case SPINLOCK:
        result = pthread_spin_init(&o->spinlock, shared);
        break;
    case SEMAPHORE:
        result = from_errno(sem_init(&o->semaphore, o->shared, o->value));
        o->units = o->value;
        break;
    case CONDITION:
        result = pthread_cond_init(&o->condition, NULL);
        break;
    case BARRIER:
        result = pthread_barrier_init(&o->barrier, NULL, o->value);
        break;
    default:
        break;
    }
    unsigned n = (unsigned)(o - object);
    if (result != 0)
        wrong("init", n, result);
    struct seen_object *s = &world->object[n];
    s->kind = o->kind;
    s->address = (uint64_t)(uintptr_t)&o->mutex_;
    s->mutex = o->mutex;
    s->value = o->value;
    s->traits = (o->robust ? ROBUST : 0) | (o->shared ? SHARED : 0) | (o->signal ? SIGNAL : 0) |
                (o->type == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP && o->kind == RWLOCK ? PREFER_WRITER : 0);
}

/* Whatever the schedule, this is what the program prints, with the library and
 * without. */
static void tell(void)
{
    int value;
    for (unsigned n = 0; n < objects; n++) {
        struct object *o = &object[n];
        if (o->times != o->times_too)
            wrong("count", n, (int)(o->times_too - o->times));
        if (o->kind == SEMAPHORE && sem_getvalue(&o->semaphore, &value) == 0 && value != o->units)
            wrong("value", n, value - (int)o->units);
    }
    printf("%u threads, %u objects: done\n", threads, objects);
    fflush(stdout);
}

/* Nobody sends the signal. */
static void handle(int number)
{
    (void)number;
    sem_post(&object[locks].semaphore);
}

int main(int count, char **arguments)
{
    if (count < 2)
        return 2;
    make_plan(strtoull(arguments[1], NULL, 10));
    if (count < 3) {
        show();
        return 0;
    }
    int fd = open(arguments[2], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof *world) != 0)
        return 2;
    world = mmap(NULL, sizeof *world, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (world == MAP_FAILED)
        return 2;
    if (forks) {
        object = mmap(NULL, sizeof own_objects, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (object == MAP_FAILED)
            return 2;
        memcpy((void *)object, own_objects, sizeof own_objects);
    }
    atexit(tell);
    for (unsigned n = 0; n < objects; n++)
        init(&object[n]);
    if (handled != 0)
        signal(handled, handle);
    world->others = handled == SIGUSR1 ? HANDLER : 0; /* who sleeps makes no fault */
    world->slow = slow_post;
    seen()->state = RUNS;
    made = 1;
    pthread_t worker;
    if (has_worker) {
        world->thread[WORKER].state = IDLE;
        working++;
        if (pthread_create(&worker, NULL, begin, (void *)(uintptr_t)WORKER) != 0)
            return 2;
        pthread_detach(worker);
    }
    world->ready = 1;
    bool leaves = main_leaves;
    begin((void *)(uintptr_t)MAIN);
    if (leaves)
        pthread_exit(NULL);
    while (done < made || timers > 0 || working > 0) { /* those that nobody joins */
        seen()->state = IDLE;
        nap(500);
    }
    while (waitpid(-1, NULL, 0) > 0)
        continue;
    return 0;
}

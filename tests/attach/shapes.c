/*
 * Programs for `lockwatch attach` and `core`: shapes SHAPE stands as its name says, and prints "ready" once it does.
 * Run without the library. tests/scripts/attach has what must be said of each.
 */
#define _GNU_SOURCE
#include "tests/order.h"

#include <link.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <time.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t r = PTHREAD_RWLOCK_INITIALIZER, q = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static sem_t units;
static pthread_t first, second;
static FILE *stream;

static void ready(void)
{
    puts("ready");
    fflush(stdout);
}

static pthread_t start(void *(*routine)(void *))
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, routine, NULL) != 0)
        abort();
    return thread;
}

/* --- two mutexes, two orders --- */

static void *a_then_b(void *x)
{
    pthread_mutex_lock(&a);
    step();
    await_step(2);
    pthread_mutex_lock(&b);
    return x;
}

static void *b_then_a(void *x)
{
    pthread_mutex_lock(&b);
    step();
    await_step(2);
    await_waiters(&b, 1); /* else the kernel may refuse both */
    pthread_mutex_lock(&a);
    return x;
}

/* `refused`: one of them sleeps elsewhere, as the kernel lets it not wait: PTHREAD_PRIO_INHERIT. */
static void two_orders(bool refused)
{
    pthread_t one = start(a_then_b);
    start(b_then_a);
    while (refused && order_asleep(0, -1ul) < 2)
        sched_yield();
    if (!refused) {
        await_waiters(&a, 1);
        await_waiters(&b, 1);
    }
    ready();
    pthread_join(one, NULL);
}

static void make(int type, int protocol, int robust, int shared)
{
    pthread_mutexattr_t t;
    pthread_mutexattr_init(&t);
    pthread_mutexattr_settype(&t, type);
    pthread_mutexattr_setprotocol(&t, protocol);
    pthread_mutexattr_setrobust(&t, robust);
    pthread_mutexattr_setpshared(&t, shared);
    pthread_mutex_init(&a, &t);
    pthread_mutex_init(&b, &t);
    two_orders(protocol == PTHREAD_PRIO_INHERIT);
}

static void normal(void)
{
    two_orders(false);
}

static void recursive(void)
{
    make(PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
}

static void errorcheck(void)
{
    make(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
}

static void adaptive(void)
{
    make(PTHREAD_MUTEX_ADAPTIVE_NP, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
}

static void robust(void)
{
    make(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_PRIVATE);
}

static void inherit(void)
{
    make(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
}

static void shared(void)
{
    make(PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_SHARED);
}

/* --- others that have an owner --- */

static void self(void)
{
    start(a_then_b);
    await_step(1);
    pthread_mutex_lock(&b);
    step();
    await_waiters(&b, 1);
    ready();
    pthread_mutex_lock(&b);
    abort();
}

static void *writer(void *x)
{
    pthread_rwlock_wrlock(&r);
    step();
    await_step(2);
    pthread_rwlock_rdlock(&q);
    return x;
}

static void *other_writer(void *x)
{
    pthread_rwlock_wrlock(&q);
    step();
    await_step(2);
    pthread_rwlock_wrlock(&r);
    return x;
}

static void writers(void)
{
    pthread_t one = start(writer);
    start(other_writer);
    await_waiters(&r, 1);
    await_waiters(&q, 1);
    ready();
    pthread_join(one, NULL);
}

static void *join_second(void *x)
{
    await_step(1);
    pthread_join(second, NULL);
    return x;
}

static void *join_first(void *x)
{
    pthread_join(first, NULL);
    return x;
}

#ifdef CANCELS
int (*volatile cancel)(pthread_t) = pthread_cancel; /* a thread that runs may do it */
#endif

static void joins(void)
{
    first = start(join_second);
    second = start(join_first);
    step();
    await_joiners(first, 1);
    await_joiners(second, 1);
    ready();
    pause();
}

static void *stream_then_a(void *x)
{
    flockfile(stream);
    step();
    await_step(2);
    pthread_mutex_lock(&a);
    return x;
}

static void *a_then_stream(void *x)
{
    pthread_mutex_lock(&a);
    step();
    await_step(2);
    fputs("hello", stream);
    return x;
}

static void streams(void)
{
    stream = fopen("/dev/null", "w");
    start(stream_then_a);
    start(a_then_stream);
    await_waiters(&a, 1);
    while (order_asleep(0, -1ul) < 2)
        sched_yield();
    ready();
    pause();
}

static int in_loader(struct dl_phdr_info *info, size_t size, void *x)
{
    (void)info, (void)size;
    a_then_b(x);
    return 1;
}

static void *loader_then_b(void *x)
{
    dl_iterate_phdr(in_loader, x);
    return x;
}

static int nothing(struct dl_phdr_info *info, size_t size, void *x)
{
    (void)info, (void)size, (void)x;
    return 0;
}

static void *b_then_loader(void *x)
{
    pthread_mutex_lock(&b);
    step();
    await_step(2);
    dl_iterate_phdr(nothing, x);
    return x;
}

static void loader(void)
{
    start(loader_then_b);
    start(b_then_loader);
    await_waiters(&b, 1);
    while (order_asleep(0, -1ul) < 2)
        sched_yield();
    ready();
    pause();
}

/* --- nobody is left that could wake --- */

static void *await_wake(void *x)
{
    pthread_mutex_lock(&a);
    pthread_cond_wait(&wake, &a);
    return x;
}

static void lost_signal(void)
{
    pthread_t one = start(await_wake);
    await_waiters(&wake, 1);
    ready();
    pthread_join(one, NULL);
}

/* --- neighbours that must stay silent --- */

static void *await_units(void *x)
{
    sem_wait(&units);
    return x;
}

/* Waits for work, which main would give it. */
static void pool(void)
{
    sem_init(&units, 0, 0);
    for (int i = 0; i < 3; i++) {
        start(await_wake);
        start(await_units);
    }
    await_waiters(&wake, 3);
    await_waiters(&units, 3);
    ready();
    pause();
}

static void post_units(int number)
{
    (void)number;
    sem_post(&units);
}

/* All wait, but a signal would end it. */
static void handler(void)
{
    sem_init(&units, 0, 0);
    signal(SIGUSR1, post_units);
    pthread_t one = start(await_units);
    await_waiters(&units, 1);
    ready();
    pthread_join(one, NULL);
}

static void *b_then_a_in_time(void *x)
{
    pthread_mutex_lock(&b);
    step();
    await_step(2);
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 3600;
    pthread_mutex_timedlock(&a, &end);
    return x;
}

static void timed(void)
{
    start(a_then_b);
    start(b_then_a_in_time);
    await_waiters(&a, 1);
    await_waiters(&b, 1);
    ready();
    pause();
}

/* The owner runs. */
static volatile unsigned turns;

static void *spin(void *x)
{
    pthread_mutex_lock(&b);
    step();
    await_step(2);
    for (;;)
        turns++;
    return x;
}

static void busy_owner(void)
{
    start(a_then_b);
    start(spin);
    await_waiters(&b, 1);
    ready();
    pause();
}

static void *both_in_order(void *x)
{
    for (;;) {
        pthread_mutex_lock(&a);
        pthread_mutex_lock(&b);
        pthread_rwlock_wrlock(&r);
        pthread_rwlock_unlock(&r);
        pthread_mutex_unlock(&b);
        pthread_mutex_unlock(&a);
    }
    return x;
}

static void busy(void)
{
    for (int i = 0; i < 6; i++)
        start(both_in_order);
    ready();
    pause();
}

static void *hold_reading(void *x)
{
    pthread_rwlock_rdlock(&r);
    step();
    pause();
    return x;
}

static void *want_writing(void *x)
{
    pthread_mutex_lock(&a);
    await_step(1);
    pthread_rwlock_wrlock(&r);
    return x;
}

/* Who reads is not known, and may be anybody. */
static void reader(void)
{
    start(hold_reading);
    start(want_writing);
    await_waiters(&r, 1);
    ready();
    pause();
}

static void *hold_reading_and_want(void *x)
{
    pthread_rwlock_rdlock(&r);
    step();
    await_step(2);
    pthread_mutex_lock(&a);
    return x;
}

static void *hold_and_want_writing(void *x)
{
    pthread_mutex_lock(&a);
    step();
    await_step(2);
    pthread_rwlock_wrlock(&r);
    return x;
}

/* Who reads is one of them, as there is no other. */
static void reading_orders(void)
{
    pthread_t one = start(hold_reading_and_want);
    start(hold_and_want_writing);
    await_waiters(&a, 1);
    await_waiters(&r, 1);
    ready();
    pthread_join(one, NULL);
}

/* The same beside a thread that goes on, and might. */
static void reading_beside(void)
{
    start(hold_reading_and_want);
    start(hold_and_want_writing);
    await_waiters(&a, 1);
    await_waiters(&r, 1);
    ready();
    pause();
}

static void *park(void *x)
{
    pthread_mutex_lock(&a);
    return x;
}

static void thousand(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 65536);
    pthread_mutex_lock(&a);
    for (int i = 0; i < 1000; i++)
        if (pthread_create(&thread, &attributes, park, NULL) != 0)
            abort();
    await_waiters(&a, 1000);
    ready();
    pause();
}

int main(int count, char **argument)
{
    static const struct {
        const char *name;
        void (*stand)(void);
    } shapes[] = {
#define SHAPE(name) {#name, name}
        SHAPE(normal),         SHAPE(recursive),     SHAPE(errorcheck), SHAPE(adaptive), SHAPE(robust),
        SHAPE(inherit),        SHAPE(shared),        SHAPE(self),       SHAPE(writers),  SHAPE(joins),
        SHAPE(streams),        SHAPE(loader),        SHAPE(pool),       SHAPE(handler),  SHAPE(timed),
        SHAPE(busy_owner),     SHAPE(busy),          SHAPE(reader),     SHAPE(thousand), SHAPE(lost_signal),
        SHAPE(reading_orders), SHAPE(reading_beside)};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (count > 1 && strcmp(argument[1], shapes[i].name) == 0)
            shapes[i].stand();
    return 2;
}

// expect: lock-order warning threads=2 locks=a,b
// stderr-has: warning: lock-order
// report-has: lock-order
// json: sorted(t["name"] for t in f["threads"]) == ["one", "two"]
// json: all(c["holds"] != c["wants"] for c in f["cycle"]) and f["cycle"][0]["wants"] == f["cycle"][1]["holds"]
// json: all(f["coffman"][c]["evidence"] for c in f["coffman"]) and f["advice"]

// Two threads take two mutexes in opposite orders, one thread after the other, so nothing hangs; what keeps them apart
// is a number that lockwatch does not see. The files order_*.c that define ONE and TWO are this one with other things
// to do.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#define LOCK(m) pthread_mutex_lock(&m);
#define UNLOCK(m) pthread_mutex_unlock(&m);
#define TRY(m)                                                                                                         \
    if (pthread_mutex_trylock(&m) != 0)                                                                                \
        return NULL;
#define TIMED(m)                                                                                                       \
    if (pthread_mutex_timedlock(&m, &(struct timespec){.tv_sec = 4000000000}) != 0)                                    \
        return NULL;
#define READ(l) pthread_rwlock_rdlock(&l);
#define WRITE(l) pthread_rwlock_wrlock(&l);
#define GIVE(l) pthread_rwlock_unlock(&l);

#ifndef ONE
#define ONE LOCK(a) LOCK(b) UNLOCK(b) UNLOCK(a)
#define TWO LOCK(b) LOCK(a) UNLOCK(a) UNLOCK(b)
#endif
#ifndef THREE
#define THREE
#endif
#ifndef SET_UP
#define SET_UP
#endif

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER, c = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t r, s = PTHREAD_RWLOCK_INITIALIZER;
static sem_t x, y, room;

static void *one(void *unused)
{
    pthread_setname_np(pthread_self(), "one");
    (void)unused;
    for (int i = 0; i < 3; i++) {
        ONE
    }
    step();
    return NULL;
}

static void *two(void *unused)
{
    pthread_setname_np(pthread_self(), "two");
    (void)unused;
    await_step(1);
    TWO step();
    return NULL;
}

static void *three(void *unused)
{
    pthread_setname_np(pthread_self(), "three");
    (void)unused;
    await_step(2);
    THREE
    return NULL;
}

int main(void)
{
    void *(*const routines[])(void *) = {one, two, three};
    pthread_rwlockattr_t attributes;
    pthread_t threads[3];

    pthread_rwlockattr_init(&attributes);
    sem_init(&x, 0, 1);
    sem_init(&y, 0, 1);
    sem_init(&room, 0, 2);
    SET_UP
    pthread_rwlock_init(&r, &attributes);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, routines[i], NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    (void)a, (void)b, (void)c, (void)gate, (void)s; // not all of them are used in every case
    return 0;
}

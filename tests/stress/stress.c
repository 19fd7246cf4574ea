// Eight threads work on shared locks, always in their order, so that nothing can deadlock: mutexes of several types,
// nested, recursive, tried, with time-outs, released in the order of taking; semaphores as locks, as pools, and as
// signals; threads that come and go. What it prints depends on SEED and OPERATIONS alone: each thread does so many.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 8, LOCKS = 24, POOL = 3, QUEUE = 16 };

static pthread_mutex_t lock[LOCKS], recursive;
static long guarded[LOCKS], recursive_sum;
static sem_t binary, pool, full, empty;
static long binary_sum, queued, drained;
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static long operations = 100000, seed = 1;

struct worker {
    pthread_t thread;
    uint64_t state;
};

static unsigned chance(struct worker *w, unsigned below)
{
    w->state = w->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(w->state >> 33) % below;
}

static void rest(struct worker *w)
{
    struct timespec t = {0, 1000L * chance(w, 300)};

    if (chance(w, 2000) == 0)
        nanosleep(&t, NULL);
}

static void take(struct worker *w, int i)
{
    struct timespec late;

    if (chance(w, 50) == 0) {
        clock_gettime(CLOCK_REALTIME, &late);
        late.tv_sec += 60;
        if (pthread_mutex_timedlock(&lock[i], &late) != 0)
            abort();
    } else if (chance(w, 10) != 0 || pthread_mutex_trylock(&lock[i]) != 0) {
        pthread_mutex_lock(&lock[i]);
    }
}

/* Some locks, in ascending order; released in one of three orders. */
static void nest(struct worker *w)
{
    int first = (int)chance(w, LOCKS), step = 1 + (int)chance(w, 3), count = 1 + (int)chance(w, 4),
        order = (int)chance(w, 3);
    int held[4], n = 0;

    for (int i = first; i < LOCKS && n < count; i += step)
        take(w, held[n++] = i);
    rest(w);
    for (int i = 0; i < n; i++)
        guarded[held[i]]++;
    for (int i = 0; i < n; i++)
        pthread_mutex_unlock(&lock[held[order == 0 ? i : order == 1 ? n - 1 - i : (i + 1) % n]]);
}

static void again(struct worker *w)
{
    int depth = 1 + (int)chance(w, 4);

    for (int i = 0; i < depth; i++)
        pthread_mutex_lock(&recursive);
    recursive_sum += depth;
    for (int i = 0; i < depth; i++)
        pthread_mutex_unlock(&recursive);
}

/* The semaphore comes after all mutexes in the order. */
static void units(struct worker *w)
{
    int under = (int)chance(w, LOCKS);

    pthread_mutex_lock(&lock[under]);
    sem_wait(&binary);
    binary_sum++;
    rest(w);
    sem_post(&binary);
    pthread_mutex_unlock(&lock[under]);
    sem_wait(&pool);
    rest(w);
    sem_post(&pool);
}

/* Whoever puts one in takes one out as well, so that there are always threads that do. */
static void pass_on(struct worker *w)
{
    sem_wait(&empty);
    pthread_mutex_lock(&queue_lock);
    queued++;
    pthread_mutex_unlock(&queue_lock);
    sem_post(&full);
    rest(w);
    sem_wait(&full);
    pthread_mutex_lock(&queue_lock);
    drained++;
    pthread_mutex_unlock(&queue_lock);
    sem_post(&empty);
}

static void *brief(void *arg)
{
    pthread_mutex_lock(&lock[LOCKS - 2]);
    pthread_mutex_lock(&lock[LOCKS - 1]);
    guarded[LOCKS - 1]++;
    pthread_mutex_unlock(&lock[LOCKS - 2]);
    pthread_mutex_unlock(&lock[LOCKS - 1]);
    return arg;
}

static void *work(void *arg)
{
    struct worker *w = arg;
    pthread_t child;

    for (long i = 0; i < operations; i++) {
        unsigned what = chance(w, 1000);

        if (what < 600)
            nest(w);
        else if (what < 750)
            again(w);
        else if (what < 900)
            units(w);
        else if (what < 999)
            pass_on(w);
        else if (pthread_create(&child, NULL, brief, NULL) == 0)
            pthread_join(child, NULL);
    }
    return NULL;
}

static void make_locks(void)
{
    static const int types[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_ADAPTIVE_NP,
                                PTHREAD_MUTEX_RECURSIVE};
    pthread_mutexattr_t attributes;

    pthread_mutexattr_init(&attributes);
    for (int i = 0; i < LOCKS; i++) {
        pthread_mutexattr_settype(&attributes, types[i % 4]);
        pthread_mutexattr_setrobust(&attributes, i % 8 == 7 ? PTHREAD_MUTEX_ROBUST : PTHREAD_MUTEX_STALLED);
        pthread_mutex_init(&lock[i], &attributes);
    }
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &attributes);
    sem_init(&binary, 0, 1);
    sem_init(&pool, 0, POOL);
    sem_init(&full, 0, 0);
    sem_init(&empty, 0, QUEUE);
}

int main(int argc, char **argv)
{
    static struct worker worker[THREADS];

    if (argc > 1)
        operations = atol(argv[1]);
    if (argc > 2)
        seed = atol(argv[2]);
    make_locks();
    for (int i = 0; i < THREADS; i++) {
        worker[i].state = (uint64_t)seed * 1000003 + (uint64_t)i;
        pthread_create(&worker[i].thread, NULL, work, &worker[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(worker[i].thread, NULL);
    for (int i = 0; i < LOCKS; i++)
        printf("%ld ", guarded[i]);
    printf("\n%ld %ld %ld %ld\n", recursive_sum, binary_sum, queued, drained);
    return 0;
}

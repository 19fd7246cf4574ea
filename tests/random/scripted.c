/*
 * Runs a small program that tests/random/interleavings.py has made: scripted SCRIPT... A script is a thread's, the
 * first one main's, or with a leading "o" the routine of a once control; an operation is a letter and a digit.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 6, OBJECTS = 4 };

static pthread_mutex_t mutex[OBJECTS] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                         PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_rwlock_t rwlock[OBJECTS] = {PTHREAD_RWLOCK_INITIALIZER, PTHREAD_RWLOCK_INITIALIZER,
                                           PTHREAD_RWLOCK_INITIALIZER, PTHREAD_RWLOCK_INITIALIZER};
static sem_t event[OBJECTS], pool[OBJECTS];
static pthread_barrier_t barrier[OBJECTS];
static pthread_cond_t condition[OBJECTS] = {PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER,
                                            PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER};
static bool flag[OBJECTS]; /* flag[i] and condition[i] go with mutex[i] */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *script[THREADS], *routine = "";
static pthread_t thread[THREADS];
static __thread int self;

static void run(const char *s);

static void *run_thread(void *number)
{
    self = (int)(intptr_t)number;
    run(script[self]);
    return NULL;
}

static void run_routine(void)
{
    printf("%d\n", self); /* who runs it is chance */
    run(routine);
}

static void step(char what, int n)
{
    switch (what) {
    case 'L':
        pthread_mutex_lock(&mutex[n]);
        return;
    case 'U':
        pthread_mutex_unlock(&mutex[n]);
        return;
    case 'R':
        pthread_rwlock_rdlock(&rwlock[n]);
        return;
    case 'W':
        pthread_rwlock_wrlock(&rwlock[n]);
        return;
    case 'X':
        pthread_rwlock_unlock(&rwlock[n]);
        return;
    case 'T':
        sem_wait(&pool[n]);
        return;
    case 'G':
        sem_post(&pool[n]);
        return;
    case 'w':
        sem_wait(&event[n]);
        return;
    case 'p':
        sem_post(&event[n]);
        return;
    case 'b':
        pthread_barrier_wait(&barrier[n]);
        return;
    case 'a':
        while (!flag[n])
            pthread_cond_wait(&condition[n], &mutex[n]);
        return;
    case 'f':
        flag[n] = true;
        pthread_cond_broadcast(&condition[n]);
        return;
    case 'o':
        pthread_once(&once, run_routine);
        return;
    case 's':
        pthread_create(&thread[n], NULL, run_thread, (void *)(intptr_t)n);
        return;
    case 'j':
        pthread_join(thread[n], NULL);
        return;
    default:
        abort();
    }
}

static void run(const char *s)
{
    for (; *s != 0; s += 2)
        step(s[0], s[1] - '0');
}

int main(int argc, char **argv)
{
    int units = argc > 1 ? atoi(argv[1]) : 2, parties = argc > 2 ? atoi(argv[2]) : 2;
    for (int i = 3; i < argc && i < THREADS + 4; i++)
        if (argv[i][0] == 'o' && argv[i][1] == ':')
            routine = argv[i] + 2;
        else
            script[i - 3] = argv[i];
    for (int i = 0; i < OBJECTS; i++) {
        sem_init(&event[i], 0, 0);
        sem_init(&pool[i], 0, (unsigned)units);
        pthread_barrier_init(&barrier[i], NULL, (unsigned)parties);
    }
    run(script[0]);
    return 0;
}

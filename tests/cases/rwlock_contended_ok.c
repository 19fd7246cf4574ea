// expect: none

// Eight threads read and write a table under locks of three kinds, reading twice over where the kind allows
// it.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#define THREADS 8

static pthread_rwlock_t locks[3] = {
    PTHREAD_RWLOCK_INITIALIZER,
    PTHREAD_RWLOCK_INITIALIZER,
    PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP,
};
static long table[3][2];
static int torn;

static void *worker(void *arg)
{
    unsigned seed = (unsigned)(intptr_t)arg;

    for (int i = 0; i < 2000; i++) {
        int which = rand_r(&seed) % 3;

        if (rand_r(&seed) % 4 == 0) {
            pthread_rwlock_wrlock(&locks[which]);
            table[which][0]++;
            table[which][1]++;
            pthread_rwlock_unlock(&locks[which]);
            continue;
        }
        pthread_rwlock_rdlock(&locks[which]);
        if (which < 2)
            pthread_rwlock_rdlock(&locks[which]);
        if (table[which][0] != table[which][1])
            torn = 1;
        if (which < 2)
            pthread_rwlock_unlock(&locks[which]);
        pthread_rwlock_unlock(&locks[which]);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];

    for (intptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, worker, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return torn;
}

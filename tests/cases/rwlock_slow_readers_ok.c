// expect: none

// A writer waits for four slow readers, more readers wait behind it, and all get their turn.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static pthread_rwlock_t rw = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static int writes;

static void *reader(void *arg)
{
    pthread_rwlock_rdlock(&rw);
    usleep(300000);
    pthread_rwlock_unlock(&rw);
    return arg;
}

static void *writer(void *arg)
{
    usleep(50000);
    pthread_rwlock_wrlock(&rw);
    writes++;
    usleep(50000);
    pthread_rwlock_unlock(&rw);
    return arg;
}

int main(void)
{
    pthread_t threads[12];

    for (int i = 0; i < 12; i++) {
        if (i == 8)
            usleep(100000);
        pthread_create(&threads[i], NULL, i >= 4 && i < 8 ? writer : reader, NULL);
    }
    for (int i = 0; i < 12; i++)
        pthread_join(threads[i], NULL);
    return writes == 4 ? 0 : 1;
}

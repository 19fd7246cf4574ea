// expect: deadlock error certain threads=4 locks=a,b

// Readers in opposite orders, on locks that prefer writers, with a writer waiting for each: a reader waits
// behind the writer, the writer for the other reader.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static pthread_rwlock_t a = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_rwlock_t b = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_barrier_t all;

// A reader is refused while a writer waits.
static void await_writer(pthread_rwlock_t *lock)
{
    while (pthread_rwlock_tryrdlock(lock) == 0) {
        pthread_rwlock_unlock(lock);
        usleep(1000);
    }
}

static void *reader(void *swap)
{
    pthread_rwlock_t *first = swap ? &b : &a, *second = swap ? &a : &b;

    pthread_rwlock_rdlock(first);
    pthread_barrier_wait(&all);
    await_writer(second);
    pthread_rwlock_rdlock(second);
    return NULL;
}

static void *writer(void *lock)
{
    pthread_barrier_wait(&all);
    pthread_rwlock_wrlock(lock);
    return NULL;
}

int main(void)
{
    pthread_t threads[4];

    pthread_barrier_init(&all, NULL, 4);
    pthread_create(&threads[0], NULL, reader, NULL);
    pthread_create(&threads[1], NULL, reader, &all);
    pthread_create(&threads[2], NULL, writer, &a);
    pthread_create(&threads[3], NULL, writer, &b);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

// expect: deadlock error certain threads=2 locks=rw

// A reader reads again, one call deeper, on a lock that prefers writers, and a writer waits in between: the
// reader waits behind the writer, which waits for the reader.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static pthread_rwlock_t rw = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_barrier_t both;

static void *reader(void *arg)
{
    pthread_rwlock_rdlock(&rw);
    pthread_barrier_wait(&both);
    while (pthread_rwlock_tryrdlock(&rw) == 0) { /* until a writer waits */
        pthread_rwlock_unlock(&rw);
        usleep(1000);
    }
    pthread_rwlock_rdlock(&rw);
    return arg;
}

static void *writer(void *arg)
{
    pthread_barrier_wait(&both);
    pthread_rwlock_wrlock(&rw);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, reader, NULL);
    pthread_create(&threads[1], NULL, writer, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}

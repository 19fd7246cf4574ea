// expect: lock-order note ordered threads=2 locks=r
// stdout-same: yes

// A reader reads again what it has, and writers would come first; but the only one had written before there were
// readers.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

static pthread_rwlock_t r = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

static void *writer(void *unused)
{
    pthread_rwlock_wrlock(&r);
    pthread_rwlock_unlock(&r);
    return unused;
}

static void *reader(void *unused)
{
    pthread_rwlock_rdlock(&r);
    pthread_rwlock_rdlock(&r);
    pthread_rwlock_unlock(&r);
    pthread_rwlock_unlock(&r);
    return unused;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, writer, NULL);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, reader, NULL);
    pthread_join(thread, NULL);
    return 0;
}

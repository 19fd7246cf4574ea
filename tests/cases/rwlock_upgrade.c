// expect: deadlock error certain threads=1 locks=rw

// A reader, the only one, asks for the write lock itself.
#define _GNU_SOURCE
#include <pthread.h>

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;

int main(void)
{
    pthread_rwlock_rdlock(&rw);
    pthread_rwlock_wrlock(&rw);
    return 0;
}

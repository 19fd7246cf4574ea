// expect: none

// A thread holds a mutex whose memory is unmapped, or is not to be read: when it takes others, posts, waits and ends.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

enum { SIZE = 8192, UNREADABLE = 1, NESTED = 2, POST = 4, WAYS = 8 };
static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static sem_t posted;

static void *worker(void *arg)
{
    uintptr_t how = (uintptr_t)arg;
    pthread_mutex_t *m = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_mutex_init(m, NULL);
    if ((how & NESTED) != 0)
        pthread_mutex_lock(&outer);
    pthread_mutex_lock(m);
    if ((how & UNREADABLE) != 0)
        mprotect(m, SIZE, PROT_NONE);
    else
        munmap(m, SIZE);
    if ((how & POST) != 0) {
        sem_post(&posted);
        pthread_mutex_lock(&inner);
        pthread_mutex_unlock(&inner);
    }
    if ((how & NESTED) != 0)
        pthread_mutex_unlock(&outer);
    return NULL;
}

int main(void)
{
    pthread_t thread;

    sem_init(&posted, 0, 0);
    for (uintptr_t how = 0; how < WAYS; how++) {
        pthread_create(&thread, NULL, worker, (void *)how);
        pthread_join(thread, NULL);
    }
    return 0;
}

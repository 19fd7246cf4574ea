// expect: none
// exit: 3

// A thread uses nearly all of the smallest stack there is, as a signal handler may have to, and then takes locks in an
// order that is new, posts and waits: what libc does in a few hundred bytes.
#define _GNU_SOURCE
#include <alloca.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static sem_t posted, awaited;

__attribute__((noinline)) static void use(volatile char *room, size_t size)
{
    room[0] = room[size - 1] = 1;
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    sem_post(&posted);
    sem_wait(&awaited);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
}

static void *descend(void *left)
{
    pthread_attr_t all;
    void *lowest;
    size_t size;
    pthread_getattr_np(pthread_self(), &all);
    pthread_attr_getstack(&all, &lowest, &size);
    pthread_attr_destroy(&all);
    size = (size_t)((char *)__builtin_frame_address(0) - (char *)lowest) - (size_t)left;
    use(alloca(size), size);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    pthread_attr_t small;

    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, (size_t)PTHREAD_STACK_MIN);
    sem_init(&posted, 0, 0);
    sem_init(&awaited, 0, 0);
    for (size_t left = 8192; left >= 2560; left -= 128) {
        if (pthread_create(&thread, &small, descend, (void *)left) != 0)
            return 1;
        sem_wait(&posted);
        sem_post(&awaited);
        pthread_join(thread, NULL);
    }
    return 3;
}

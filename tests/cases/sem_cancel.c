// expect: deadlock error certain threads=1 locks=m
// expect: exit-holding warning threads=1 locks=m

// The same without the cleanup handler: the mutex died with the thread.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t s;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *blocked(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_barrier_wait(&both);
    sem_wait(&s);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t thread;

    sem_init(&s, 0, 0);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&thread, NULL, blocked, NULL);
    pthread_barrier_wait(&both);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    pthread_mutex_lock(&m);
    return 0;
}

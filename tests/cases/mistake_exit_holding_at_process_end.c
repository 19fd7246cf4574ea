// expect: exit-holding warning locks=mutex

// A thread ends with the mutex held, another one has just come to want it, and the process ends: that is a mistake, and
// no deadlock that anybody would have met.
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static sem_t coming;

static void *owner(void *unused)
{
    pthread_mutex_lock(&mutex);
    return unused;
}

static void *waiter(void *unused)
{
    sem_post(&coming);
    pthread_mutex_lock(&mutex);
    return unused;
}

int main(void)
{
    pthread_t thread;
    sem_init(&coming, 0, 0);
    pthread_create(&thread, NULL, owner, NULL);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, waiter, NULL);
    sem_wait(&coming);
    for (int i = 0; i < 5; i++)
        sched_yield();
    exit(0);
}

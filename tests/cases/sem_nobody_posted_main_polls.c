// expect: none
// exit: hang

// Two threads wait for a first post; main, which could make it, never does, but it runs and waits with a
// time-out now and then. That is a hang, and nothing in the program tells it from patience.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <time.h>

static sem_t start, never;

static void *waiter(void *arg)
{
    sem_wait(&start);
    return arg;
}

int main(void)
{
    pthread_t threads[2];
    struct timespec end;

    sem_init(&start, 0, 0);
    sem_init(&never, 0, 0);
    pthread_create(&threads[0], NULL, waiter, NULL);
    pthread_create(&threads[1], NULL, waiter, NULL);
    clock_gettime(CLOCK_REALTIME, &end);
    for (;;) {
        end.tv_sec++;
        sem_timedwait(&never, &end);
    }
}

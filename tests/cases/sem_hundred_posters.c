// expect: deadlock warning likely threads=101 locks=done,work
// limit: 6

// A hundred workers, each of which has posted "done" before, wait for work; and main, which alone posts that, waits for
// "done" once more than it gave. Another thread goes on.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

#ifndef SLOW
#define SLOW 0
#endif

enum { N = 100, ROUNDS = 4 };

static sem_t work, done;
static int late;

static void *worker(void *arg)
{
    sem_post(&done); /* ready */
    for (;;) {
        sem_wait(&work);
        sem_post(&done);
        if (SLOW && __atomic_add_fetch(&late, 1, __ATOMIC_RELAXED) == ROUNDS * N) {
            sleep(4);
            sem_post(&done);
        }
    }
    return arg;
}

static void *beside(void *arg)
{
    for (;;)
        usleep(10000);
    return arg;
}

int main(void)
{
    pthread_t thread;

    sem_init(&work, 0, 0);
    sem_init(&done, 0, 0);
    pthread_create(&thread, NULL, beside, NULL);
    for (int i = 0; i < N; i++)
        pthread_create(&thread, NULL, worker, NULL);
    for (int i = 0; i < N; i++)
        sem_wait(&done);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < N; i++)
            sem_post(&work);
        for (int i = 0; i < N; i++)
            sem_wait(&done);
        usleep(1000);
    }
    sem_wait(&done);
    sem_post(&work);
    return 0;
}

// expect: deadlock error certain threads=1 locks=done

// Main waits for a semaphore that nobody posts; the only other thread has ended without doing so.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t done;

static void *worker(void *arg)
{
    return arg;
}

int main(void)
{
    pthread_t thread;

    sem_init(&done, 0, 0);
    pthread_create(&thread, NULL, worker, NULL);
    pthread_join(thread, NULL);
    sem_wait(&done);
    return 0;
}

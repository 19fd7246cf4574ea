// expect: deadlock error certain threads=1 locks=done

// Main counts on three posts, the worker made two and has ended.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

#ifndef POSTS
#define POSTS 2
#endif

static sem_t done;

static void *worker(void *arg)
{
    for (int i = 0; i < POSTS; i++)
        sem_post(&done);
    return arg;
}

int main(void)
{
    pthread_t thread;

    sem_init(&done, 0, 0);
    pthread_create(&thread, NULL, worker, NULL);
    for (int i = 0; i < 3; i++)
        sem_wait(&done);
    pthread_join(thread, NULL);
    return 0;
}

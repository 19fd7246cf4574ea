// expect: none

// A pool of eight workers that wait for jobs on one condition, mostly idle, asked to stop at the end.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

#define WORKERS 8

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER, idle = PTHREAD_COND_INITIALIZER;
static int jobs, done, stopping;

static void *worker(void *arg)
{
    pthread_mutex_lock(&m);
    for (;;) {
        while (jobs == 0 && !stopping)
            pthread_cond_wait(&wanted, &m);
        if (jobs == 0)
            break;
        jobs--;
        pthread_mutex_unlock(&m);
        usleep(2000);
        pthread_mutex_lock(&m);
        done++;
        pthread_cond_signal(&idle);
    }
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t threads[WORKERS];

    for (int i = 0; i < WORKERS; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    usleep(200000);
    pthread_mutex_lock(&m);
    for (int i = 0; i < 100; i++) {
        jobs++;
        pthread_cond_signal(&wanted);
    }
    while (done < 100)
        pthread_cond_wait(&idle, &m);
    stopping = 1;
    pthread_cond_broadcast(&wanted);
    pthread_mutex_unlock(&m);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

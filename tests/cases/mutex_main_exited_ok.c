// expect: none
// exit: 3

// Main leaves by pthread_exit; the others go on, and the last of them ends the program with a status.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define WORKERS 4

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int left = WORKERS;

static void *worker(void *arg)
{
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&m);
        usleep(100);
        pthread_mutex_unlock(&m);
    }
    pthread_mutex_lock(&m);
    if (--left == 0)
        exit(3);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t thread;

    for (int i = 0; i < WORKERS; i++)
        pthread_create(&thread, NULL, worker, NULL);
    pthread_exit(NULL);
}

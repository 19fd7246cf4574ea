// expect: none
// exit: hang

// Two of three have arrived, and main runs: it might come, and that it does not is its own affair.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static pthread_barrier_t meet;

static void *party(void *arg)
{
    pthread_barrier_wait(&meet);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_barrier_init(&meet, NULL, 3);
    pthread_create(&thread, NULL, party, NULL);
    pthread_create(&thread, NULL, party, NULL);
    for (;;)
        usleep(10000);
}

// expect: none

// Four threads, three hundred rounds, one serial thread each time, one of them slow at times.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

static pthread_barrier_t meet;
static atomic_int serial;

static void *party(void *slow)
{
    for (int i = 0; i < 300; i++) {
        if (slow && i % 100 == 0)
            usleep(50000);
        if (pthread_barrier_wait(&meet) == PTHREAD_BARRIER_SERIAL_THREAD)
            serial++;
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[4];

    pthread_barrier_init(&meet, NULL, 4);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, party, i ? NULL : &meet);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    return pthread_barrier_destroy(&meet) == 0 && serial == 300 ? 0 : 1;
}

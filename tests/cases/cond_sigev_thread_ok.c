// expect: none

// Signalled by a thread that the C library starts for a timer, while main, alone, waits.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ticked = PTHREAD_COND_INITIALIZER;
static int ticks;

static void on_timer(union sigval value)
{
    (void)value;
    pthread_mutex_lock(&m);
    ticks++;
    pthread_cond_signal(&ticked);
    pthread_mutex_unlock(&m);
}

int main(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_timer};
    const struct itimerspec every_100_ms = {{0, 100000000}, {0, 100000000}};
    timer_t timer;

    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
        return 1;
    timer_settime(timer, 0, &every_100_ms, NULL);
    pthread_mutex_lock(&m);
    while (ticks < 4)
        pthread_cond_wait(&ticked, &m);
    pthread_mutex_unlock(&m);
    return 0;
}

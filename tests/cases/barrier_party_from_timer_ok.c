// expect: none

// The second party comes from a thread of the C library's each time, a while after the first: nothing is known of it.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

static pthread_barrier_t meet;

static void on_timer(union sigval value)
{
    (void)value;
    pthread_barrier_wait(&meet);
}

int main(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_timer};
    const struct itimerspec after_three_seconds = {{0, 50000000}, {3, 0}};
    timer_t timer;

    pthread_barrier_init(&meet, NULL, 2);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
        return 1;
    timer_settime(timer, 0, &after_three_seconds, NULL);
    for (int i = 0; i < 4; i++)
        pthread_barrier_wait(&meet);
    return 0;
}

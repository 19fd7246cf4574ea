// expect: deadlock warning likely threads=2 locks=m,meet
// limit: 4

// The same in a program with a timer that has a thread of the C library's. It never came to the barrier: those two did,
// each time.
#include <signal.h>
#include <time.h>

static void on_timer(union sigval value)
{
    (void)value;
}

static void start_timer(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_timer};
    const struct itimerspec every_second = {{1, 0}, {1, 0}};
    timer_t timer;

    if (timer_create(CLOCK_MONOTONIC, &event, &timer) == 0)
        timer_settime(timer, 0, &every_second, NULL);
}

#define BESIDE start_timer
#include "barrier_lock.c"

// expect: none

// Posted by a thread that the C library starts for a timer (SIGEV_THREAD), a new one each time.
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

static sem_t tick;

static void on_timer(union sigval value)
{
    sem_post(value.sival_ptr);
}

int main(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_timer};
    const struct itimerspec every_100_ms = {{0, 100000000}, {0, 100000000}};
    timer_t timer;

    sem_init(&tick, 0, 0);
    event.sigev_value.sival_ptr = &tick;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
        return 1;
    timer_settime(timer, 0, &every_100_ms, NULL);
    for (int i = 0; i < 4; i++)
        sem_wait(&tick);
    timer_delete(timer);
    return 0;
}

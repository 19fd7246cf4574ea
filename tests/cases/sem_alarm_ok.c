// expect: none

// A program of one thread, asleep in sem_wait; the handler of a timer's signal posts. It did so before, too,
// in the very thread that waits.
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>

static sem_t tick;

static void on_alarm(int signal)
{
    (void)signal;
    sem_post(&tick);
}

int main(void)
{
    const struct itimerval every_100_ms = {{0, 100000}, {0, 100000}};

    sem_init(&tick, 0, 0);
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &every_100_ms, NULL);
    for (int i = 0; i < 4; i++) {
        while (sem_wait(&tick) != 0) {
            if (errno != EINTR)
                return 1;
        }
    }
    return 0;
}

// expect: none

// A thread of its own takes the signals, by sigwait, and posts; main waits for what that one has not posted
// yet.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>

static sem_t tick;
static sigset_t alarm_only;

static void *takes_signals(void *arg)
{
    int signal;

    for (int i = 0; i < 3; i++) {
        sigwait(&alarm_only, &signal);
        sem_post(&tick);
    }
    return arg;
}

int main(void)
{
    const struct itimerval every_150_ms = {{0, 150000}, {0, 150000}};
    pthread_t thread;

    sem_init(&tick, 0, 0);
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm_only, NULL);
    pthread_create(&thread, NULL, takes_signals, NULL);
    setitimer(ITIMER_REAL, &every_150_ms, NULL);
    for (int i = 0; i < 3; i++)
        sem_wait(&tick);
    pthread_join(thread, NULL);
    return 0;
}

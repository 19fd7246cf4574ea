// expect: none

// A wait for a semaphore goes on after a handler with SA_RESTART, however long it has lasted, and ends with
// EINTR after one without.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static sem_t s;
static volatile sig_atomic_t handled;

static void count(int signal)
{
    (void)signal;
    handled++;
}

static void *interrupts(void *waiter)
{
    const int after[] = {2000, 20000, 80000, 300000};
    pthread_t thread = *(pthread_t *)waiter;

    for (int i = 0; i < 4; i++) {
        usleep(after[i]);
        pthread_kill(thread, SIGUSR1);
    }
    usleep(100000);
    pthread_kill(thread, SIGUSR2);
    return NULL;
}

int main(void)
{
    const struct sigaction restarts = {.sa_handler = count, .sa_flags = SA_RESTART};
    const struct sigaction interrupts_it = {.sa_handler = count};
    pthread_t self = pthread_self(), thread;

    sem_init(&s, 0, 0);
    sigaction(SIGUSR1, &restarts, NULL);
    sigaction(SIGUSR2, &interrupts_it, NULL);
    pthread_create(&thread, NULL, interrupts, &self);
    if (sem_wait(&s) != -1 || errno != EINTR || handled != 5)
        return 1;
    pthread_join(thread, NULL);
    return 0;
}

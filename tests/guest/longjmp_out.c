// expect: none
// stdout-same: no

// A handler that interrupts sem_wait leaves it by siglongjmp. The thread no longer waits, whatever it does then: sleep,
// wait for other things, wait for that semaphore again; and whoever waits for its end is not deadlocked.
#define _GNU_SOURCE
#include "tests/order.h"
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER, busy = PTHREAD_MUTEX_INITIALIZER;
static sem_t never, go;
static sigjmp_buf out;

static void jump(int signal)
{
    siglongjmp(out, signal);
}

static void *worker(void *arg)
{
    pthread_mutex_lock(&held);
    if (sigsetjmp(out, 1) == 0) {
        sem_wait(&never);
        printf("went on\n");
    }
    poll(NULL, 0, 1500);
    pthread_mutex_lock(&busy); /* held by main for a while */
    pthread_mutex_unlock(&busy);
    sem_wait(&go);
    poll(NULL, 0, 1500);
    pthread_mutex_unlock(&held);
    return arg;
}

static void *wants_held(void *arg)
{
    pthread_mutex_lock(&held);
    pthread_mutex_unlock(&held);
    return arg;
}

int main(void)
{
    pthread_t threads[2];
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = jump;
    sigaction(SIGUSR1, &action, NULL);
    sem_init(&never, 0, 0);
    sem_init(&go, 0, 0);
    pthread_mutex_lock(&busy);
    pthread_create(&threads[0], NULL, worker, NULL);
    await_waiters(&never, 1);
    pthread_create(&threads[1], NULL, wants_held, NULL);
    await_waiters(&held, 1);
    pthread_kill(threads[0], SIGUSR1);
    await_waiters(&busy, 1);
    usleep(400000);
    pthread_mutex_unlock(&busy);
    await_waiters(&go, 1);
    usleep(400000);
    sem_post(&go);
    pthread_join(threads[1], NULL);
    pthread_join(threads[0], NULL);
    printf("done\n");
    return 0;
}

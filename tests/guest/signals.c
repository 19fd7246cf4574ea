// expect: none

// What a signal does to a thread that waits: sem_wait is interrupted or goes on as it was asked, a mutex and a join go
// on, masks and alternative stacks are the program's, and a handler may post and lock.
#define _GNU_SOURCE
#include "tests/order.h"
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t of_handler = PTHREAD_MUTEX_INITIALIZER, of_handler_too = PTHREAD_MUTEX_INITIALIZER;
static sem_t s, posted;
static atomic_int handled; /* by two threads at the same time */

static void handler(int signal)
{
    int error = errno;

    (void)signal;
    pthread_mutex_lock(&of_handler);
    pthread_mutex_lock(&of_handler_too);
    pthread_mutex_unlock(&of_handler);
    pthread_mutex_unlock(&of_handler_too);
    sem_post(&posted);
    handled++;
    errno = error;
}

static void handle(int flags)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigaction(SIGUSR1, &action, NULL);
}

static void *waits(void *arg)
{
    struct timespec late;
    sigset_t before, after;
    stack_t stack = {.ss_sp = malloc(16384), .ss_size = 16384};
    int result;

    sigaltstack(&stack, NULL);
    sigemptyset(&before);
    sigaddset(&before, SIGUSR2);
    sigaddset(&before, SIGPIPE);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    clock_gettime(CLOCK_REALTIME, &late);
    late.tv_sec += 100;
    result = arg == NULL ? sem_wait(&s) : sem_timedwait(&s, &late);
    printf("wait %d %s\n", result, result != 0 ? strerror(errno) : "");
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    printf("mask %s\n", memcmp(&before, &after, 8) == 0 ? "as it was" : "changed");
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, NULL);
    free(stack.ss_sp);
    return NULL;
}

static void *joins(void *thread)
{
    printf("join %d\n", pthread_join(*(pthread_t *)thread, NULL));
    return NULL;
}

static void await_handled(int count)
{
    while (handled < count)
        sched_yield();
}

static void one(int flags, void *timed)
{
    pthread_t thread, joiner;
    int before = handled;

    handle(flags);
    pthread_mutex_lock(&b);
    pthread_create(&thread, NULL, waits, timed);
    pthread_create(&joiner, NULL, joins, &thread);
    await_waiters(&s, 1);
    await_joiners(thread, 1);
    pthread_kill(thread, SIGUSR1);
    pthread_kill(joiner, SIGUSR1);
    await_handled(before + 2);
    while (waiters(&s) + waiters(&b) == 0) /* it waits for s again, or went on to b */
        sched_yield();
    sem_post(&s);
    await_waiters(&b, 1);
    pthread_kill(thread, SIGUSR1);
    await_handled(before + 3);
    pthread_mutex_unlock(&b);
    pthread_join(joiner, NULL);
    while (sem_trywait(&s) == 0)
        ;
}

int main(void)
{
    int posts = 0;

    sem_init(&s, 0, 0);
    sem_init(&posted, 0, 0);
    one(0, NULL);
    one(SA_RESTART, NULL);
    one(SA_ONSTACK, NULL);
    one(SA_ONSTACK | SA_RESTART, &posts);
    while (sem_trywait(&posted) == 0)
        posts++;
    printf("%d handled, %d posts\n", handled, posts);
    return 0;
}

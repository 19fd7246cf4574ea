// expect: deadlock error certain threads=1 locks=m
// env: LOCKWATCH_OPTIONS=on_deadlock=exit
// exit: 0

// A thread holds the mutex while main forks. In the child its owner does not exist; the child ends when that is found.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CHILD_NEEDS_IT
#define CHILD_NEEDS_IT 1
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t held, forked;

static void *holder(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_barrier_wait(&held);
    pthread_barrier_wait(&forked);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t thread;
    pid_t child;

    pthread_barrier_init(&held, NULL, 2);
    pthread_barrier_init(&forked, NULL, 2);
    pthread_create(&thread, NULL, holder, NULL);
    pthread_barrier_wait(&held);
    child = fork();
    if (child == 0) {
        if (CHILD_NEEDS_IT)
            pthread_mutex_lock(&m);
        _exit(0);
    }
    pthread_barrier_wait(&forked);
    waitpid(child, NULL, 0);
    pthread_join(thread, NULL);
    return 0;
}

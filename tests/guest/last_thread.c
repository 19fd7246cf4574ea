// expect: none
// exit: -10
// where: glibc < (2, 42)

// The last thread of the program calls exit, and so runs what is to run at the end: on its own stack, with its own
// signals, though a thread of the library's may live when the last but one ends.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CHAIN = 20 };
static _Thread_local int number; /* of the thread */
static pthread_t thread[CHAIN + 1];
static pthread_barrier_t all;

static void at_the_end(void)
{
    pthread_attr_t attributes;
    sigset_t blocked;
    void *start;
    size_t size;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &start, &size);
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    printf("by thread %d, on a stack of %zu times 16 KiB, SIGUSR1 blocked: %d\n", number, size >> 14,
           sigismember(&blocked, SIGUSR1));
    fflush(stdout);
    kill(getpid(), SIGUSR1);
}

static void *join_the_one_before(void *at)
{
    number = (int)(intptr_t)at;
    pthread_barrier_wait(&all);
    pthread_join(thread[number - 1], NULL);
    return NULL;
}

int main(void)
{
    atexit(at_the_end);
    pthread_barrier_init(&all, NULL, CHAIN + 1);
    thread[0] = pthread_self();
    for (int i = 1; i <= CHAIN; i++)
        pthread_create(&thread[i], NULL, join_the_one_before, (void *)(intptr_t)i);
    pthread_barrier_wait(&all);
    pthread_exit(NULL);
}

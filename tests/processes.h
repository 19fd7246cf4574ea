/*
 * For test programs of several processes: memory that they share, children that end with their parent, and meeting in
 * an order, without a call that lockwatch sees.
 */
#ifndef TESTS_PROCESSES_H
#define TESTS_PROCESSES_H

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct together {
    int steps;
    pthread_mutex_t mutex[3];
    pthread_rwlock_t rwlock[2];
    sem_t semaphore[3];
};

__attribute__((unused)) static struct together *together(void)
{
    return mmap(NULL, sizeof(struct together), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* Counts a step, and waits until all processes have made so many. */
__attribute__((unused)) static void meet(struct together *t, int steps)
{
    __atomic_add_fetch(&t->steps, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&t->steps, __ATOMIC_SEQ_CST) < steps)
        sched_yield();
}

__attribute__((unused)) static pid_t child(void (*routine)(struct together *t), struct together *t)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    routine(t);
    exit(0);
}

/* 0: all children ended with 0. */
__attribute__((unused)) static int children(void)
{
    int status, bad = 0;
    while (wait(&status) > 0)
        bad |= status;
    return bad != 0;
}

__attribute__((unused)) static void init_mutexes(struct together *t, int type, int robust)
{
    pthread_mutexattr_t a;
    pthread_mutexattr_init(&a);
    pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_settype(&a, type);
    pthread_mutexattr_setrobust(&a, robust);
    for (int i = 0; i < 3; i++)
        pthread_mutex_init(&t->mutex[i], &a);
}

/* How long something takes, here. */
__attribute__((unused)) static void work(int milliseconds)
{
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

#endif

// expect: none
// stdout-same: yes
// limit: 60

// Children made by bare system calls, which run no handlers of pthread_atfork: each in every state that a thread can be
// in, each doing what is watched in the parent. They must end with 0, and nothing of it may turn up in the record of
// the parent, which takes the same locks in the other order.
#define _GNU_SOURCE
#include "tests/cases/raw_call.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t r = PTHREAD_RWLOCK_INITIALIZER;
static sem_t unit;
static volatile int stop;

static pid_t by_clone(void)
{
    return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static pid_t by_clone3(void)
{
    struct {
        uint64_t flags, pidfd, child, parent, signal, stack, size, tls;
    } arguments = {.signal = SIGCHLD};
    return (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
}

static pid_t by_hand(void)
{
    return (pid_t)raw_call(SYS_clone, SIGCHLD, 0, 0, 0);
}

#ifdef SYS_fork
static pid_t by_fork(void)
{
    return (pid_t)syscall(SYS_fork);
}

static pid_t by_hand_fork(void)
{
    return (pid_t)raw_call(SYS_fork, 0, 0, 0, 0);
}

static pid_t (*const ways[])(void) = {by_clone, by_clone3, by_hand, by_fork, by_hand_fork};
#else
static pid_t (*const ways[])(void) = {by_clone, by_clone3, by_hand};
#endif

static void take_both(pthread_mutex_t *first, pthread_mutex_t *second)
{
    pthread_mutex_lock(first);
    pthread_mutex_lock(second);
    pthread_mutex_unlock(second);
    pthread_mutex_unlock(first);
}

/* Locks that live for a moment, in memory that is released. */
static void short_lived(void)
{
    pthread_mutex_t *m = malloc(sizeof(pthread_mutex_t));
    sem_t *s = malloc(sizeof *s);
    pthread_mutex_init(m, NULL);
    sem_init(s, 0, 1);
    take_both(m, &a);
    sem_wait(s);
    pthread_mutex_lock(m);
    pthread_mutex_unlock(m);
    sem_post(s);
    pthread_mutex_destroy(m);
    free(m);
    free(s);
}

static void *in_thread(void *unused)
{
    take_both(&b, &a);
    return unused;
}

/* `held`: the thread that was copied has it, and so has the copy. */
static int child(pthread_mutex_t *held)
{
    pthread_t thread;
    take_both(&b, &a);
    if (held != NULL)
        pthread_mutex_unlock(held);
    pthread_rwlock_wrlock(&r);
    take_both(&b, &a);
    pthread_rwlock_unlock(&r);
    for (int i = 0; i < 5; i++)
        short_lived();
    sem_wait(&unit);
    sem_post(&unit);
    if (pthread_mutex_trylock(&b) == 0)
        pthread_mutex_unlock(&b);
    if (pthread_create(&thread, NULL, in_thread, NULL) == 0)
        pthread_join(thread, NULL);
    /* As copies of copies. */
    pid_t next = fork();
    if (next == 0) {
        take_both(&b, &a);
        exit(0);
    }
    int status = 1;
    waitpid(next, &status, 0);
    return status;
}

static int children(pthread_mutex_t *held)
{
    int bad = 0;
    for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++) {
        int status = 1;
        pid_t pid = ways[i]();
        if (pid == 0)
            _exit(child(held) != 0);
        waitpid(pid, &status, 0);
        bad += status != 0;
        take_both(&a, &b);
    }
    return bad;
}

/* New orders all the time, so that the record grows while others are copied. Not a and b: they may be held then. */
static void *work(void *unused)
{
    enum { LOCKS = 40 };
    static pthread_mutex_t many[LOCKS];
    for (unsigned i = 0; !stop; i++) {
        pthread_mutex_init(&many[i % LOCKS], NULL);
        take_both(&outer, &many[i % LOCKS]);
    }
    return unused;
}

static void *fork_in_thread(void *bad)
{
    static pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&own);
    *(int *)bad += children(&own);
    pthread_mutex_unlock(&own);
    return NULL;
}

int main(void)
{
    static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
    pthread_t worker, forker;
    int bad, in_other = 0;
    sem_init(&unit, 0, 1);
    bad = children(NULL); /* before there is a record */
    pthread_create(&worker, NULL, work, NULL);
    for (int i = 0; i < 5; i++) {
        bad += children(NULL);
        pthread_mutex_lock(&first);
        bad += children(&first);
        pthread_mutex_lock(&second);
        bad += children(&first);
        pthread_mutex_unlock(&second);
        pthread_mutex_unlock(&first);
        pthread_create(&forker, NULL, fork_in_thread, &in_other);
        pthread_join(forker, NULL);
    }
    stop = 1;
    pthread_join(worker, NULL);
    printf("%d and %d children ended badly\n", bad, in_other);
    return bad + in_other != 0;
}

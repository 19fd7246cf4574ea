/*
 * fork in a program with threads: the child has one thread, a copy of the one that forked, but all the
 * memory, and so every lock in the state it was in (POSIX, fork and pthread_atfork).
 *
 * What goes wrong: a logger thread is writing, its lock held, while main forks. In the child the lock is
 * held by a thread that does not exist there; the first line that the child logs waits forever.
 *
 * The fix: handlers that acquire the lock before the fork and release it after, on both sides, so that no thread
 * is in the middle of anything when the memory is copied. (Or: call exec at once.)
 *
 * expect-faulty: deadlock error certain threads=1 locks=log_lock
 * expect-fixed: none
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int lines, stop;

static void log_line(int microseconds)
{
    pthread_mutex_lock(&log_lock);
    lines++;
    usleep(microseconds); /* the disk takes its time */
    pthread_mutex_unlock(&log_lock);
}

static void *logger(void *arg)
{
    (void)arg;
    pthread_setname_np(pthread_self(), "logger");
    while (!stop) {
        log_line(50000);
        usleep(1000);
    }
    return NULL;
}

#ifndef FAULTY
static void before_fork(void)
{
    pthread_mutex_lock(&log_lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&log_lock);
}
#endif

static int child(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* if the parent is killed, do not stay behind */
    log_line(0);
    return 7;
}

int main(void)
{
    pthread_t thread;
    pid_t pid;
    int status;

#ifndef FAULTY
    pthread_atfork(before_fork, after_fork, after_fork);
#endif
    pthread_create(&thread, NULL, logger, NULL);
    while (lines == 0)
        usleep(1000);
    pid = fork();
    if (pid == 0)
        _exit(child());
    waitpid(pid, &status, 0);
    stop = 1;
    pthread_join(thread, NULL);
    printf("the child logged its line and ended with %d\n", WEXITSTATUS(status));
    return 0;
}

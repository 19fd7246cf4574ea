// expect: deadlock error certain threads=2 locks=a,b
// exit: 0
// stderr-has: children_reaped.c

// While a deadlock is reported another thread waits for whatever child there is. There is none to be seen, no signal of
// one comes, and the child that the program makes itself is its own.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t met;
static volatile sig_atomic_t signals;

static void count(int signal)
{
    (void)signal;
    signals++;
}

static void *left(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&b);
    return arg;
}

static void *right(void *arg)
{
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&a);
    return arg;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(void)
{
    struct sigaction action;
    pthread_t threads[2];
    int bad = 0, status;

    memset(&action, 0, sizeof action);
    action.sa_handler = count;
    sigaction(SIGCHLD, &action, NULL);
    pthread_barrier_init(&met, NULL, 2);
    pthread_create(&threads[0], NULL, left, NULL);
    pthread_create(&threads[1], NULL, right, NULL);
    for (double end = now() + 1; now() < end; usleep(100)) {
        siginfo_t info;

        bad += waitpid(-1, &status, WNOHANG) != -1 || errno != ECHILD;
        bad += wait(&status) != -1 || errno != ECHILD;
        bad += waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != -1 || errno != ECHILD;
    }
    if (bad != 0 || signals != 0)
        printf("%d times there was a child, %d signals\n", bad, (int)signals);
    pid_t pid = fork();
    if (pid == 0)
        _exit(5);
    bad += waitpid(-1, &status, 0) != pid || WEXITSTATUS(status) != 5;
    bad += signals != 1;
    return bad != 0;
}

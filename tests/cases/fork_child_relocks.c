// expect: deadlock error certain threads=1 locks=m
// exit: 0

// The forking thread holds the mutex, and so does its copy in the child, which takes it once more.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef RELEASE
#define RELEASE 0
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void *task(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return arg;
}

static void child(void)
{
    pthread_t thread;

    if (RELEASE)
        pthread_mutex_unlock(&m);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    pthread_create(&thread, NULL, task, NULL);
    pthread_join(thread, NULL);
    _exit(0);
}

int main(void)
{
    pthread_t thread;
    int status;
    pid_t pid;

    pthread_create(&thread, NULL, task, NULL);
    pthread_join(thread, NULL);
    pthread_mutex_lock(&m);
    pid = fork();
    if (pid == 0)
        child();
    usleep(500000);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    pthread_mutex_unlock(&m);
    return RELEASE ? status : 0;
}

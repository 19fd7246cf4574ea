// expect: none
// limit: 60
// env: LOCKWATCH_OPTIONS=keep=auto

// Who changes the ids of a process waits until each of its threads has taken a signal of libc's. None may keep it
// waiting, be it of the library's, or on its way to make one.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TIMES = 400, CHANGES = 20 };
static pthread_barrier_t some, all;

static void *meet_all(void *unused)
{
    pthread_barrier_wait(&all);
    return unused;
}

static void *meet(void *unused)
{
    pthread_barrier_wait(&some);
    return meet_all(unused);
}

static void child(void)
{
    pthread_t thread;
    pthread_barrier_init(&some, NULL, 3);
    pthread_barrier_init(&all, NULL, 4);
    pthread_create(&thread, NULL, meet, NULL);
    pthread_create(&thread, NULL, meet, NULL);
    pthread_barrier_wait(&some);
    for (int i = 0; i < CHANGES; i++)
        if (setresgid((gid_t)-1, getegid(), (gid_t)-1) != 0)
            _exit(1);
    pthread_create(&thread, NULL, meet_all, NULL);
    pthread_barrier_wait(&all);
    _exit(0);
}

int main(void)
{
    for (int i = 0; i < TIMES; i++) {
        int status;
        if (fork() == 0)
            child();
        wait(&status);
        if (status != 0)
            return printf("time %d: %#x\n", i, (unsigned)status), 1;
    }
    return 0;
}

// expect: none
// exit: 3
// limit: 60
// env: LOCKWATCH_OPTIONS=keep=auto

// The last two threads of a process end at the same time, again and again: what is to run at its end is run by one of
// them.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TIMES = 200 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local int ours;

static void at_the_end(void)
{
    _exit(ours ? 3 : 4);
}

static void *wait_for_main(void *main_thread)
{
    ours = 1;
    pthread_join((pthread_t)main_thread, NULL);
    return NULL;
}

static void *work(void *unused)
{
    ours = 1;
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

static void child(void)
{
    pthread_t thread;
    ours = 1;
    atexit(at_the_end);
    pthread_create(&thread, NULL, wait_for_main, (void *)pthread_self());
    pthread_create(&thread, NULL, work, NULL);
    pthread_exit(NULL);
}

int main(void)
{
    int status = 0;
    for (int i = 0; i < TIMES; i++) {
        if (fork() == 0)
            child();
        wait(&status);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 3)
            return printf("time %d: %#x\n", i, (unsigned)status), 4;
    }
    return WEXITSTATUS(status);
}

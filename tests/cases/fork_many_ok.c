// expect: none

// Forks in the midst of threads that lock and wait; each child uses locks and threads of its own, and ends.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t busy[4];
static pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
static atomic_int stop;

static void *worker(void *arg)
{
    while (!stop) {
        for (int i = 0; i < 4; i++)
            pthread_mutex_lock(&busy[i]);
        usleep(50);
        for (int i = 0; i < 4; i++)
            pthread_mutex_unlock(&busy[i]);
    }
    return arg;
}

static void *child_worker(void *arg)
{
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&fresh);
        pthread_mutex_unlock(&fresh);
    }
    return arg;
}

static void child(void)
{
    pthread_t threads[2];

    for (int i = 0; i < 4; i++)
        pthread_mutex_init(&busy[i], NULL);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, child_worker, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_lock(&busy[0]);
    _exit(0);
}

int main(void)
{
    pthread_t threads[4];
    int status, failed = 0;

    for (int i = 0; i < 4; i++)
        pthread_mutex_init(&busy[i], NULL);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    for (int i = 0; i < 20; i++) {
        pid_t pid = fork();

        if (pid == 0)
            child();
        waitpid(pid, &status, 0);
        failed |= status;
    }
    stop = 1;
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    return failed;
}

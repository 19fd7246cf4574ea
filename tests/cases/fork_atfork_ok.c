// expect: none

// Handlers take the lock before each fork and release it after, in the parent and in the child, while a
// thread uses it all the time.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static atomic_int stop;

static void before(void)
{
    pthread_mutex_lock(&m);
}

static void after(void)
{
    pthread_mutex_unlock(&m);
}

static void *user(void *arg)
{
    while (!stop) {
        pthread_mutex_lock(&m);
        usleep(1000);
        pthread_mutex_unlock(&m);
        usleep(100);
    }
    return arg;
}

int main(void)
{
    int status, failed = 0;
    pthread_t thread;

    pthread_atfork(before, after, after);
    pthread_create(&thread, NULL, user, NULL);
    for (int i = 0; i < 10; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            pthread_mutex_lock(&m);
            pthread_mutex_unlock(&m);
            _exit(0);
        }
        waitpid(pid, &status, 0);
        failed |= status;
    }
    stop = 1;
    pthread_join(thread, NULL);
    return failed;
}

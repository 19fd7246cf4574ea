// expect: deadlock error certain threads=2 locks=a,b
// exit: 0

// The child starts threads of its own, and these lock each other out; the parent does well.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *backward(void *arg)
{
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&a);
    return arg;
}

static void child(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, backward, NULL);
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&b);
    _exit(1);
}

int main(void)
{
    pid_t pid;

    pthread_barrier_init(&both, NULL, 2);
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    pid = fork();
    if (pid == 0)
        child();
    usleep(500000);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return 0;
}

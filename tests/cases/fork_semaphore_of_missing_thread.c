// expect: deadlock error certain threads=1 locks=s
// exit: 0

// A semaphore that is not shared, taken when the fork comes: nobody in the child will post the child's copy.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static sem_t s;
static pthread_barrier_t held;

static void *holder(void *arg)
{
    sem_wait(&s);
    pthread_barrier_wait(&held);
    usleep(500000);
    sem_post(&s);
    return arg;
}

int main(void)
{
    pthread_t thread;
    pid_t child;

    sem_init(&s, 0, 1);
    pthread_barrier_init(&held, NULL, 2);
    pthread_create(&thread, NULL, holder, NULL);
    pthread_barrier_wait(&held);
    child = fork();
    if (child == 0) {
        sem_wait(&s);
        _exit(0);
    }
    usleep(700000);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    pthread_join(thread, NULL);
    return 0;
}

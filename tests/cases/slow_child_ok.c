// expect: none

// Five wait for a mutex whose holder waits for a child process, and then sleeps in a futex call of its own.
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static atomic_int word;

static void *holder(void *arg)
{
    pid_t pid;

    pthread_mutex_lock(&m);
    pid = fork();
    if (pid == 0) {
        usleep(200000);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    while (word == 0)
        syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    pthread_mutex_unlock(&m);
    return arg;
}

static void *waiter(void *arg)
{
    usleep(50000);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t threads[6];

    for (int i = 0; i < 6; i++)
        pthread_create(&threads[i], NULL, i ? waiter : holder, NULL);
    usleep(500000);
    word = 1;
    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    for (int i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

// expect: none

// A mutex is held while another process has the file: threads wait for both, and for a while nothing moves. The lock is
// that of the child, which got the open file of the thread that acquired it.
#define _GNU_SOURCE
#include "tests/order.h"
#include <sys/file.h>
#include <sys/wait.h>

static const char path[] = "/dev/shm/lockwatch-test-process";
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pid_t child;

static void *one(void *arg)
{
    int fd = open(path, O_RDWR | O_CREAT, 0666);

    flock(fd, LOCK_EX);
    child = fork();
    if (child == 0) {
        usleep(700000);
        _exit(0);
    }
    close(fd);
    step();
    await_step(2);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return arg;
}

static void *two(void *arg)
{
    await_step(1);
    int fd = open(path, O_RDWR | O_CLOEXEC);

    pthread_mutex_lock(&m);
    step();
    flock(fd, LOCK_EX);
    pthread_mutex_unlock(&m);
    close(fd);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_create(&threads[0], NULL, one, NULL);
    pthread_create(&threads[1], NULL, two, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    waitpid(child, NULL, 0);
    unlink(path);
    return 0;
}

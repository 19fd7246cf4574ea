// expect: deadlock error certain threads=2 locks=m,/dev/shm/lockwatch-test
// stderr-has: waits for file lock /dev/shm/lockwatch-test
// json: "filelock" in [l["kind"] for l in f["locks"]]

// A thread has locked a file by flock and wants a mutex, whose holder wants to lock the file.
#define _GNU_SOURCE
#include "tests/order.h"
#include <sys/file.h>

#ifndef CLOSED
#define CLOSED 0
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static const char *path;

static void *one(void *arg)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);

    flock(fd, LOCK_EX);
    if (CLOSED)
        close(fd);
    step();
    await_step(2);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    if (!CLOSED)
        close(fd);
    return arg;
}

static void *two(void *arg)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);

    pthread_mutex_lock(&m);
    step();
    await_step(2);
    flock(fd, LOCK_EX);
    pthread_mutex_unlock(&m);
    close(fd);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    path = CLOSED ? "/dev/shm/lockwatch-test-ok" : "/dev/shm/lockwatch-test";
    close(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    pthread_create(&threads[0], NULL, one, NULL);
    pthread_create(&threads[1], NULL, two, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    unlink(path);
    return 0;
}

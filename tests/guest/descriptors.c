// expect: none

// The numbers that a program gets for its files are those it would get anyway: before there are threads, with nested
// locks, while and after threads block; and each is as it was left.
#define _GNU_SOURCE
#include "tests/order.h"
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static sem_t go;

static void tell(const char *when)
{
    int fd = open("/dev/null", O_RDONLY), ends[2] = {-1, -1};
    DIR *dir = opendir("/proc/self/fd");
    int count = 0, bad = pipe(ends);

    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;)
        count += entry->d_name[0] != '.';
    printf("%s: %d %d %d, %d open%s\n", when, fd, ends[0], ends[1], count, bad != 0 ? ", no pipe" : "");
    if (dir != NULL)
        closedir(dir);
    close(fd);
    close(ends[0]);
    close(ends[1]);
}

static void *blocks(void *arg)
{
    tell("in a thread");
    step();
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    tell("after a mutex");
    step();
    sem_wait(&go);
    tell("after a semaphore");
    return arg;
}

int main(void)
{
    pthread_t thread;

    tell("first");
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    tell("two locks");
    pthread_mutex_unlock(&a);
    pthread_create(&thread, NULL, blocks, NULL);
    await_step(1); /* looking who waits takes descriptors, too */
    await_waiters(&b, 1);
    usleep(700000);
    pthread_mutex_unlock(&b);
    await_step(2);
    await_waiters(&go, 1);
    usleep(700000);
    tell("beside one that waits");
    sem_post(&go);
    pthread_join(thread, NULL);
    tell("last");
    close(0);
    pthread_create(&thread, NULL, blocks, NULL);
    sem_post(&go);
    pthread_join(thread, NULL);
    tell("without standard input");
    return 0;
}

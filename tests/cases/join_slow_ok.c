// expect: none

// Main joins a thread that sleeps, and one that reads a pipe which a third thread writes to late.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static int ends[2];

static void *sleeps(void *arg)
{
    usleep(300000);
    return arg;
}

static void *reads(void *arg)
{
    char byte;

    return read(ends[0], &byte, 1) == 1 ? arg : &ends;
}

static void *writes(void *arg)
{
    usleep(400000);
    return write(ends[1], "x", 1) == 1 ? arg : &ends;
}

int main(void)
{
    void *(*const roles[])(void *) = {reads, sleeps, writes};
    pthread_t threads[3];
    void *result;
    int failed = 0;

    if (pipe(ends) != 0)
        return 1;
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, roles[i], NULL);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], &result);
        failed |= result != NULL;
    }
    return failed;
}

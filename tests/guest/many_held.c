// expect: none
// args: 100000
// limit: 10

// One thread holds a hundred thousand locks at once, and releases them last in first out, then first in first out,
// then in no order.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t *locks;
static int count;

static void take_all(void)
{
    for (int i = 0; i < count; i++)
        pthread_mutex_lock(&locks[i]);
}

static int release(int i)
{
    return pthread_mutex_unlock(&locks[i]) != 0;
}

static void *work(void *arg)
{
    int bad = 0;

    take_all();
    for (int i = count; i-- > 0;)
        bad += release(i);
    take_all();
    for (int i = 0; i < count; i++)
        bad += release(i);
    take_all();
    for (long i = 0, at = 0; i < count; i++, at = (at + 31337) % count) /* a prime that does not divide it */
        bad += release((int)at);
    printf("%d locks, %d refused\n", count, bad);
    return arg;
}

int main(int argc, char **argv)
{
    pthread_t thread;

    count = argc > 1 ? atoi(argv[1]) : 1000;
    locks = calloc((size_t)count, sizeof *locks); // NOLINT: an array of them
    for (int i = 0; i < count; i++)
        pthread_mutex_init(&locks[i], NULL);
    pthread_create(&thread, NULL, work, NULL);
    pthread_join(thread, NULL);
    return 0;
}

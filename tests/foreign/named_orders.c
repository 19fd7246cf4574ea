// Pairs of locks, each acquired in both orders, by two threads one after the other: named_orders PAIRS [NAME...]. The
// first pairs have the names given, the others "lock-N-a" and "lock-N-b".
#define _GNU_SOURCE
#include "include/lockwatch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_bool forward_done; /* which lockwatch does not see: as far as it knows they may overlap */
static pthread_mutex_t (*pair)[2];
static int pairs;

static void acquire(pthread_mutex_t *first, pthread_mutex_t *second)
{
    pthread_mutex_lock(first);
    pthread_mutex_lock(second);
    pthread_mutex_unlock(second);
    pthread_mutex_unlock(first);
}

static void *forward(void *name)
{
    if (name != NULL)
        pthread_setname_np(pthread_self(), name);
    for (int i = 0; i < pairs; i++)
        acquire(&pair[i][0], &pair[i][1]);
    forward_done = true;
    return NULL;
}

static void *backward(void *unused)
{
    while (!forward_done)
        usleep(1000);
    for (int i = 0; i < pairs; i++)
        acquire(&pair[i][1], &pair[i][0]);
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t thread[2];
    char name[64];
    pairs = argc > 1 ? atoi(argv[1]) : 1;
    pair = calloc((size_t)pairs, sizeof *pair);
    for (int i = 0; i < pairs; i++)
        for (int side = 0; side < 2; side++) {
            snprintf(name, sizeof name, "lock-%d-%c", i, 'a' + side);
            pthread_mutex_init(&pair[i][side], NULL);
            LOCKWATCH_NAME(&pair[i][side], 2 * i + side + 2 < argc ? argv[2 * i + side + 2] : name);
        }
    pthread_create(&thread[0], NULL, forward, argc > 2 ? "<b>\"'&" : NULL);
    pthread_create(&thread[1], NULL, backward, NULL);
    pthread_join(thread[0], NULL);
    pthread_join(thread[1], NULL);
    return 0;
}

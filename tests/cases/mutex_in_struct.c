// expect: deadlock error certain threads=2 locks=table[1].lock,table[2].lock

// Members of an array of structs: the debug information names the element and the member.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>

struct row {
    int value;
    pthread_mutex_t lock;
};

static struct row table[4];
static pthread_barrier_t both;

static void *copy(void *arg)
{
    int from = (int)(intptr_t)arg, to = 3 - from;

    pthread_mutex_lock(&table[from].lock);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&table[to].lock);
    table[to].value = table[from].value;
    return NULL;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&both, NULL, 2);
    for (int i = 0; i < 4; i++)
        pthread_mutex_init(&table[i].lock, NULL);
    pthread_create(&threads[0], NULL, copy, (void *)(intptr_t)1);
    pthread_create(&threads[1], NULL, copy, (void *)(intptr_t)2);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}

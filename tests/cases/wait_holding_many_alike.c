// expect: wait-holding warning threads=2
// json: f["count"] == 20 and len(doc["findings"]) == 1

// Twenty buffers, each with a lock and a semaphore of its own, all made at one place: one finding.
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#define MANY 20

struct buffer {
    pthread_mutex_t lock;
    sem_t items;
};

static struct buffer *buffers[MANY];
static atomic_int filled;

static void *fills(void *arg)
{
    for (int i = 0; i < MANY; i++) {
        pthread_mutex_lock(&buffers[i]->lock);
        sem_post(&buffers[i]->items);
        pthread_mutex_unlock(&buffers[i]->lock);
    }
    filled = 1;
    return arg;
}

static void *empties(void *arg)
{
    while (!filled)
        ;
    for (int i = 0; i < MANY; i++) {
        pthread_mutex_lock(&buffers[i]->lock);
        sem_wait(&buffers[i]->items);
        pthread_mutex_unlock(&buffers[i]->lock);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    for (int i = 0; i < MANY; i++) {
        buffers[i] = malloc(sizeof *buffers[i]);
        pthread_mutex_init(&buffers[i]->lock, NULL);
        sem_init(&buffers[i]->items, 0, 0);
    }
    pthread_create(&threads[0], NULL, empties, NULL);
    pthread_create(&threads[1], NULL, fills, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    for (int i = 0; i < MANY; i++)
        free(buffers[i]);
    return 0;
}

// expect: none

// A buffer with room for two, full: each of its two producers has acquired one unit, waits for another, and nobody has
// posted room so far. The consumer needs five seconds for the first item. It has touched nothing but the items.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

static sem_t room, items;

static void *produce(void *arg)
{
    for (int i = 0; i < 4; i++) {
        sem_wait(&room);
        sem_post(&items);
    }
    return arg;
}

static void *consume(void *arg)
{
    for (int i = 0; i < 8; i++) {
        sem_wait(&items);
        if (i == 0)
            sleep(5);
        sem_post(&room);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[3];

    sem_init(&room, 0, 2);
    sem_init(&items, 0, 0);
    pthread_create(&threads[0], NULL, produce, NULL);
    pthread_create(&threads[1], NULL, produce, NULL);
    pthread_create(&threads[2], NULL, consume, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

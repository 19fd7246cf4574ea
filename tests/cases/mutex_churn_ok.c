// expect: none

// Mutexes made, used and freed at once, some without destroy, so that new ones come to stand at their
// addresses and are taken in the other order there.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>

static void *worker(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        pthread_mutex_t *first = malloc(sizeof *first), *second = malloc(sizeof *second);

        if (i % 2) {
            pthread_mutex_t *swap = first;

            first = second;
            second = swap;
        }
        pthread_mutex_init(first, NULL);
        pthread_mutex_init(second, NULL);
        pthread_mutex_lock(first);
        pthread_mutex_lock(second);
        pthread_mutex_unlock(second);
        pthread_mutex_unlock(first);
        if (i % 3) {
            pthread_mutex_destroy(first);
            pthread_mutex_destroy(second);
        }
        free(first);
        free(second);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

// expect: none

// A bounded queue with a mutex and two conditions, four producers, three consumers, slow at times.
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

#define PLACES 3
#define PRODUCERS 4
#define CONSUMERS 3
#define ITEMS 300

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER, not_empty = PTHREAD_COND_INITIALIZER;
static int items, consumed;

static void *produce(void *arg)
{
    for (int i = 0; i < ITEMS; i++) {
        pthread_mutex_lock(&m);
        while (items == PLACES)
            pthread_cond_wait(&not_full, &m);
        items++;
        pthread_cond_signal(&not_empty);
        pthread_mutex_unlock(&m);
    }
    return arg;
}

static void *consume(void *arg)
{
    int mine = PRODUCERS * ITEMS / CONSUMERS;

    usleep(100000);
    for (int i = 0; i < mine; i++) {
        pthread_mutex_lock(&m);
        while (items == 0)
            pthread_cond_wait(&not_empty, &m);
        items--;
        consumed++;
        pthread_cond_signal(&not_full);
        pthread_mutex_unlock(&m);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[PRODUCERS + CONSUMERS];

    for (int i = 0; i < PRODUCERS + CONSUMERS; i++)
        pthread_create(&threads[i], NULL, i < PRODUCERS ? produce : consume, NULL);
    for (int i = 0; i < PRODUCERS + CONSUMERS; i++)
        pthread_join(threads[i], NULL);
    return consumed == PRODUCERS * ITEMS && items == 0 ? 0 : 1;
}

// expect: none

// Two thousand short threads, eight at a time, which take two mutexes and a semaphore each.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static sem_t slots;
static int count;

static void *task(void *arg)
{
    sem_wait(&slots);
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    count++;
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
    sem_post(&slots);
    return arg;
}

int main(void)
{
    pthread_t threads[8];

    sem_init(&slots, 0, 4);
    for (int batch = 0; batch < 250; batch++) {
        for (int i = 0; i < 8; i++)
            pthread_create(&threads[i], NULL, task, NULL);
        for (int i = 0; i < 8; i++)
            pthread_join(threads[i], NULL);
    }
    return count == 2000 ? 0 : 1;
}

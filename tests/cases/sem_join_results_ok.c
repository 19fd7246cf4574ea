// expect: none

// Main takes the results of four workers from one semaphore that starts at 0 and holds a mutex they never
// need.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

static sem_t results;
static pthread_mutex_t printing = PTHREAD_MUTEX_INITIALIZER;

static void *worker(void *arg)
{
    usleep(150000);
    sem_post(&results);
    usleep(50000);
    return arg;
}

int main(void)
{
    pthread_t threads[4];

    sem_init(&results, 0, 0);
    pthread_mutex_lock(&printing);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    for (int i = 0; i < 4; i++)
        sem_wait(&results);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_unlock(&printing);
    return 0;
}

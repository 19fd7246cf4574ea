// expect: none

// Readers and writers: the first reader takes room_empty, the last to leave releases it, here always
// another one. Writers wait for long, and nobody who holds it by the book will release it.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

static sem_t room_empty;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t inside;
static int readers, value;

static void start_read(void)
{
    pthread_mutex_lock(&mutex);
    if (++readers == 1)
        sem_wait(&room_empty);
    pthread_mutex_unlock(&mutex);
}

static void end_read(void)
{
    pthread_mutex_lock(&mutex);
    if (--readers == 0)
        sem_post(&room_empty);
    pthread_mutex_unlock(&mutex);
}

static void *first_in(void *arg)
{
    for (int i = 0; i < 5; i++) {
        start_read();
        pthread_barrier_wait(&inside);
        pthread_barrier_wait(&inside);
        end_read();
        sem_wait(&room_empty);
        value++;
        sem_post(&room_empty);
        pthread_barrier_wait(&inside);
    }
    return arg;
}

static void *last_out(void *arg)
{
    for (int i = 0; i < 5; i++) {
        pthread_barrier_wait(&inside);
        start_read();
        pthread_barrier_wait(&inside);
        usleep(60000);
        end_read();
        pthread_barrier_wait(&inside);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    sem_init(&room_empty, 0, 1);
    pthread_barrier_init(&inside, NULL, 2);
    pthread_create(&threads[0], NULL, first_in, NULL);
    pthread_create(&threads[1], NULL, last_out, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return value == 5 ? 0 : 1;
}

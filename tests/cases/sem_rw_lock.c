// expect: deadlock error certain

// A reader wants to write without having left the room, and waits for itself, or the other one, to leave.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t room_empty;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t inside;
static int readers;

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

static void *reader(void *arg)
{
    for (int i = 0; i < 10; i++) {
        start_read();
        end_read();
    }
    start_read();
    pthread_barrier_wait(&inside);
    sem_wait(&room_empty);
    sem_post(&room_empty);
    end_read();
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    sem_init(&room_empty, 0, 1);
    pthread_barrier_init(&inside, NULL, 2);
    pthread_create(&threads[0], NULL, reader, NULL);
    pthread_create(&threads[1], NULL, reader, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}

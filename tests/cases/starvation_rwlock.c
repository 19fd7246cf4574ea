// env: LOCKWATCH_OPTIONS=starve_ms=50
// expect: starvation note threads=1 locks=rw
// json: f["threads"][0]["name"] == "writer" and f["threads"][0]["waits"]["mode"] == "exclusive"
// json: f["threads"][0]["waits"]["stack"][0]["function"] == "writer"

// Readers overlap: the next one is in before the last one leaves. A writer waits until they are tired of it.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static sem_t come[2], leave[2], inside;

static void *writer(void *arg)
{
    pthread_setname_np(pthread_self(), "writer");
    pthread_rwlock_wrlock(&rw);
    pthread_rwlock_unlock(&rw);
    return arg;
}

static void *reader(void *number)
{
    long i = (long)number;
    for (int round = 0; round < 15; round++) {
        sem_wait(&come[i]);
        pthread_rwlock_rdlock(&rw);
        sem_post(i == 0 && round == 0 ? &inside : &leave[1 - i]);
        usleep(10000);
        sem_post(&come[1 - i]);
        if (i == 0 || round < 14)
            sem_wait(&leave[i]);
        pthread_rwlock_unlock(&rw);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[3];

    sem_init(&inside, 0, 0);
    for (int i = 0; i < 2; i++) {
        sem_init(&come[i], 0, i == 0);
        sem_init(&leave[i], 0, 0);
    }
    for (long i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, reader, (void *)i);
    sem_wait(&inside);
    pthread_create(&threads[2], NULL, writer, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

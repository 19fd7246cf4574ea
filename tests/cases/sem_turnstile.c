// expect: deadlock error certain
// json: "turnstile" in {l["name"] for l in f["locks"]}

// A barrier made of a counter and a turnstile (The Little Book of Semaphores, 3.5), with the mistake the
// book warns of: the last to come opens the turnstile once, one passes, and nobody opens it for the next.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

#define N 4
#ifndef PASS_ON
#define PASS_ON 0
#endif

static sem_t turnstile;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int count;

static void *party(void *arg)
{
    pthread_mutex_lock(&mutex);
    if (++count == N)
        sem_post(&turnstile);
    pthread_mutex_unlock(&mutex);
    sem_wait(&turnstile);
    if (PASS_ON)
        sem_post(&turnstile);
    return arg;
}

int main(void)
{
    pthread_t threads[N];

    sem_init(&turnstile, 0, 0);
    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, party, NULL);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

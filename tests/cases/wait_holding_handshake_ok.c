// expect: none

// A request and its answer: each side waits holding a lock that it acquires before it posts, too. It posts first.
#include "tests/order.h"
#include <semaphore.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static sem_t request, answer;

static void *asks(void *arg)
{
    for (int i = 0; i < 3; i++) {
        pthread_mutex_lock(&b);
        pthread_mutex_unlock(&b);
        sem_post(&request);
        pthread_mutex_lock(&b);
        sem_wait(&answer);
        pthread_mutex_unlock(&b);
    }
    return arg;
}

static void *answers(void *arg)
{
    for (int i = 0; i < 3; i++) {
        pthread_mutex_lock(&a);
        sem_wait(&request);
        pthread_mutex_unlock(&a);
        pthread_mutex_lock(&a);
        pthread_mutex_unlock(&a);
        sem_post(&answer);
    }
    return arg;
}

int main(void)
{
    pthread_t one, two;
    sem_init(&request, 0, 0);
    sem_init(&answer, 0, 0);
    pthread_create(&one, NULL, asks, NULL);
    pthread_create(&two, NULL, answers, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}

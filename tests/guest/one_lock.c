// expect: none

// One thread and one lock at a time: nothing that could deadlock.
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static sem_t s;

int main(void)
{
    int sum = 0;

    sem_init(&s, 0, 1);
    for (int i = 0; i < 1000; i++) {
        pthread_mutex_lock(&a);
        sum++;
        pthread_mutex_unlock(&a);
        pthread_mutex_lock(&b);
        sum++;
        pthread_mutex_unlock(&b);
        sem_wait(&s);
        sum++;
        sem_post(&s);
    }
    printf("%d\n", sum);
    return 0;
}

/* Each call that counter.c counts, 10,500 times. */
#include <pthread.h>
#include <semaphore.h>

int main(void)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    sem_t unit;
    sem_init(&unit, 0, 1);
    for (int i = 0; i < 10500; i++) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
        pthread_rwlock_rdlock(&lock);
        pthread_rwlock_unlock(&lock);
        sem_wait(&unit);
        sem_post(&unit);
    }
    return 0;
}

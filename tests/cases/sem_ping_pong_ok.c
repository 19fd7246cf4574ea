// expect: none

// Turn by turn, ping starting at 1 and pong at 0, and one of the two is slow: what looks like a lock that is
// taken by one and wanted by the other is a signal, and the slow one will send it.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

static sem_t ping, pong;

static void *slow(void *arg)
{
    for (int i = 0; i < 4; i++) {
        sem_wait(&pong);
        usleep(100000);
        sem_post(&ping);
    }
    return arg;
}

int main(void)
{
    pthread_t thread;

    sem_init(&ping, 0, 1);
    sem_init(&pong, 0, 0);
    pthread_create(&thread, NULL, slow, NULL);
    for (int i = 0; i < 4; i++) {
        sem_wait(&ping);
        sem_post(&pong);
    }
    sem_wait(&ping);
    pthread_join(thread, NULL);
    return 0;
}

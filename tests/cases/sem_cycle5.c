// expect: deadlock error certain threads=5 locks=forks[0],forks[1],forks[2],forks[3],forks[4]

// A gate lets so many philosophers to the table at once: as many as there are forks, so it keeps nobody out.
// Before, each had eaten alone.
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>

#define N 5
#ifndef GATE
#define GATE N
#endif

static sem_t gate, forks[N];
static pthread_barrier_t all;

static void eat(int i)
{
    sem_wait(&gate);
    sem_wait(&forks[i]);
    if (GATE == N)
        pthread_barrier_wait(&all);
    sem_wait(&forks[(i + 1) % N]);
    sem_post(&forks[(i + 1) % N]);
    sem_post(&forks[i]);
    sem_post(&gate);
}

static void eat_alone(int i)
{
    for (int turn = 0; turn < N; turn++) {
        pthread_barrier_wait(&all);
        if (turn != i)
            continue;
        sem_wait(&gate);
        sem_wait(&forks[i]);
        sem_post(&forks[i]);
        sem_post(&gate);
    }
    pthread_barrier_wait(&all);
}

static void *philosopher(void *arg)
{
    int i = (int)(intptr_t)arg;

    eat_alone(i);
    for (int round = 0; round < 200; round++)
        eat(i);
    return NULL;
}

int main(void)
{
    pthread_t threads[N];

    pthread_barrier_init(&all, NULL, N);
    sem_init(&gate, 0, GATE);
    for (int i = 0; i < N; i++)
        sem_init(&forks[i], 0, 1);
    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, philosopher, (void *)(intptr_t)i);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

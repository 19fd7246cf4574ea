/*
 * The bounded buffer: one producer, one consumer, counting semaphores for its empty and full places and a
 * mutex around it (Dijkstra, "Cooperating sequential processes", 1965; OSTEP 31.4).
 *
 * What goes wrong: the mutex is acquired before the semaphores. The producer finds the buffer full while
 * holding the mutex and waits for an empty place; only the consumer could make one, and it waits for the mutex.
 *
 * The fix: wait for a place or an item first, and acquire the mutex just around the buffer itself.
 *
 * expect-faulty: deadlock error certain threads=2 locks=empty,mutex
 * expect-faulty: wait-holding warning threads=2 locks=full,mutex
 * expect-fixed: none
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PLACES 4

static sem_t empty, full;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t served;
static atomic_bool tasted;
static int buffer[PLACES], first, last;
static int rounds = 60;
static unsigned seed = 1;
static long sum;

static void put(int item)
{
#ifdef FAULTY
    pthread_mutex_lock(&mutex);
    sem_wait(&empty);
#else
    sem_wait(&empty);
    pthread_mutex_lock(&mutex);
#endif
    buffer[last] = item;
    last = (last + 1) % PLACES;
    sem_post(&full);
    pthread_mutex_unlock(&mutex);
}

static int get(void)
{
    int item;

#ifdef FAULTY
    pthread_mutex_lock(&mutex);
    sem_wait(&full);
#else
    sem_wait(&full);
    pthread_mutex_lock(&mutex);
#endif
    item = buffer[first];
    first = (first + 1) % PLACES;
    sem_post(&empty);
    pthread_mutex_unlock(&mutex);
    return item;
}

static void *produce(void *arg)
{
    unsigned mood = seed;

    (void)arg;
    pthread_setname_np(pthread_self(), "producer");
    put(rand_r(&mood) % 100);
    pthread_barrier_wait(&served); /* one to taste, and the customer's verdict */
    while (!tasted)
        usleep(1000);
    for (int i = 1; i < rounds; i++)
        put(rand_r(&mood) % 100);
    return NULL;
}

static void *consume(void *arg)
{
    (void)arg;
    pthread_setname_np(pthread_self(), "consumer");
    pthread_barrier_wait(&served);
    sum += get();
    tasted = true;
    usleep(100000); /* a slow eater: the producer fills the buffer meanwhile */
    for (int i = 1; i < rounds; i++)
        sum += get();
    return NULL;
}

int main(int argc, char **argv)
{
    static const struct option known[] = {
        {"seed", required_argument, NULL, 's'}, {"rounds", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
    pthread_t producer, consumer;
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c == 's')
            seed = strtoul(optarg, NULL, 0);
        else if (c == 'r')
            rounds = atoi(optarg);
        else
            return 2;
    }
    sem_init(&empty, 0, PLACES);
    sem_init(&full, 0, 0);
    pthread_barrier_init(&served, NULL, 2);
    pthread_create(&producer, NULL, produce, NULL);
    pthread_create(&consumer, NULL, consume, NULL);
    pthread_join(producer, NULL);
    pthread_join(consumer, NULL);
    printf("%d items, sum %ld\n", rounds, sum);
    return 0;
}

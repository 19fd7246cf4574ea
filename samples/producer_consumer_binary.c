/*
 * The bounded buffer again, with a binary semaphore in the place of the mutex (OSTEP 31.4,
 * "A solution: adding mutual exclusion", and the deadlock that comes with it).
 *
 * What goes wrong: the consumer comes first. It acquires the binary semaphore and waits, holding it, for an
 * item. The producer cannot get past the binary semaphore to make one. Neither semaphore was ever posted, so
 * nothing tells which thread would post it; but all threads sleep, main too, and none is left to do so.
 *
 * The fix: acquire the binary semaphore just around the buffer, after empty or full.
 *
 * expect-faulty: deadlock error certain threads=3
 * expect-fixed: none
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PLACES 4

static sem_t empty, full, mutex;
static int buffer[PLACES], first, last;
static int rounds = 60;
static unsigned seed = 1;
static long sum;

static void put(int item)
{
#ifdef FAULTY
    sem_wait(&mutex);
    sem_wait(&empty);
#else
    sem_wait(&empty);
    sem_wait(&mutex);
#endif
    buffer[last] = item;
    last = (last + 1) % PLACES;
    sem_post(&mutex);
    sem_post(&full);
}

static int get(void)
{
    int item;

#ifdef FAULTY
    sem_wait(&mutex);
    sem_wait(&full);
#else
    sem_wait(&full);
    sem_wait(&mutex);
#endif
    item = buffer[first];
    first = (first + 1) % PLACES;
    sem_post(&mutex);
    sem_post(&empty);
    return item;
}

static void *produce(void *arg)
{
    unsigned mood = seed;

    (void)arg;
    pthread_setname_np(pthread_self(), "producer");
    usleep(100000); /* warming up the oven: the consumer is there first */
    for (int i = 0; i < rounds; i++)
        put(rand_r(&mood) % 100);
    return NULL;
}

static void *consume(void *arg)
{
    (void)arg;
    pthread_setname_np(pthread_self(), "consumer");
    for (int i = 0; i < rounds; i++)
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
    sem_init(&mutex, 0, 1);
    pthread_create(&consumer, NULL, consume, NULL);
    pthread_create(&producer, NULL, produce, NULL);
    pthread_join(producer, NULL);
    pthread_join(consumer, NULL);
    printf("%d items, sum %ld\n", rounds, sum);
    return 0;
}

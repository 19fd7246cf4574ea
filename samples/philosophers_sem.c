/*
 * The dining philosophers, with a semaphore for each fork.
 *
 * As in philosophers.c, but a fork is a binary semaphore: sem_wait takes it, sem_post puts it back
 * (OSTEP 31.6; The Little Book of Semaphores, 4.4).
 *
 * What goes wrong: the starter, eaten with the left fork alone, goes well. At the main course everyone
 * takes the left fork first, and all five then wait for the right one, which a neighbour holds. A semaphore
 * has no owner; that these serve as locks shows in who posts them: always the thread that had waited.
 *
 * The fix, Dijkstra's own: the last philosopher takes the right fork first. That breaks the symmetry, and
 * with it the cycle.
 *
 * expect-faulty: deadlock error certain threads=5 locks=forks[0],forks[1],forks[2],forks[3],forks[4]
 * expect-fixed: none
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SEATS 5

static sem_t forks[SEATS];
static pthread_barrier_t served;
static int rounds = 10;
static unsigned seed = 1;
static int grams[SEATS];

static int left(int seat)
{
    return seat;
}

static int right(int seat)
{
    return (seat + 1) % SEATS;
}

static void get_forks(int seat)
{
    int first = left(seat), second = right(seat);

#ifndef FAULTY
    if (seat == SEATS - 1) {
        first = right(seat);
        second = left(seat);
    }
#endif
    sem_wait(&forks[first]);
    usleep(3000); /* reaching across the table */
    sem_wait(&forks[second]);
}

static void put_forks(int seat)
{
    sem_post(&forks[left(seat)]);
    sem_post(&forks[right(seat)]);
}

static void eat_starter(int seat)
{
    sem_wait(&forks[left(seat)]);
    grams[seat] += 50;
    sem_post(&forks[left(seat)]);
}

static void *philosopher(void *arg)
{
    int seat = (int)(intptr_t)arg;
    unsigned appetite = seed + seat;
    char name[16];

    snprintf(name, sizeof name, "phil-%d", seat);
    pthread_setname_np(pthread_self(), name);
    eat_starter(seat);
    for (int i = 0; i < rounds; i++) {
        pthread_barrier_wait(&served);
        get_forks(seat);
        grams[seat] += 20 + rand_r(&appetite) % 60;
        put_forks(seat);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static const struct option known[] = {
        {"seed", required_argument, NULL, 's'}, {"rounds", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
    pthread_t threads[SEATS];
    int c, total = 0;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c == 's')
            seed = strtoul(optarg, NULL, 0);
        else if (c == 'r')
            rounds = atoi(optarg);
        else
            return 2;
    }
    pthread_barrier_init(&served, NULL, SEATS);
    for (int i = 0; i < SEATS; i++)
        sem_init(&forks[i], 0, 1);
    for (int i = 0; i < SEATS; i++)
        pthread_create(&threads[i], NULL, philosopher, (void *)(intptr_t)i);
    for (int i = 0; i < SEATS; i++) {
        pthread_join(threads[i], NULL);
        total += grams[i];
    }
    printf("%d philosophers ate %d courses, %d g of spaghetti\n", SEATS, rounds, total);
    return 0;
}

/*
 * The dining philosophers, with a mutex for each fork.
 *
 * Five philosophers sit at a round table with one fork between each two of them; to eat, a philosopher
 * needs the fork on the left and the one on the right (E. W. Dijkstra, "Hierarchical ordering of
 * sequential processes", 1971).
 *
 * What goes wrong: every philosopher takes the left fork first. A course is served to all at once, so
 * all five hold the left fork when they reach for the right one, which is the left one of the
 * neighbour. No philosopher eats, none releases a fork: a cycle of five.
 *
 * The fix: the forks are ordered by number, and the lower one is always taken first. For four of the
 * philosophers that is the left one, as before; the last one now starts on the right. The cycle cannot close.
 *
 * expect-faulty: deadlock error certain threads=5 locks=forks[0],forks[1],forks[2],forks[3],forks[4]
 * expect-fixed: none
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SEATS 5

static pthread_mutex_t forks[SEATS];
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
    if (first > second) {
        first = right(seat);
        second = left(seat);
    }
#endif
    pthread_mutex_lock(&forks[first]);
    usleep(3000); /* reaching across the table */
    pthread_mutex_lock(&forks[second]);
}

static void put_forks(int seat)
{
    pthread_mutex_unlock(&forks[left(seat)]);
    pthread_mutex_unlock(&forks[right(seat)]);
}

static void *philosopher(void *arg)
{
    int seat = (int)(intptr_t)arg;
    unsigned appetite = seed + seat;
    char name[16];

    snprintf(name, sizeof name, "phil-%d", seat);
    pthread_setname_np(pthread_self(), name);
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
        pthread_mutex_init(&forks[i], NULL);
    for (int i = 0; i < SEATS; i++)
        pthread_create(&threads[i], NULL, philosopher, (void *)(intptr_t)i);
    for (int i = 0; i < SEATS; i++) {
        pthread_join(threads[i], NULL);
        total += grams[i];
    }
    printf("%d philosophers ate %d courses, %d g of spaghetti\n", SEATS, rounds, total);
    return 0;
}

/*
 * A semaphore made of a mutex and a condition, and philosophers who use it for their forks (OSTEP
 * 31.7, "How to implement semaphores": the Zemaphore).
 *
 * What goes wrong: nothing in the Zemaphore; it is a good semaphore. But all philosophers take the left
 * fork first, and each then sleeps on the condition of the right one. No mutex is held and no
 * semaphore of the system takes part: five threads wait for a signal that only one of them could send.
 *
 * The fix: the last philosopher takes the right fork first.
 *
 * expect-faulty: deadlock error certain threads=5
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

struct zemaphore {
    int value;
    pthread_mutex_t lock;
    pthread_cond_t positive;
};

static struct zemaphore forks[SEATS];
static pthread_barrier_t served;
static int rounds = 10, grams[SEATS];
static unsigned seed = 1;

static void zem_wait(struct zemaphore *z)
{
    pthread_mutex_lock(&z->lock);
    while (z->value <= 0)
        pthread_cond_wait(&z->positive, &z->lock);
    z->value--;
    pthread_mutex_unlock(&z->lock);
}

static void zem_post(struct zemaphore *z)
{
    pthread_mutex_lock(&z->lock);
    z->value++;
    pthread_cond_signal(&z->positive);
    pthread_mutex_unlock(&z->lock);
}

static void get_forks(int seat)
{
    int first = seat, second = (seat + 1) % SEATS;

#ifndef FAULTY
    if (seat == SEATS - 1) {
        first = 0;
        second = seat;
    }
#endif
    zem_wait(&forks[first]);
    usleep(3000); /* reaching across the table */
    zem_wait(&forks[second]);
}

static void put_forks(int seat)
{
    zem_post(&forks[seat]);
    zem_post(&forks[(seat + 1) % SEATS]);
}

static void *philosopher(void *arg)
{
    int seat = (int)(intptr_t)arg;
    unsigned appetite = seed + seat;
    char name[16];

    snprintf(name, sizeof name, "phil-%d", seat);
    pthread_setname_np(pthread_self(), name);
    zem_wait(&forks[seat]); /* the starter needs one fork */
    grams[seat] += 50;
    zem_post(&forks[seat]);
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
        forks[i] = (struct zemaphore){1, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER};
    for (int i = 0; i < SEATS; i++)
        pthread_create(&threads[i], NULL, philosopher, (void *)(intptr_t)i);
    for (int i = 0; i < SEATS; i++) {
        pthread_join(threads[i], NULL);
        total += grams[i];
    }
    printf("%d philosophers ate %d courses, %d g of spaghetti\n", SEATS, rounds, total);
    return 0;
}

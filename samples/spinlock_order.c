/*
 * Transfers between accounts, each with a spinlock.
 *
 * What goes wrong: a transfer locks the account it takes from, then the one it gives to. Two transfers in
 * opposite directions each hold what the other wants. With spinlocks nobody sleeps: both threads burn a
 * processor forever, and from outside the program looks busy rather than stuck.
 *
 * The fix: lock the two in the order of their numbers, whichever way the money goes (an order on resources:
 * J. W. Havender, "Avoiding deadlock in multitasking systems", 1968).
 *
 * expect-faulty: deadlock error certain threads=2 locks=locks[0],locks[1]
 * expect-fixed: none
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ACCOUNTS 2

static pthread_spinlock_t locks[ACCOUNTS];
static long balances[ACCOUNTS] = {100000, 100000};
static pthread_barrier_t start;
static int rounds = 20;
static unsigned seed = 1;

static void lock_both(int from, int to)
{
    int first = from, second = to;

#ifndef FAULTY
    if (first > second) {
        first = to;
        second = from;
    }
#endif
    pthread_spin_lock(&locks[first]);
    usleep(1000); /* the auditor looks at the first account */
    pthread_spin_lock(&locks[second]);
}

static void transfer(int from, int to, long amount)
{
    lock_both(from, to);
    balances[from] -= amount;
    balances[to] += amount;
    pthread_spin_unlock(&locks[from]);
    pthread_spin_unlock(&locks[to]);
}

static void *clerk(void *arg)
{
    int from = (int)(intptr_t)arg;
    unsigned amount = seed + from;
    char name[16];

    snprintf(name, sizeof name, "clerk-%d", from);
    pthread_setname_np(pthread_self(), name);
    for (int i = 0; i < rounds; i++) {
        pthread_barrier_wait(&start);
        transfer(from, 1 - from, rand_r(&amount) % 100);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static const struct option known[] = {
        {"seed", required_argument, NULL, 's'}, {"rounds", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
    pthread_t threads[ACCOUNTS];
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c == 's')
            seed = strtoul(optarg, NULL, 0);
        else if (c == 'r')
            rounds = atoi(optarg);
        else
            return 2;
    }
    pthread_barrier_init(&start, NULL, ACCOUNTS);
    for (int i = 0; i < ACCOUNTS; i++)
        pthread_spin_init(&locks[i], PTHREAD_PROCESS_PRIVATE);
    for (int i = 0; i < ACCOUNTS; i++)
        pthread_create(&threads[i], NULL, clerk, (void *)(intptr_t)i);
    for (int i = 0; i < ACCOUNTS; i++)
        pthread_join(threads[i], NULL);
    printf("%d transfers each way, balances %ld and %ld\n", rounds, balances[0], balances[1]);
    return 0;
}

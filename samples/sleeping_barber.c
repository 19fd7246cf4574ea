/*
 * The sleeping barber (Dijkstra, "Cooperating sequential processes", 1965; The Little Book of Semaphores,
 * 5.2): a barber, a chair, and a waiting room with a few seats. The barber sleeps until a customer comes;
 * a customer that finds the room full walks round the block and tries again.
 *
 * What goes wrong: the customer holds door, the mutex that protects the number of waiters, while waiting
 * to be called to the chair. The barber, woken, needs door to call a customer.
 *
 * The fix: hold door only to be counted, and wait for the chair after releasing it.
 *
 * expect-faulty: deadlock error certain
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

#define CUSTOMERS 6
#define SEATS 3

static sem_t customers, chair;
static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
static int waiting;
static int rounds = 4;
static int cuts;

static int visit(void)
{
    pthread_mutex_lock(&door);
    if (waiting == SEATS) {
        pthread_mutex_unlock(&door);
        return 0;
    }
    waiting++;
    sem_post(&customers);
#ifdef FAULTY
    sem_wait(&chair);
    pthread_mutex_unlock(&door);
#else
    pthread_mutex_unlock(&door);
    sem_wait(&chair);
#endif
    return 1;
}

static void *customer(void *arg)
{
    char name[16];

    snprintf(name, sizeof name, "customer-%d", (int)(intptr_t)arg);
    pthread_setname_np(pthread_self(), name);
    for (int i = 0; i < rounds; i++) {
        while (!visit())
            usleep(1000);
        usleep(500); /* hair grows */
    }
    return NULL;
}

static void *barber(void *arg)
{
    (void)arg;
    pthread_setname_np(pthread_self(), "barber");
    for (int i = 0; i < CUSTOMERS * rounds; i++) {
        sem_wait(&customers);
        pthread_mutex_lock(&door);
        waiting--;
        sem_post(&chair);
        pthread_mutex_unlock(&door);
        cuts++;
        usleep(1000);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static const struct option known[] = {{"rounds", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
    pthread_t shop, street[CUSTOMERS];
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c != 'r')
            return 2;
        rounds = atoi(optarg);
    }
    sem_init(&customers, 0, 0);
    sem_init(&chair, 0, 0);
    pthread_create(&shop, NULL, barber, NULL);
    for (int i = 0; i < CUSTOMERS; i++)
        pthread_create(&street[i], NULL, customer, (void *)(intptr_t)i);
    for (int i = 0; i < CUSTOMERS; i++)
        pthread_join(street[i], NULL);
    pthread_join(shop, NULL);
    printf("%d customers, %d haircuts\n", CUSTOMERS, cuts);
    return 0;
}

/*
 * The cigarette smokers (S. Patil, 1971; The Little Book of Semaphores, 4.5). A cigarette takes tobacco,
 * paper and matches. Each of three smokers has plenty of one thing; an agent lays two others on the table
 * and waits until a smoker has smoked. The agent may not be changed: it cannot say which smoker it means.
 *
 * What goes wrong: a smoker picks up what it lacks, one thing after the other. Of tobacco and paper one
 * goes to the smoker with the matches, which is meant, and the other to one that lacks it too, but lacks matches
 * as well. Both wait for what the other has, and the agent for a smoker.
 *
 * The fix (D. L. Parnas, 1975): no smoker takes an ingredient directly. Three helpers, one for each ingredient,
 * record what lies on the table; the helper that sees the second thing wakes the smoker that can use both.
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

#define KINDS 3

static const char *const kinds[KINDS] = {"tobacco", "paper", "matches"};
static sem_t ingredients[KINDS], smoked;
static int rounds = 20;
static unsigned seed = 1;
static int cigarettes[KINDS];

#ifndef FAULTY
static sem_t enough[KINDS];
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static int table[KINDS];

static void *helper(void *arg)
{
    int mine = (int)(intptr_t)arg, next = (mine + 1) % KINDS, other = (mine + 2) % KINDS;

    for (;;) {
        sem_wait(&ingredients[mine]);
        pthread_mutex_lock(&table_lock);
        if (table[next]) {
            table[next] = 0;
            sem_post(&enough[other]);
        } else if (table[other]) {
            table[other] = 0;
            sem_post(&enough[next]);
        } else {
            table[mine] = 1;
        }
        pthread_mutex_unlock(&table_lock);
    }
    return NULL;
}
#endif

static void get_ingredients(int mine)
{
#ifdef FAULTY
    sem_wait(&ingredients[(mine + 1) % KINDS]);
    usleep(1000); /* rolling the paper round the tobacco */
    sem_wait(&ingredients[(mine + 2) % KINDS]);
#else
    sem_wait(&enough[mine]);
#endif
}

static void *smoker(void *arg)
{
    int mine = (int)(intptr_t)arg;

    pthread_setname_np(pthread_self(), kinds[mine]);
    for (;;) {
        get_ingredients(mine);
        cigarettes[mine]++;
        sem_post(&smoked);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static const struct option known[] = {
        {"seed", required_argument, NULL, 's'}, {"rounds", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
    pthread_t thread;
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c == 's')
            seed = strtoul(optarg, NULL, 0);
        else if (c == 'r')
            rounds = atoi(optarg);
        else
            return 2;
    }
    sem_init(&smoked, 0, 0);
    for (int i = 0; i < KINDS; i++)
        sem_init(&ingredients[i], 0, 0);
#ifndef FAULTY
    for (intptr_t i = 0; i < KINDS; i++) {
        sem_init(&enough[i], 0, 0);
        pthread_create(&thread, NULL, helper, (void *)i);
    }
#endif
    for (intptr_t i = 0; i < KINDS; i++)
        pthread_create(&thread, NULL, smoker, (void *)i);
    for (int i = 0; i < rounds; i++) { /* the agent */
        int spared = rand_r(&seed) % KINDS;

        sem_post(&ingredients[(spared + 1) % KINDS]);
        sem_post(&ingredients[(spared + 2) % KINDS]);
        sem_wait(&smoked);
    }
    printf("smoked %d, %d and %d cigarettes\n", cigarettes[0], cigarettes[1], cigarettes[2]);
    return 0;
}

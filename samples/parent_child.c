/*
 * Ordering by semaphores: a parent asks, its child answers, turn by turn (OSTEP 31.3, "Semaphores
 * for ordering", and its first homework, fork-join).
 *
 * A semaphore that orders starts at the number of times that its event may pass at once: 0 for what has
 * to be waited for, 1 for what may happen right away. The parent goes first.
 *
 * What goes wrong: both turns start at 0. The parent waits for its turn, the child for its own, and the
 * post that would start the game would have to come from one of them.
 *
 * The fix: the parent's turn starts at 1.
 *
 * expect-faulty: deadlock error certain threads=2 locks=child_turn,parent_turn
 * expect-fixed: none
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef FAULTY
#define FIRST_TURN 0
#else
#define FIRST_TURN 1
#endif

static sem_t parent_turn, child_turn;
static int question, answer;
static int rounds = 100;

static void ask(int number)
{
    sem_wait(&parent_turn);
    question = number;
    sem_post(&child_turn);
}

static void reply(void)
{
    sem_wait(&child_turn);
    answer += question * question;
    sem_post(&parent_turn);
}

static void *child(void *arg)
{
    (void)arg;
    pthread_setname_np(pthread_self(), "child");
    for (int i = 0; i < rounds; i++)
        reply();
    return NULL;
}

int main(int argc, char **argv)
{
    static const struct option known[] = {{"rounds", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
    pthread_t thread;
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c != 'r')
            return 2;
        rounds = atoi(optarg);
    }
    sem_init(&parent_turn, 0, FIRST_TURN);
    sem_init(&child_turn, 0, 0);
    pthread_create(&thread, NULL, child, NULL);
    for (int i = 1; i <= rounds; i++)
        ask(i);
    pthread_join(thread, NULL);
    printf("%d questions, the squares add up to %d\n", rounds, answer);
    return 0;
}

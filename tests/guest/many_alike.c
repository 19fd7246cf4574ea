/*
 * many_alike N: N pairs of a table of mutexes, 1000 at most, each taken in both orders, by two threads that live at the
 * same time, in the same two functions. So each pair could deadlock, and all of them are one mistake.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST = 1000 };

static struct {
    pthread_mutex_t first, second;
} pair[MOST];
static int pairs;
static atomic_int turn;

static void take(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    pthread_mutex_lock(outer);
    pthread_mutex_lock(inner);
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(outer);
}

static void *forwards(void *unused)
{
    for (int i = 0; i < pairs; i++)
        take(&pair[i].first, &pair[i].second);
    for (turn = 1; turn == 1;)
        usleep(1000);
    return unused;
}

static void *backwards(void *unused)
{
    while (turn == 0)
        usleep(1000);
    for (int i = 0; i < pairs; i++)
        take(&pair[i].second, &pair[i].first);
    turn = 2;
    return unused;
}

int main(int count, char **argument)
{
    pthread_t thread[2];
    pairs = count > 1 ? atoi(argument[1]) : 1;
    if (pairs > MOST)
        return 2;
    pthread_create(&thread[0], NULL, forwards, NULL);
    pthread_create(&thread[1], NULL, backwards, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    return 0;
}

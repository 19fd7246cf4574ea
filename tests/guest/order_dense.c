/*
 * order_dense N: of eight threads, one after the other, each takes each of N mutexes, 200 at most, under each other
 * one. Each creates the next one when it is done, so that nothing can deadlock; but there are very many cycles to
 * judge.
 */
#include <pthread.h>
#include <stdlib.h>

enum { THREADS = 8, MOST = 200 };
static pthread_mutex_t lock[MOST];
static int n, begun;

static void *work(void *arg)
{
    pthread_t next;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            if (i != j) {
                pthread_mutex_lock(&lock[i]);
                pthread_mutex_lock(&lock[j]);
                pthread_mutex_unlock(&lock[j]);
                pthread_mutex_unlock(&lock[i]);
            }
    if (++begun < THREADS && pthread_create(&next, NULL, work, arg) == 0)
        pthread_join(next, NULL);
    return NULL;
}

int main(int count, char **argument)
{
    n = count > 1 ? atoi(argument[1]) : 2;
    if (n > MOST)
        return 2;
    for (int i = 0; i < n; i++)
        pthread_mutex_init(&lock[i], NULL);
    work(NULL);
    return 0;
}

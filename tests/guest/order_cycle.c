/*
 * order_cycle N: takes each of N mutexes, 20,000 at most, and the next one under it, the last and the first, too.
 */
#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t lock[20000];

int main(int count, char **argument)
{
    int n = count > 1 ? atoi(argument[1]) : 2;
    if (n > 20000)
        return 2;
    for (int i = 0; i < n; i++)
        pthread_mutex_init(&lock[i], NULL);
    for (int i = 0; i < n; i++) {
        pthread_mutex_lock(&lock[i]);
        pthread_mutex_lock(&lock[(i + 1) % n]);
        pthread_mutex_unlock(&lock[(i + 1) % n]);
        pthread_mutex_unlock(&lock[i]);
    }
    return 0;
}

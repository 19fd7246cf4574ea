/*
 * Paths where locks that are destroyed lie above and below one that stays: gate, first, middle, second, inner. First
 * and second leave the record, again and again, and the nodes of their paths serve others.
 */
#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER, middle = PTHREAD_MUTEX_INITIALIZER,
                       inner = PTHREAD_MUTEX_INITIALIZER;

static pthread_mutex_t *make(void)
{
    pthread_mutex_t *m = malloc(sizeof(pthread_mutex_t));
    pthread_mutex_init(m, NULL);
    return m;
}

static void end(pthread_mutex_t *m)
{
    pthread_mutex_destroy(m);
    free(m);
}

static void *nest(void *arg)
{
    enum { ROUNDS = 3000 };
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_t *path[] = {&gate, make(), &middle, make(), &inner};
        for (int k = 0; k < 5; k++)
            pthread_mutex_lock(path[k]);
        for (int k = 5; k-- > 0;)
            pthread_mutex_unlock(path[k]);
        end(path[1]);
        end(path[3]);
    }
    return arg;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, nest, NULL);
    pthread_join(thread, NULL);
    return 0;
}

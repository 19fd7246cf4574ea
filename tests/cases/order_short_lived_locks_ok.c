// expect: none

// Locks that are made, taken in one order with others and destroyed: order_short_lived_locks_ok [LOCKS]. So many of
// each kind, by four threads. tests/scripts/record_size looks at what stays of them in the record.
#include <pthread.h>
#include <stdlib.h>

enum { THREADS = 4, FEW = 1000 };

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t last = PTHREAD_RWLOCK_INITIALIZER;
static int count = FEW;

static void under(pthread_mutex_t *a)
{
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(a);
    pthread_mutex_unlock(a);
    pthread_mutex_unlock(&outer);
}

static void around(pthread_mutex_t *a)
{
    pthread_mutex_lock(a);
    pthread_mutex_lock(&inner);
    pthread_rwlock_rdlock(&last);
    pthread_rwlock_unlock(&last);
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(a);
}

static void between(pthread_mutex_t *a)
{
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(a);
    pthread_mutex_lock(&inner);
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(a);
    pthread_mutex_unlock(&outer);
}

static void each_other(pthread_mutex_t *a, pthread_mutex_t *b)
{
    pthread_mutex_lock(a);
    pthread_mutex_lock(b);
    pthread_mutex_unlock(a);
    pthread_mutex_unlock(b);
}

static void *work(void *unused)
{
    for (int i = 0; i < count; i++) {
        pthread_mutex_t *all = malloc(5 * sizeof *all);
        if (all == NULL)
            exit(3);
        for (int k = 0; k < 5; k++)
            pthread_mutex_init(&all[k], NULL);
        under(&all[0]);
        around(&all[1]);
        between(&all[2]);
        each_other(&all[3], &all[4]);
        for (int k = 0; k < 4; k++)
            pthread_mutex_destroy(&all[k]);
        free(all); /* the last one ends with its memory */
    }
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    count = argc > 1 ? atoi(argv[1]) / THREADS / 5 : FEW;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, NULL) != 0)
            return 3;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

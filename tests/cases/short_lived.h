/*
 * Locks that come and go, so that the library has many to forget.
 */
#ifndef LOCKWATCH_TESTS_CASES_SHORT_LIVED_H
#define LOCKWATCH_TESTS_CASES_SHORT_LIVED_H

#include <pthread.h>
#include <stdlib.h>

static inline pthread_mutex_t *short_lived_make(void)
{
    pthread_mutex_t *m = malloc(sizeof *m);
    if (m == NULL)
        exit(3);
    pthread_mutex_init(m, NULL);
    return m;
}

static inline void short_lived_end(pthread_mutex_t *m)
{
    pthread_mutex_destroy(m);
    free(m);
}

/* So many, each of them around one that stays. */
static inline void short_lived(int count)
{
    static pthread_mutex_t beside = PTHREAD_MUTEX_INITIALIZER;
    for (int i = 0; i < count; i++) {
        pthread_mutex_t *m = short_lived_make();
        pthread_mutex_lock(m);
        pthread_mutex_lock(&beside);
        pthread_mutex_unlock(&beside);
        pthread_mutex_unlock(m);
        short_lived_end(m);
    }
}

#endif

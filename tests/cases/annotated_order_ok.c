// expect: none

// As declared; and a lock that is tried is never waited for.
#define FIRST                                                                                                          \
    LOCKWATCH_ORDER(&a, &b);                                                                                           \
    PAIR(a, b)
#define SECOND                                                                                                         \
    pthread_mutex_lock(&b);                                                                                            \
    if (pthread_mutex_trylock(&a) == 0)                                                                                \
        pthread_mutex_unlock(&a);                                                                                      \
    pthread_mutex_unlock(&b);
#include "tests/cases/annotated.h"

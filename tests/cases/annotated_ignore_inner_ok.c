// expect: none

// Only the inner lock is acquired where it is ignored.
#define FIRST                                                                                                          \
    pthread_mutex_lock(&a);                                                                                            \
    LOCKWATCH_IGNORE();                                                                                                \
    pthread_mutex_lock(&b);                                                                                            \
    pthread_mutex_unlock(&b);                                                                                          \
    LOCKWATCH_WATCH();                                                                                                 \
    pthread_mutex_unlock(&a);
#define SECOND PAIR(b, a)
#include "tests/cases/annotated.h"

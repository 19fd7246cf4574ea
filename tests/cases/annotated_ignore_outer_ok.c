// expect: none

// The outer lock was acquired where it is ignored, and the inner one later.
#define FIRST                                                                                                          \
    LOCKWATCH_IGNORE();                                                                                                \
    pthread_mutex_lock(&a);                                                                                            \
    LOCKWATCH_WATCH();                                                                                                 \
    pthread_mutex_lock(&b);                                                                                            \
    pthread_mutex_unlock(&b);                                                                                          \
    pthread_mutex_unlock(&a);
#define SECOND PAIR(b, a)
#include "tests/cases/annotated.h"

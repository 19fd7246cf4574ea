// expect: deadlock error certain threads=1 locks=a

// A deadlock is found there, too.
#define FIRST                                                                                                          \
    LOCKWATCH_IGNORE();                                                                                                \
    pthread_mutex_lock(&a);                                                                                            \
    pthread_mutex_lock(&a);
#define SECOND
#include "tests/cases/annotated.h"

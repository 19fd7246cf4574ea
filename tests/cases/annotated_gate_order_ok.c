// expect: none

// Nobody waits for a gate, so it is in no lock order itself.
#define FIRST                                                                                                          \
    LOCKWATCH_ENTER(&gate);                                                                                            \
    PAIR(a, b) LOCKWATCH_LEAVE(&gate);
#define SECOND                                                                                                         \
    pthread_mutex_lock(&a);                                                                                            \
    LOCKWATCH_ENTER(&gate);                                                                                            \
    LOCKWATCH_LEAVE(&gate);                                                                                            \
    pthread_mutex_unlock(&a);
#include "tests/cases/annotated.h"

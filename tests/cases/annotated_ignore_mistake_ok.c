// expect: none

// Nor does a mistake count there.
#define FIRST                                                                                                          \
    LOCKWATCH_IGNORE();                                                                                                \
    pthread_mutex_lock(&a);                                                                                            \
    step();                                                                                                            \
    await_step(3);                                                                                                     \
    LOCKWATCH_WATCH();
#define SECOND                                                                                                         \
    LOCKWATCH_IGNORE();                                                                                                \
    pthread_mutex_unlock(&a);                                                                                          \
    LOCKWATCH_WATCH();                                                                                                 \
    step();                                                                                                            \
    step();
#include "tests/cases/annotated.h"

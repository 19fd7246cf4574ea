// expect: none

// Who posts merely tries the mutex, and would post without it.
#define TAKE int taken = pthread_mutex_trylock(&m) == 0
#define GIVE                                                                                                           \
    if (taken)                                                                                                         \
    pthread_mutex_unlock(&m)
#include "wait_holding_posted_before.c"

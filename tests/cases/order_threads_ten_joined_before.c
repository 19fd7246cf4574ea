// expect: lock-order note ordered locks=a,b

// Ten were joined before.
#define MAIN                                                                                                           \
    pthread_t t[10];                                                                                                   \
    for (int i = 0; i < 10; i++) {                                                                                     \
        START(t[i], ab)                                                                                                \
    }                                                                                                                  \
    for (int i = 0; i < 10; i++) {                                                                                     \
        JOIN(t[i])                                                                                                     \
    }                                                                                                                  \
    BA
#include "order_threads_joined_before.c"

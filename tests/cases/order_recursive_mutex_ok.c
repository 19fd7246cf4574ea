// expect: none

// A recursive mutex taken again below another one adds no order.
#define SET_UP                                                                                                         \
    {                                                                                                                  \
        pthread_mutexattr_t k;                                                                                         \
        pthread_mutexattr_init(&k);                                                                                    \
        pthread_mutexattr_settype(&k, PTHREAD_MUTEX_RECURSIVE);                                                        \
        pthread_mutex_init(&a, &k);                                                                                    \
    }
#define ONE LOCK(a) LOCK(b) LOCK(a) UNLOCK(a) UNLOCK(b) UNLOCK(a)
#define TWO ONE
#include "order_abba.c"

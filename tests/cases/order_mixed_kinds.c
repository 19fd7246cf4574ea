// expect: lock-order warning threads=3 locks=a,r,x

// A cycle through a mutex, an rwlock and a semaphore.
#define ONE LOCK(a) WRITE(r) GIVE(r) UNLOCK(a)
#define TWO                                                                                                            \
    READ(r) sem_wait(&x);                                                                                              \
    sem_post(&x);                                                                                                      \
    GIVE(r)
#define THREE                                                                                                          \
    sem_wait(&x);                                                                                                      \
    LOCK(a) UNLOCK(a) sem_post(&x);
#include "order_abba.c"

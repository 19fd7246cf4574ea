// expect: lock-order warning threads=2 locks=x,y

// Binary semaphores that are used as locks.
#define ONE                                                                                                            \
    sem_wait(&x);                                                                                                      \
    sem_wait(&y);                                                                                                      \
    sem_post(&y);                                                                                                      \
    sem_post(&x);
#define TWO                                                                                                            \
    sem_wait(&y);                                                                                                      \
    sem_wait(&x);                                                                                                      \
    sem_post(&x);                                                                                                      \
    sem_post(&y);
#include "order_abba.c"

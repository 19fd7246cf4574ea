// expect: none

// The same in one order.
#define ONE                                                                                                            \
    sem_wait(&x);                                                                                                      \
    sem_wait(&y);                                                                                                      \
    sem_post(&y);                                                                                                      \
    sem_post(&x);
#define TWO ONE
#include "order_abba.c"

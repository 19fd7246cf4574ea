// expect: lock-order warning threads=2 locks=a,b

// A cycle of two in a room for two.
#define ONE                                                                                                            \
    sem_wait(&room);                                                                                                   \
    LOCK(a) LOCK(b) UNLOCK(b) UNLOCK(a) sem_post(&room);
#define TWO                                                                                                            \
    sem_wait(&room);                                                                                                   \
    LOCK(b) LOCK(a) UNLOCK(a) UNLOCK(b) sem_post(&room);
#include "order_abba.c"

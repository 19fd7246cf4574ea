// expect: lock-order note guarded locks=a,b,c

// A cycle of three in a room for two.
#define SET_UP                                                                                                         \
    sem_wait(&room);                                                                                                   \
    sem_post(&room);
#define ONE                                                                                                            \
    sem_wait(&room);                                                                                                   \
    LOCK(a) LOCK(b) UNLOCK(b) UNLOCK(a) sem_post(&room);
#define TWO                                                                                                            \
    sem_wait(&room);                                                                                                   \
    LOCK(b) LOCK(c) UNLOCK(c) UNLOCK(b) sem_post(&room);
#define THREE                                                                                                          \
    sem_wait(&room);                                                                                                   \
    LOCK(c) LOCK(a) UNLOCK(a) UNLOCK(c) sem_post(&room);
#include "order_abba.c"

// expect: lock-order note single-thread locks=a,b,c

// Hand over hand: when c is taken a is no longer held. A cycle of three, but two of its sides are of one thread.
#define ONE LOCK(a) LOCK(b) UNLOCK(a) LOCK(c) UNLOCK(b) UNLOCK(c)
#define TWO LOCK(c) LOCK(a) UNLOCK(a) UNLOCK(c)
#include "order_abba.c"

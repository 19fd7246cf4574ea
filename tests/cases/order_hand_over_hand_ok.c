// expect: none

// Hand over hand: when c is taken a is no longer held.
#define ONE LOCK(a) LOCK(b) UNLOCK(a) LOCK(c) UNLOCK(b) UNLOCK(c)
#define TWO LOCK(c) LOCK(a) UNLOCK(a) UNLOCK(c)
#include "order_abba.c"

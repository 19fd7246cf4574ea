// expect: lock-order note timed locks=a,b

// A time-out breaks the cycle.
#define ONE LOCK(a) LOCK(b) UNLOCK(b) UNLOCK(a)
#define TWO LOCK(b) TIMED(a) UNLOCK(a) UNLOCK(b)
#include "order_abba.c"

// expect: lock-order warning threads=2 locks=a,b

// A lock that was waited for with a time-out is held without one.
#define ONE TIMED(a) LOCK(b) UNLOCK(b) UNLOCK(a)
#define TWO TIMED(b) LOCK(a) UNLOCK(a) UNLOCK(b)
#include "order_abba.c"

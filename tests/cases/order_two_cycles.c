// expect: lock-order warning threads=2 locks=a,b
// expect: lock-order warning threads=2 locks=b,c

// Two cycles that share a lock.
#define ONE LOCK(a) LOCK(b) UNLOCK(b) UNLOCK(a) LOCK(b) LOCK(c) UNLOCK(c) UNLOCK(b)
#define TWO LOCK(b) LOCK(a) UNLOCK(a) UNLOCK(b) LOCK(c) LOCK(b) UNLOCK(b) UNLOCK(c)
#include "order_abba.c"

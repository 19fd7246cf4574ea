// expect: lock-order warning threads=2 locks=b,c

// Locks released out of order: c is taken while only b is held.
#define ONE LOCK(a) LOCK(b) UNLOCK(a) LOCK(c) UNLOCK(b) UNLOCK(c)
#define TWO LOCK(c) LOCK(b) UNLOCK(b) UNLOCK(c)
#include "order_abba.c"

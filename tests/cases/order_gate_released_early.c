// expect: lock-order warning threads=2 locks=a,b

// A gate that is released before the second lock is taken.
#define ONE LOCK(gate) LOCK(a) UNLOCK(gate) LOCK(b) UNLOCK(b) UNLOCK(a)
#define TWO LOCK(gate) LOCK(b) UNLOCK(gate) LOCK(a) UNLOCK(a) UNLOCK(b)
#include "order_abba.c"

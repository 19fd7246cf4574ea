// expect: lock-order warning threads=2 locks=a,b

// A gate that only one of the two goes through.
#define ONE LOCK(gate) LOCK(a) LOCK(b) UNLOCK(b) UNLOCK(a) UNLOCK(gate)
#define TWO LOCK(b) LOCK(a) UNLOCK(a) UNLOCK(b)
#include "order_abba.c"

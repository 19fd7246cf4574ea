// expect: lock-order note guarded locks=a,b,c

// A cycle of three, two sides of which share a gate.
#define ONE LOCK(gate) LOCK(a) LOCK(b) UNLOCK(b) UNLOCK(a) UNLOCK(gate)
#define TWO LOCK(b) LOCK(c) UNLOCK(c) UNLOCK(b)
#define THREE LOCK(gate) LOCK(c) LOCK(a) UNLOCK(a) UNLOCK(c) UNLOCK(gate)
#include "order_abba.c"

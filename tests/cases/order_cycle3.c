// expect: lock-order warning threads=3 locks=a,b,c
// json: len(f["cycle"]) == 3

// A cycle of three.
#define ONE LOCK(a) LOCK(b) UNLOCK(b) UNLOCK(a)
#define TWO LOCK(b) LOCK(c) UNLOCK(c) UNLOCK(b)
#define THREE LOCK(c) LOCK(a) UNLOCK(a) UNLOCK(c)
#include "order_abba.c"

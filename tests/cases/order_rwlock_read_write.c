// expect: lock-order warning threads=2 locks=a,r

// A reader and a writer do.
#define ONE READ(r) LOCK(a) UNLOCK(a) GIVE(r)
#define TWO LOCK(a) WRITE(r) GIVE(r) UNLOCK(a)
#include "order_abba.c"

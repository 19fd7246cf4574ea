// expect: lock-order warning threads=2 locks=a,b

// A gate that lets both in: they only read it.
#define ONE READ(s) LOCK(a) LOCK(b) UNLOCK(b) UNLOCK(a) GIVE(s)
#define TWO READ(s) LOCK(b) LOCK(a) UNLOCK(a) UNLOCK(b) GIVE(s)
#include "order_abba.c"

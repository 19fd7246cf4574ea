// expect: lock-order note guarded locks=a,b

// A gate that one reads and the other writes.
#define ONE READ(s) LOCK(a) LOCK(b) UNLOCK(b) UNLOCK(a) GIVE(s)
#define TWO WRITE(s) LOCK(b) LOCK(a) UNLOCK(a) UNLOCK(b) GIVE(s)
#include "order_abba.c"

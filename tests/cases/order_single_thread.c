// expect: lock-order note single-thread locks=a,b

// One thread takes both orders.
#define ONE LOCK(a) LOCK(b) UNLOCK(b) UNLOCK(a) LOCK(b) LOCK(a) UNLOCK(a) UNLOCK(b)
#define TWO LOCK(a) UNLOCK(a)
#include "order_abba.c"

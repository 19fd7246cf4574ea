// expect: none

// Three that follow one order.
#define ONE LOCK(a) LOCK(b) UNLOCK(b) UNLOCK(a)
#define TWO LOCK(b) LOCK(c) UNLOCK(c) UNLOCK(b)
#define THREE LOCK(a) LOCK(c) UNLOCK(c) UNLOCK(a)
#include "order_abba.c"

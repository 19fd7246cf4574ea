// expect: none

// One order for both.
#define ONE LOCK(a) LOCK(b) UNLOCK(b) UNLOCK(a)
#define TWO ONE
#include "order_abba.c"

// expect: lock-order warning threads=2 locks=a,b

// What was got by trying is held all the same.
#define ONE TRY(a) LOCK(b) UNLOCK(b) UNLOCK(a)
#define TWO TRY(b) LOCK(a) UNLOCK(a) UNLOCK(b)
#include "order_abba.c"

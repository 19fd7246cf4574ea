// expect: none

// Who only tries does not wait.
#define ONE LOCK(a) LOCK(b) UNLOCK(b) UNLOCK(a)
#define TWO LOCK(b) TRY(a) UNLOCK(a) UNLOCK(b)
#include "order_abba.c"

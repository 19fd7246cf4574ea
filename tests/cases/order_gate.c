// expect: lock-order note guarded locks=a,b
// json: any(l["name"] == "gate" for l in f["locks"])

// Opposite orders, but both below a third mutex.
#define ONE LOCK(gate) LOCK(a) LOCK(b) UNLOCK(b) UNLOCK(a) UNLOCK(gate)
#define TWO LOCK(gate) LOCK(b) LOCK(a) UNLOCK(a) UNLOCK(b) UNLOCK(gate)
#include "order_abba.c"

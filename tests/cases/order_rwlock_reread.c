// expect: lock-order warning threads=2 locks=r
// json: f["coffman"]["circular_wait"]["evidence"] == "T2 would wait for T3, T3 for T2"
// stderr-has: do not read-lock r again at order_abba.c:

// A reader reads again what it has. Were somebody to come and write in between, it would wait behind that one, who
// waits for it.
#define SET_UP pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#define ONE READ(r) READ(r) GIVE(r) GIVE(r)
#define TWO WRITE(r) GIVE(r)
#include "order_abba.c"

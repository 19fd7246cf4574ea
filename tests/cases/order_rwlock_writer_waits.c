// expect: lock-order warning threads=3 locks=a,r
// stderr-has: T4 (three, tid
// json: "T4 would wait to write it, and that would block T3" in f["coffman"]["mutual_exclusion"]["evidence"]

// A waiting writer keeps new readers out of this rwlock, and there is one.
#define SET_UP pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#define ONE READ(r) LOCK(a) UNLOCK(a) GIVE(r)
#define TWO LOCK(a) READ(r) GIVE(r) UNLOCK(a)
#define THREE WRITE(r) GIVE(r)
#include "order_abba.c"

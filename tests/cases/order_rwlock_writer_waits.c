// expect: lock-order warning threads=3 locks=a,r
// stderr-has: T4 (three, tid
// stderr-has: T2 to read, and T4 would wait to write it, which would keep T3 out

// A waiting writer keeps new readers out of this rwlock, and there is one.
#define SET_UP pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#define ONE READ(r) LOCK(a) UNLOCK(a) GIVE(r)
#define TWO LOCK(a) READ(r) GIVE(r) UNLOCK(a)
#define THREE WRITE(r) GIVE(r)
#include "order_abba.c"

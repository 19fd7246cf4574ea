// expect: none

// A waiting writer would keep new readers out of this rwlock, but nobody ever writes.
#define SET_UP pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#define ONE READ(r) LOCK(a) UNLOCK(a) GIVE(r)
#define TWO LOCK(a) READ(r) GIVE(r) UNLOCK(a)
#include "order_abba.c"

// expect: deadlock warning likely threads=2 locks=a,b
// kinds: mutex rwlock semaphore c11_timed
// limit: 6
// stderr-has: tries again and again to
// stderr-has: no preemption: met in effect, T

// Each attempt has a time-out.
#define GET(l)                                                                                                         \
    while (timed_lock(l, 20) != 0)                                                                                     \
        continue;
#include "abba_retried.c"

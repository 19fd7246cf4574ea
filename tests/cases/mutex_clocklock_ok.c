// expect: lock-order note timed threads=2 locks=a,b
// stdout-same: yes

#define TIMEDLOCK(mutex, time) pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, time)
#define CLOCK CLOCK_MONOTONIC
#include "mutex_timedlock_ok.c"

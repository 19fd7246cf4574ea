// expect: wait-holding note timed threads=2 locks=m,ready

#define WAIT sem_timedwait(&ready, &never)
#include "wait_holding_posted_before.c"

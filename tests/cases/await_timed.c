// expect: wait-holding note timed threads=2 locks=m,ready

#define WAIT sem_timedwait(&ready, &never)
#include "await_posted_first.c"

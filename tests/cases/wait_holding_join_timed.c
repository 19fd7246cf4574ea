// expect: wait-holding note timed threads=2 locks=m,thread

#define JOIN(thread) pthread_timedjoin_np(thread, NULL, &never)
#include "wait_holding_join.c"

// expect: none

// Two of four make a round, and two of them have no need of the mutex.
#define PARTIES 2
#include "wait_holding_barrier.c"

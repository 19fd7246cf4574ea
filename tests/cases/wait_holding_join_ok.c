// expect: none

// It took another mutex.
#define MUTEX other
#include "wait_holding_join.c"

// expect: none

// A condition for each of the two things there are to wait for.
#define TWO_CONDITIONS
#include "cond_wrong_waiter.c"

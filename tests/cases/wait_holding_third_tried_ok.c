// expect: none

// The third thread only tries to lock a.
#define TRIED
#include "wait_holding_third.c"

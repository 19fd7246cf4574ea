// expect: wait-holding note timed threads=3 locks=a,b,s

// The wait has a time-out.
#define TIMED
#include "wait_holding_third.c"

// expect: wait-holding note ordered threads=3 locks=a,b,s

// The third thread is created when the one that waits has been joined.
#define LATER
#include "wait_holding_third.c"

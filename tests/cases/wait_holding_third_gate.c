// expect: wait-holding note guarded threads=3 locks=a,b,s

// Who waits and the third thread both hold a gate lock.
#define GATE
#include "wait_holding_third.c"

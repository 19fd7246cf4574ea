// expect: none

// The server needs neither.
#define NEEDS_NOTHING
#include "wait_holding_crossed.c"

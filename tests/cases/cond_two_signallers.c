// expect: deadlock error certain threads=3

// Both who have signalled before are shut out by the waiter.
#define BOTH_SHUT_OUT 1
#include "cond_two_signallers_ok.c"

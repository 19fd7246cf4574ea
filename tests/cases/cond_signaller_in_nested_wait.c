// expect: deadlock warning likely
// limit: 8
// report-has: condition done with mutex lock was signalled so far only by

// Both workers of a pool signal `done` when they have run a task, and both tasks wait for another one that no worker is
// left to run. A worker that waits in the function that would signal next wakes nobody before it has come back.
#define SPARE 0
#include "cond_signaller_in_nested_wait_ok.c"

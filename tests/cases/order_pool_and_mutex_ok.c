// expect: none

// A pool of 3 units, of which the first thread acquires two: the other one always gets its own.
#define UNITS 3
#include "order_pool_and_mutex.c"

// expect: none

// The thread that prints does not hold the mutex meanwhile.
#define HOLDS_MUTEX 0
#include "stream_abba.c"

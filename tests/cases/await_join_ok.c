// expect: none

// It took another mutex.
#define MUTEX other
#include "await_join.c"

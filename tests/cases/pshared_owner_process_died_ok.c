// expect: none

// A robust one goes to the next that locks it.
#define ROBUST PTHREAD_MUTEX_ROBUST
#include "pshared_owner_process_died.c"

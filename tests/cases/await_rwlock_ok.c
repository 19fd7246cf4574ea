// expect: none

// Both read.
#define TAKE pthread_rwlock_rdlock(&rw)
#include "await_rwlock.c"

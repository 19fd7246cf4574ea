// expect: none

// Both read.
#define TAKE pthread_rwlock_rdlock(&rw)
#include "wait_holding_rwlock.c"

// expect: deadlock error certain threads=2 locks=a,b

// An error-checking mutex notices its own thread alone, not a cycle.
#define SET_KIND(attr) pthread_mutexattr_settype(attr, PTHREAD_MUTEX_ERRORCHECK)
#include "mutex_abba.c"

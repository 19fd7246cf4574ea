// expect: deadlock error certain threads=2 locks=a,b

// The kernel refuses the second of the two with EDEADLK; glibc then puts that thread to sleep for good, on a
// word that is not the mutex.
#define SET_KIND(attr) pthread_mutexattr_setprotocol(attr, PTHREAD_PRIO_INHERIT)
#include "mutex_abba.c"

// expect: deadlock error certain threads=2 locks=a,b

#define SET_KIND(attr) pthread_mutexattr_setpshared(attr, PTHREAD_PROCESS_SHARED)
#include "mutex_abba.c"

// expect: deadlock error certain threads=2 locks=a,b

#define SET_KIND(attr) pthread_mutexattr_setrobust(attr, PTHREAD_MUTEX_ROBUST)
#include "mutex_abba.c"

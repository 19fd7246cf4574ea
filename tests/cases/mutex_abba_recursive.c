// expect: deadlock error certain threads=2 locks=a,b

#define SET_KIND(attr) pthread_mutexattr_settype(attr, PTHREAD_MUTEX_RECURSIVE)
#include "mutex_abba.c"

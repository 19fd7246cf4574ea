// expect: none

#define SET_KIND(attr) pthread_mutexattr_setrobust(attr, PTHREAD_MUTEX_ROBUST)
#define ORDERED 1
#include "mutex_abba.c"

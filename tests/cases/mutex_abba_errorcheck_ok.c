// expect: none

#define SET_KIND(attr) pthread_mutexattr_settype(attr, PTHREAD_MUTEX_ERRORCHECK)
#define ORDERED 1
#include "mutex_abba.c"

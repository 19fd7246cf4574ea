// expect: none

#define SET_KIND(attr) pthread_mutexattr_settype(attr, PTHREAD_MUTEX_ADAPTIVE_NP)
#define ORDERED 1
#include "mutex_abba.c"

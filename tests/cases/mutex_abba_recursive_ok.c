// expect: none

#define SET_KIND(attr) pthread_mutexattr_settype(attr, PTHREAD_MUTEX_RECURSIVE)
#define ORDERED 1
#include "mutex_abba.c"

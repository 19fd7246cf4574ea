// expect: none

#define SET_KIND(attr) pthread_mutexattr_setprotocol(attr, PTHREAD_PRIO_INHERIT)
#define ORDERED 1
#include "mutex_abba.c"

// expect: none

#define SET_KIND(attr) pthread_mutexattr_setpshared(attr, PTHREAD_PROCESS_SHARED)
#define ORDERED 1
#include "mutex_abba.c"

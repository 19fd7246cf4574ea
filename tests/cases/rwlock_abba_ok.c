// expect: none

#define ORDERED 1
#include "rwlock_abba.c"

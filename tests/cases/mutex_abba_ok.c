// expect: none

#define ORDERED 1
#include "mutex_abba.c"

// expect: none

#define ORDERED 1
#include "spin_abba.c"

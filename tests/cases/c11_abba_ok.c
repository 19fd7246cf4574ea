// expect: none

#define ORDERED 1
#include "c11_abba.c"

// expect: none

#define ORDERED 1
#include "mutex_abba_pp.c"

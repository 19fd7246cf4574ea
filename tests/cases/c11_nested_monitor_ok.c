// expect: none

#define HOLD_OUTER 0
#include "c11_nested_monitor.c"

// expect: none

#define HOLD_OUTER 0
#include "cond_nested_monitor_first.c"

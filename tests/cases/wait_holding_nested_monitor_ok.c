// expect: none

#define OUTER 0
#include "wait_holding_nested_monitor.c"

// expect: none

#define OUTER 0
#include "await_nested_monitor.c"

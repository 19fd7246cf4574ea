// expect: none

#define HOLD_OUTER 0
#include "cxx_nested_monitor.cpp"

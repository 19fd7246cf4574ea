// expect: none

#define UNDER_LOCK 0
#include "cxx_join.cpp"

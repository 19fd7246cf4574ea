// expect: none

#define COUNT 1
#include "cxx_latch.cpp"

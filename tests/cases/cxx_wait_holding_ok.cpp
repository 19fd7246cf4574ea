// expect: none

#define HELD
#include "cxx_wait_holding.cpp"

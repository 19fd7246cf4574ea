// expect: none

#define RELEASE 1
#include "cxx_promise_holding.cpp"

// expect: none

// The static is made while there is one thread.
#define MADE_BEFORE 1
#include "cxx_static_init.cpp"

// expect: none

#define SAME_ORDER 1
#include "cxx_semaphore_abba.cpp"

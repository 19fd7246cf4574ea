// expect: none

#define LET_GO 1
#include "cxx_shared_mutex.cpp"

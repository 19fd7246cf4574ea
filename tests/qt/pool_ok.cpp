// expect: none
#define HELD 0
#include "pool.cpp"

// expect: none
#define HELD 0
#include "condition.cpp"

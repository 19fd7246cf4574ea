// expect: none
#define HELD 0
#include "when.cpp"

// expect: none
#define HELD 0
#include "self.cpp"

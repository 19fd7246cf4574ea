// expect: none
#define HELD 0
#include "thread.cpp"

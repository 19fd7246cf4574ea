// expect: none
#define RELEASES 2
#include "recursive.cpp"

// expect: none
#define OTHER_ORDER 0
#include "abba.cpp"

// expect: none
#define READS 0
#include "upgrade.cpp"

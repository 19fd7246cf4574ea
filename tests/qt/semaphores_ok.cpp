// expect: none
#define OTHER_ORDER 0
#include "semaphores.cpp"

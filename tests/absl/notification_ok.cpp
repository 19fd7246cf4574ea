// expect: none
#define BEGUN 1
#include "notification.cpp"

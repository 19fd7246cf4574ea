// expect: none

#define HELD
#include "cxx_await.cpp"

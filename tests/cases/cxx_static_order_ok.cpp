// expect: none

// Nothing is held when the static is waited for.
#define HOLD 0
#include "cxx_static_order.cpp"

// expect: none

// The thread that the initialiser awaits does not come to that static.
#define USES false
#include "cxx_static_join.cpp"

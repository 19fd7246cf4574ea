// expect: none

// The poster does not always need b.
#define SOMETIMES
#include "wait_holding_third.c"

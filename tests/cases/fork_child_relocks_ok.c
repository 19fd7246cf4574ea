// expect: none

// The copy releases it first, as is its right.
#define RELEASE 1
#include "fork_child_relocks.c"

// expect: none

// The copy gives it back first, as is its right.
#define GIVE_BACK 1
#include "fork_child_relocks.c"

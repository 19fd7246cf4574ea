// expect: none
// limit: 20

// Likewise, but the wait is in a function of its own, which the one that signals calls.
#define TAKES
#include "cond_pool_passes_on_ok.c"

// expect: lock-order warning threads=2
// report-has: mutex created in mutex_new at order_wrapper_functions.c:
// json: [frame["function"] for frame in f["locks"][0]["created"]] == ["mutex_new"]

// Likewise, but so late that nobody looked who called: that is not taken from an earlier lock at the same address. Both
// cycles look alike then.
#define BEFORE 600
#define CALLED __attribute__((noinline))
#include "order_wrapper_functions.c"

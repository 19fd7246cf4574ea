// expect: lock-order warning locks=a,b
// stderr-has: against the declared order

// From C++.
#include "annotated_order.c"

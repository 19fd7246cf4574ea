// expect: lock-order warning locks=x.taken,y.taken

// From C++.
#include "annotated_own_order.c"

// expect: lock-order warning locks=a,b

// From C++.
#include "annotated_give_early.c"

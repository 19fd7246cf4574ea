// expect: lock-order warning locks=a,b

// From C++.
#include "annotated_gate_two.c"

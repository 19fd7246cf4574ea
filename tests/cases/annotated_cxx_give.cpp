// expect: lock-order note ordered locks=a,b

// From C++.
#include "annotated_give.c"

// expect: lock-order warning locks=a,b

// From C++.
#include "annotated_ignore_over.c"

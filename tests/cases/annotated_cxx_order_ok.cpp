// expect: none

// From C++.
#include "annotated_order_ok.c"

// expect: none

// From C++.
#include "annotated_own_order_ok.c"

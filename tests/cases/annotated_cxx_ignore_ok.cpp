// expect: none

// From C++.
#include "annotated_ignore_ok.c"

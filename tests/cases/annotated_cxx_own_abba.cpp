// expect: deadlock error certain threads=2 locks=m,x.taken

// From C++.
#include "annotated_own_abba.c"

// expect: deadlock error certain threads=2 locks=a,b
// env: LOCKWATCH_OPTIONS=colour=blue
// stderr-has: colour

// An option that is not known is named and ignored.
#include "mutex_abba.c"

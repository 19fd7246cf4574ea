// expect: none
// env: LOCKWATCH_OPTIONS=colour=blue:keep=always
// stderr-has: colour

#include "mutex_abba_ok.c"

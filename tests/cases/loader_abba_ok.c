// expect: none

// Nobody holds the mutex while it walks the list of loaded objects.
#define HOLDS_MUTEX 0
#include "loader_abba.c"

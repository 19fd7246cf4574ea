// expect: none

#define AFTER 900
#include "join_cancellable.c"

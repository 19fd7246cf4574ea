// expect: none

#define UNDER_LOCK 0
#include "thread_key_destructor.c"

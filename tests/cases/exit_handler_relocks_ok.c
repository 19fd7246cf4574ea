// expect: none
// exit: 5

#define HOLDING 0
#include "exit_handler_relocks.c"

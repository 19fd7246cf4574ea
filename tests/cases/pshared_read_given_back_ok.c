// expect: none

#define GIVES_BACK 1
#include "pshared_read_given_back.c"

// expect: none

#define GIVES_BACK 1
#include "pshared_given_back.c"

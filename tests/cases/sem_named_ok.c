// expect: none

#define ORDERED 1
#include "sem_named.c"

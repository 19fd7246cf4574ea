// expect: none

#define ORDERED 1
#define CLEAN_ROUNDS 500
#include "sem_abba.c"

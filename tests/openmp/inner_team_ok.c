// expect: none
#define INSIDE 0
#include "inner_team.c"

// expect: none
// where: gcc >= (11, 0)
// Before that gcc's teams have one thread within another team, unless it is asked in the old way.
#define INSIDE 0
#include "inner_team.c"

// expect: none

#define POSTS 3
#include "sem_poster_ended.c"

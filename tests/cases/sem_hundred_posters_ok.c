// expect: none

// One of the hundred is late with its post.
#define SLOW 1
#include "sem_hundred_posters.c"

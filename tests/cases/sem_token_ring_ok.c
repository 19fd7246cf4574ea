// expect: none

// With a token: four wait in a cycle for each other, but the one who has it is only slow.
#define TOKENS 1
#include "sem_token_ring.c"

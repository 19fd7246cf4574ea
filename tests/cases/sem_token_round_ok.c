// expect: none

// With a token: four wait in a cycle for each other, but its owner is only slow.
#define TOKENS 1
#include "sem_token_round.c"

// expect: none

// Each one who passes opens the turnstile for the next.
#define PASS_ON 1
#include "sem_turnstile.c"

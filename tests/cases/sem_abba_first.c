// expect: deadlock error certain
// json: {"a", "b"} <= {l["name"] for l in f["locks"]}

// The same in the very first round: nobody ever posted, but nobody is left who could.
#define CLEAN_ROUNDS 0
#include "sem_abba.c"

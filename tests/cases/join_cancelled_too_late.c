// expect: deadlock error certain threads=3 locks=m,thread

#define THEN 1
#include "join_cancelled_first_ok.c"

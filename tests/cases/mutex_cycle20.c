// expect: deadlock error certain threads=20
// json: sorted(l["name"] for l in f["locks"]) == sorted("locks[%d]" % i for i in range(20))
// json: len(f["cycle"]) == 20

#define N 20
#include "mutex_cycle3.c"

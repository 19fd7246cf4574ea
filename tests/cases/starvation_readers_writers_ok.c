// args: --rounds=600 --rwlock=writers
// env: LOCKWATCH_OPTIONS=starve_ms=1000
// expect: none

// The same with a lock that prefers writers: whoever comes after the writer waits for it.
#include "../../samples/readers_writers.c"

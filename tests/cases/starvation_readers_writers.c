// args: --rounds=600 --rwlock=readers
// env: LOCKWATCH_OPTIONS=starve_ms=20
// expect: starvation note threads=1 locks=libcs
// json: f["threads"][0]["waits"]["stack"][0]["function"] == "start_write"

// The sample, fixed, with libc's lock in place of its own: the readers overlap, and whoever wants to write
// waits: the writer, or a reader that found the table out of date.
#include "../../samples/readers_writers.c"

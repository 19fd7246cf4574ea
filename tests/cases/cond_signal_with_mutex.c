// expect: deadlock warning likely threads=2
// json: "Or let T1 signal c before it waits for the end of T3" in f["advice"]
// json: "without acquiring" not in f["advice"]

// Likewise, with the mutex each time; but the worker does not look whether it is to stop. No signal was lost.
#define WITHOUT 0
#include "cond_signal_without_mutex.c"

// expect: lock-order warning threads=2
// expect: lock-order warning threads=2
// report-has: mutex created in open_all at order_wrapper_functions.c:44
// report-has: mutex created in open_all at order_wrapper_functions.c:46
// report-has: To suppress it: lock-order:close_socket
// report-has: To suppress it: lock-order:rotate
// json: doc["findings"][0]["id"] != doc["findings"][1]["id"]
// json: [frame["function"] for frame in f["locks"][0]["created"]][:3] == ["mutex_new", "open_all", "main"]

// The function that makes the locks is called: who called it was seen when it ran.
#define CALLED __attribute__((noinline))
#include "order_wrapper_functions.c"

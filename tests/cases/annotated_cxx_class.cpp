// expect: lock-order warning threads=2
// json: sorted(l["name"] for l in f["locks"]) == ["account[0]", "account[1]"]

// From C++.
#include "annotated_class.c"

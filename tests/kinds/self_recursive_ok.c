// expect: none
// kinds: recursive c11_recursive

// The only thread acquires a lock that it holds, which counts.
#include "tests/kinds/kind.h"

static lock_t m;

int main(void)
{
    lock_init(&m);
    lock(&m);
    lock(&m);
    unlock(&m);
    unlock(&m);
    return 0;
}

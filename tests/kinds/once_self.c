// expect: deadlock error certain threads=1 locks=control
// kinds: mutex c11

// The routine of a once calls for the same once.
#include "tests/kinds/kind.h"

static once_t control = ONCE;

static void set_up(void)
{
    once(&control, set_up);
}

int main(void)
{
    once(&control, set_up);
    return 0;
}

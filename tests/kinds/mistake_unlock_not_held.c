// expect: unlock-not-held warning threads=1 locks=m
// kinds: mutex errorcheck c11

// A lock is released that nobody holds.
#include "tests/kinds/kind.h"

static lock_t m;

int main(void)
{
    lock_init(&m);
    lock(&m);
    unlock(&m);
    unlock(&m);
    return 0;
}

// expect: unlock-not-owner warning threads=2
// kinds: mutex rwlock spinlock c11
// json: f["locks"][0]["name"] == "m"

// A lock is released by another thread than the one that holds it.
#include "tests/kinds/kind.h"

static lock_t m;

static void release(void)
{
    unlock(&m);
}

int main(void)
{
    lock_init(&m);
    lock(&m);
    run_together(release, NULL, NULL);
    return 0;
}

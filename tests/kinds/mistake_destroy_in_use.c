// expect: destroy-in-use warning threads=2
// kinds: mutex rwlock spinlock c11
// json: f["locks"][0]["name"] == "m"

// A lock is destroyed while another thread holds it.
#include "tests/kinds/kind.h"

static lock_t m;

static void destroy(void)
{
    lock_destroy(&m);
}

int main(void)
{
    lock_init(&m);
    lock(&m);
    run_together(destroy, NULL, NULL);
    return 0;
}

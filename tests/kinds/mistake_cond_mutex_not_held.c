// expect: cond-mutex-not-held warning threads=1 locks=c
// kinds: mutex c11
// json: f["locks"][0]["kind"] == "condition"

// A condition wait with a mutex that nobody holds.
#include "tests/kinds/kind.h"

static lock_t m;
static cond_t c;

int main(void)
{
    const struct timespec past = {0, 0};
    lock_init(&m);
    cond_init(&c);
    return cond_until(&c, &m, &past) == 0;
}

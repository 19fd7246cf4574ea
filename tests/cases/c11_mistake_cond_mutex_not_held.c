// expect: cond-mutex-not-held warning threads=1 locks=c
// json: f["locks"][0]["kind"] == "condition"

// C11's: the mutex was not locked.
#include <stddef.h>
#include <threads.h>
#include <time.h>

static mtx_t m;
static cnd_t c;

int main(void)
{
    struct timespec past = {0, 0};

    mtx_init(&m, mtx_plain);
    cnd_init(&c);
    return cnd_timedwait(&c, &m, &past) != thrd_timedout;
}

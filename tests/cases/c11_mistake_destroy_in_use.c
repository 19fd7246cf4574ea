// expect: destroy-in-use warning threads=2
// json: f["locks"][0]["name"] == "m"

// C11's mutex, destroyed while another thread has it.
#include <stddef.h>
#include <threads.h>

static mtx_t m;

static int destroyer(void *arg)
{
    mtx_destroy(&m);
    return arg != NULL;
}

int main(void)
{
    thrd_t thread;

    mtx_init(&m, mtx_plain);
    mtx_lock(&m);
    thrd_create(&thread, destroyer, NULL);
    thrd_join(thread, NULL);
    return 0;
}

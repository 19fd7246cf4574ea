// expect: unlock-not-owner warning threads=2
// json: f["locks"][0]["name"] == "m"

// C11's mutex, unlocked by another thread than locked it.
#include <stddef.h>
#include <threads.h>

static mtx_t m;

static int thief(void *arg)
{
    mtx_unlock(&m);
    return arg != NULL;
}

int main(void)
{
    thrd_t thread;

    mtx_init(&m, mtx_plain);
    mtx_lock(&m);
    thrd_create(&thread, thief, NULL);
    thrd_join(thread, NULL);
    return mtx_trylock(&m) != thrd_success;
}

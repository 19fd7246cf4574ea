// expect: unlock-not-owner warning threads=2
// json: f["locks"][0]["name"] == "s" and f["threads"][1]["holds"][0]["lock"] == f["locks"][0]["id"]

// A spinlock is released by a thread that did not take it.
#include <pthread.h>
#include <stddef.h>

static pthread_spinlock_t s;

static void *thief(void *arg)
{
    pthread_spin_unlock(&s);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_spin_init(&s, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_lock(&s);
    pthread_create(&thread, NULL, thief, NULL);
    pthread_join(thread, NULL);
    return pthread_spin_trylock(&s);
}

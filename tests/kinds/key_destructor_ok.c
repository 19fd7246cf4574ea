// expect: none
// kinds: mutex c11

// A destructor of thread-specific data releases, at the end of the thread, what the thread acquired.
#include "tests/kinds/kind.h"

static lock_t m;
static thread_key_t key;

static void release(void *held)
{
    unlock(held);
}

static void acquire(void)
{
    thread_key_set(key, &m);
    lock(&m);
}

int main(void)
{
    lock_init(&m);
    thread_key_create(&key, release);
    run_together(acquire, NULL, NULL);
    lock(&m);
    unlock(&m);
    return 0;
}

// expect: unlock-not-owner warning threads=2
// json: f["threads"][1]["holds"][0]["stack"][0]["function"] == "main"

// Its owner acquired the lock when there was no other thread, and has not blocked since: where, is known all the same.
#include "tests/order.h"

#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void *thief(void *arg)
{
    pthread_mutex_unlock(&m);
    step();
    return arg;
}

#ifndef __clang__
__attribute__((optimize("no-omit-frame-pointer")))
#endif
int main(void)
{
    pthread_t thread;
    pthread_mutex_lock(&m);
    pthread_create(&thread, NULL, thief, NULL);
    await_step(1);
    pthread_join(thread, NULL);
    return 0;
}

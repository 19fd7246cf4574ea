// expect: unlock-not-owner warning threads=2
// json: f["locks"][0]["name"] == "m" and f["count"] == 3
// json: f["threads"][0]["name"] == "thief" and f["threads"][0]["waits"]["stack"][0]["function"] == "thief"
// json: f["threads"][1]["holds"][0]["lock"] == f["locks"][0]["id"]

// One thread locks, another unlocks; three times in the same place.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void *thief(void *arg)
{
    pthread_setname_np(pthread_self(), "thief");
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t thread;

    for (int i = 0; i < 3; i++) {
        pthread_mutex_lock(&m);
        pthread_create(&thread, NULL, thief, NULL);
        pthread_join(thread, NULL);
        if (pthread_mutex_trylock(&m) != 0)
            return 1;
        pthread_mutex_unlock(&m);
    }
    return 0;
}

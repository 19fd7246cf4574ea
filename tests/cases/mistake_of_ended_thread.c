// expect: unlock-not-owner warning threads=2
// stderr-has: T2 (thief) unlocked mutex m while T1 (main) held it
// json: f["threads"][0]["routine"] == "thief" and f["threads"][0]["tid"]

// The thread has ended, and others came after it: its name is reported all the same.
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void *thief(void *arg)
{
    pthread_mutex_unlock(&m);
    return arg;
}

static void *honest(void *arg)
{
    return arg;
}

int main(void)
{
    pthread_t thread;
    pthread_mutex_lock(&m);
    pthread_create(&thread, NULL, thief, NULL);
    pthread_join(thread, NULL);
    for (int i = 0; i < 3; i++) {
        pthread_create(&thread, NULL, honest, NULL);
        pthread_join(thread, NULL);
    }
    return 0;
}

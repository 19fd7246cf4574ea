// expect: unlock-not-held warning threads=1 locks=held[3]

// There is no room for what a thread does, and then a mutex that it holds, among others, turns out to be free.
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { HELD = 12, OTHERS = 24, ROUNDS = 40000 };
static pthread_mutex_t held[HELD], other[OTHERS];

static void take(unsigned which)
{
    for (int i = 0; i < OTHERS; i++)
        if ((which >> i & 1) != 0)
            pthread_mutex_lock(&other[i]);
    for (int i = OTHERS; i-- > 0;)
        if ((which >> i & 1) != 0)
            pthread_mutex_unlock(&other[i]);
}

int main(void)
{
    struct rlimit little = {1 << 20, 1 << 20};

    for (int i = 0; i < HELD; i++)
        pthread_mutex_lock(&held[i]);
    for (int i = 0; i < OTHERS; i++)
        take(1u << i);
    setrlimit(RLIMIT_AS, &little);
    for (int i = 0; i < ROUNDS; i++) {
        unsigned some = (unsigned)rand();
        take(some & (unsigned)rand());
    }
    memset(&held[3], 0, sizeof held[3]);
    pthread_mutex_unlock(&held[3]);
    return 0;
}

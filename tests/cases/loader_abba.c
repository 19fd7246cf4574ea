// expect: deadlock error certain threads=2 locks=m,loader
// limit: 6
// stderr-has: waits by the kernel's word for mutex loader

// One thread walks the list of loaded objects, for which libc locks it, and needs a mutex; the other one walks it while
// it holds that mutex. The library must not walk it then, to know where it has been called.
#define _GNU_SOURCE
#include "../order.h"

#include <link.h>

#ifndef HOLDS_MUTEX
#define HOLDS_MUTEX 1
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static int needs_mutex(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)info, (void)size, (void)arg;
    step();
    await_step(2);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return 1;
}

static int needs_nothing(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)info, (void)size, (void)arg;
    return 1;
}

static void *walks(void *arg)
{
    dl_iterate_phdr(needs_mutex, NULL);
    return arg;
}

static void *walks_holding(void *arg)
{
    if (HOLDS_MUTEX)
        pthread_mutex_lock(&m);
    await_step(1);
    step();
    dl_iterate_phdr(needs_nothing, NULL);
    if (HOLDS_MUTEX)
        pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t one, other;
    pthread_create(&one, NULL, walks, NULL);
    pthread_create(&other, NULL, walks_holding, NULL);
    pthread_join(one, NULL);
    pthread_join(other, NULL);
    return 0;
}

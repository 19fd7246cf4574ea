// expect: deadlock error certain threads=2
// limit: 6
// report-has: T2 needs loader before it can exit

// What a library's constructor does that starts a thread and joins it: it has the loader's lock, and the thread needs
// it. Here it is the lock of the list of loaded objects.
#define _GNU_SOURCE
#include "../order.h"

#include <link.h>

#ifndef NEEDS_IT
#define NEEDS_IT 1
#endif

static pthread_t thread;

static int needs_nothing(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)info, (void)size, (void)arg;
    return 1;
}

static void *task(void *arg)
{
    await_step(1);
    if (NEEDS_IT)
        dl_iterate_phdr(needs_nothing, NULL);
    return arg;
}

static int joins(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)info, (void)size, (void)arg;
    step();
    pthread_join(thread, NULL);
    return 1;
}

int main(void)
{
    pthread_create(&thread, NULL, task, NULL);
    dl_iterate_phdr(joins, NULL);
    return 0;
}

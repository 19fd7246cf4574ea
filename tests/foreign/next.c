/* A library of preload/os/loaded.c: as it is loaded, it says where that finds another function than dlsym does. */
#include "preload/os/loaded.h"

#include <dlfcn.h>
#include <stdio.h>

static const char *const names[] = {
#define CALL(result, name, parameters) #name,
#include "preload/os/calls.def"
    /* of several versions in libc, or chosen by the processor */
    "memcpy", "realpath", "regexec", "fopen", "time", "strlen", "sched_getaffinity", "pthread_attr_setaffinity_np",
    /* an old version alone; nowhere */
    "pthread_mutex_consistent_np", "no_such_function"};

__attribute__((constructor)) static void compare(void)
{
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (loaded_next(names[i]) != dlsym(RTLD_NEXT, names[i]))
            printf("%s is %p, but dlsym finds %p\n", names[i], loaded_next(names[i]), dlsym(RTLD_NEXT, names[i]));
}
